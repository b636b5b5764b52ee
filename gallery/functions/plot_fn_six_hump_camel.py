"""
Six-hump camel
==============

Six basins in three pairs, each the other turned by half a turn. Only the middle pair is deepest,
and steep walls above and below it throw long steps past it.

.. function-card:: six_hump_camel
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("six_hump_camel", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("six_hump_camel", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "six_hump_camel", lr=0.03, steps=100),
    og.run("momentum", "six_hump_camel", lr=0.01, steps=100),
    og.run("radam", "six_hump_camel", lr=0.03, steps=100),
]
og.animate(runs, size=300).show()

# %%
# The gradient at the start is :slope:`runs[0] at start` long. SGD's first step takes it all the way
# down to where the function is almost flat. It creeps on, gains speed as the slope grows, and ends
# in the lower of the two minima.
#
# Momentum at a third of the rate is still fast when it gets there. It runs on, climbs the wall on
# the other side, and comes back in a wide curve that leads past the lower minimum and into the
# upper.
#
# RAdam takes SGD's first step, and four steps of plain momentum carry it up the same wall. There it
# begins to divide by the size of its gradients, of which the first was the largest. It goes down
# again in steps of a hundredth at most, towards the nearest minimum: a false one.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: six_hump_camel
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: six_hump_camel
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# One optimizer ends in all three basins. Adam ends in the upper minimum at a rate of 0.1, in the
# lower at 0.3 and in that false one at 1: :cell:`adam six_hump_camel 0.1`,
# :cell:`adam six_hump_camel 0.3`, :cell:`adam six_hump_camel 1`.

sweep = og.sweep(functions="six_hump_camel")
print(sweep)
