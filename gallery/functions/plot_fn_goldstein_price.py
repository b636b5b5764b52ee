"""
Goldstein-Price
===============

Crossing valleys with three false minima, and values from three to a million. Steps that are right
on a valley's floor are fatal on its walls.

.. function-card:: goldstein_price
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("goldstein_price", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("goldstein_price", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "goldstein_price", lr=0.001, steps=60),
    og.run("adam", "goldstein_price", lr=1.0, steps=60),
    og.run("adabelief", "goldstein_price", lr=0.1, steps=60),
]
og.animate(runs, size=300).show()

# %%
# No rate of the seven suits SGD; even the smallest is shown here only because it lasts longest.
# Four steps look reasonable. The fifth starts from a wall and leaves the picture, the seventh
# leaves the range of double precision.
#
# Adam's first step hits the minimum exactly. That is luck: the minimum lies one to the right of the
# start and one below, and the rate is 1. It counts as solved, but the run goes on, back and forth
# through the valley, and ends in the false minimum at (-0.6, -0.4). AdaBelief goes the same way at
# a tenth of the rate. It walks over the false minimum, where the value is 30, climbs the rise
# behind it, and comes down into the true one.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# A line search does not help: :cell:`lbfgs goldstein_price 1`. It goes downhill only, and the first
# bottom on its way is the false one.

sweep = og.sweep(functions="goldstein_price")
print(sweep)
