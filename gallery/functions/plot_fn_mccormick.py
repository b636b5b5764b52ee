"""
McCormick
=========

A slanting channel with a sine along it. Each hollow is lower than the one before it by pi, for
ever: the minimum is one only within the box.

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
# SGD's first step, 2.6 long, leads across the channel. From the second on it follows the floor, and
# with the eighth it has arrived.
#
# AdaHessian runs past the minimum with what it has saved up. The ridge behind which the next hollow
# lies is where x + y is -4.2; it turns round at -3.9.
#
# DoG starts from steps of a few millionths, because it knows nothing yet. They grow as it finds out
# how far it has come, at first by a third each time. For thirty steps there is nothing to see, and
# by the hundredth it is on the channel's floor.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Who has more speed does not stop at all. Momentum at a rate of 0.3 goes through one hollow after
# another, and after 200 steps it is more than four hundred from the minimum. It finds ever lower
# values, but outside the box, and there nothing counts as solved: :cell:`momentum mccormick 0.3`.
# RAdam ends in the next hollow, at -5.05: :cell:`radam mccormick 1`.

sweep = og.sweep(functions="mccormick")
print(sweep)
