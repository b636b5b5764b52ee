"""
McCormick
=========

A slanting channel with a sine along it. Each basin is lower than the one before it by pi, for ever:
the minimum is one only within the box.

.. function-card:: mccormick
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("mccormick", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("mccormick", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "mccormick", lr=0.3, steps=150),
    og.run("adahessian", "mccormick", lr=1.0, steps=150),
    og.run("dog", "mccormick", lr=1.0, steps=150),
]
og.animate(runs, size=300).show()

# %%
# SGD's first step, :length:`runs[0] at 1` long, leads across the channel. From the second on it
# follows the floor, and after :cost:`runs[0]` it has arrived.
#
# AdaHessian's momentum carries it past the minimum, to :point:`runs[1] at bottom`. The ridge behind
# which the next basin lies is where x + y is -4.2; it turns round just before.
#
# DoG starts with a step of :length:`runs[2] at 1 to 1 digit`. Its steps grow with the distance from
# the start, at first by a third each time. For thirty steps there is nothing to see, and by the
# hundredth it is on the channel's floor.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: mccormick
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: mccormick
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# With more momentum a run does not stop at all. Momentum at a rate of 0.3 goes through one basin
# after another, and after 200 steps it is :distance:`momentum mccormick 0.3` from the minimum. The
# values become lower and lower, but outside the box, and there nothing counts as solved:
# :cell:`momentum mccormick 0.3`. RAdam ends in the next basin, at
# :value:`radam mccormick 1 to 3 digits`: :cell:`radam mccormick 1`.

sweep = og.sweep(functions="mccormick")
print(sweep)
