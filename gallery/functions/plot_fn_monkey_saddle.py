"""
Monkey saddle
=============

Three valleys run down from one point, and three ridges run up between them. At the point itself
the surface is level, and not even curved.

.. function-card:: monkey_saddle
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("monkey_saddle", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("monkey_saddle", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("momentum", "monkey_saddle", lr=0.01, steps=60),
    og.run("adagrad", "monkey_saddle", lr=1.0, steps=60),
    og.run("adamw", "monkey_saddle", lr=1.0, steps=60),
]
og.animate(runs, size=300).show()

# %%
# Three runs from one start, and each ends in another minimum. The start is on a ridge, a little
# above its middle line.
#
# Momentum follows the gradient down the ridge, and arrives at the saddle with so much speed that it
# crosses it within three steps. It goes down the opposite valley, overshoots the minimum there to
# :math:`x =` :point:`runs[0] at left along x`, and comes back.
#
# Adagrad's first step is as long in y as in x. It leads off the ridge on the upper side, and the
# second and third go on down that valley.
#
# AdamW takes the same first step and keeps its direction. It runs through the upper valley and up
# the slope behind. On its way back it passes the saddle at a distance of about a half, and ends in
# the lower valley.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: monkey_saddle
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: monkey_saddle
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The gradient on the ridge is :slope:`runs[0] at start` long at the start and next to nothing at
# the saddle. SGD with a rate small enough for the one creeps over the other:
# :cell:`sgd monkey_saddle 0.003`. With a larger rate its first step leads beyond the saddle:
# :cell:`sgd monkey_saddle 0.1`. With a still larger one it diverges: :cell:`sgd monkey_saddle 0.3`.

sweep = og.sweep(functions="monkey_saddle")
print(sweep)
