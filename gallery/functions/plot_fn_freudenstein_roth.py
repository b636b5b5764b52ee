"""
Freudenstein-Roth
=================

The minimum lies in a cleft whose walls are a thousand times as steeply curved as its floor. Beside
it is a wide, gentle valley that ends in a local minimum of 49.

.. function-card:: freudenstein_roth
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("freudenstein_roth", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("freudenstein_roth", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "freudenstein_roth", lr=0.001),
    og.run("rprop", "freudenstein_roth", lr=0.3),
    og.run("adabound", "freudenstein_roth", lr=0.001),
]
og.animate(runs, size=300).show()

# %%
# SGD falls into the cleft twice. The first time the far wall throws it back, almost to the height
# it came from. The second time it oscillates there for a while, is thrown out, past the ridge, and
# goes down to the other valley. There it goes on, away from the minimum, to a value of
# :value:`runs[0]`.
#
# Rprop's steps grow until it has crossed the cleft, at step 5. In both coordinates the sign has
# changed, so it waits for a step and comes back half as far. The steepness of the walls does not
# matter.
#
# AdaBound keeps its rate between two bounds. The lower one rises with every step, towards plain SGD
# at a rate of 0.1, and that is what moves it here. It finds the cleft and follows it, until the
# rate is more than the walls allow, :distance:`runs[2] at nearest to 1 digit` from the minimum.
# From then on the oscillations grow.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: freudenstein_roth
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: freudenstein_roth
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# AdaBound's bounds do not depend on the learning rate, and so all seven diverge. Momentum, which
# needs a smaller rate than SGD, does so within a few steps:
# :cell:`momentum freudenstein_roth 0.001`. And Prodigy, which estimates its rate by itself,
# overshoots into the wrong valley and comes to rest in the local minimum:
# :cell:`prodigy freudenstein_roth 0.3`.

sweep = og.sweep(functions="freudenstein_roth")
print(sweep)
