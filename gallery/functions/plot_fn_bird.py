"""
Bird
====

Four wells among steep hills. Two of them are deepest, and the run starts beside one of the others.

.. function-card:: bird
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("bird", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("bird", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("rprop", "bird", lr=0.001, steps=60),
    og.run("adagrad", "bird", lr=1.0, steps=60),
    og.run("sgd", "bird", lr=0.1, steps=60),
]
og.animate(runs, size=300).show()

# %%
# Rprop begins with steps of a thousandth and lets them grow while the signs of the gradient stay.
# It follows the slope to the nearest well, on the left, and ends at :value:`runs[0]`.
#
# Adagrad's first step leads the same way, but it is so long that it ends up on a hill, from where
# it is sent back. It passes its start and goes the other way, to the well on the right.
#
# SGD zigzags to the right, leaps across the well, and falls back so that after :cost:`runs[2]`
# steps it happens to be :distance:`runs[2] at solved to 1 digit` from the minimum. That counts as
# solved. Two steps later it is thrown out of the picture: the curvature at the bottom is 275, far
# too much for this rate. In the end a shallow hollow between the wells holds it, where the
# curvature is below 4.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: bird
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: bird
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Rprop ends in the nearest well at every rate: its first step does not matter for long. Adam takes
# the other way only with Adagrad's long first step, :cell:`adam bird 1`; with a shorter one it
# stays on the left, :cell:`adam bird 0.3`.

sweep = og.sweep(functions="bird")
print(sweep)
