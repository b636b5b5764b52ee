"""
Cross-in-tray
=============

Sixteen trays parted by ridges as thin as a knife, the four in the middle deepest. Inside a tray the
ground is nearly flat; only at its rim is it steep.

.. function-card:: cross_in_tray
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("cross_in_tray", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("cross_in_tray", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "cross_in_tray", lr=1.0, steps=80),
    og.run("adafactor", "cross_in_tray", lr=1.0, steps=80),
    og.run("lars", "cross_in_tray", lr=0.1, steps=80),
]
og.animate(runs, size=300).show()

# %%
# At the start, close to a ridge, the gradient is :slope:`runs[0] at start to 3 digits` long. SGD at
# a rate of one takes one step of that length away from it. From there the slope is below 0.2, and
# every step is shorter than the one before: it has solved the function after :cost:`runs[0]`.
#
# Adafactor measures its first step by the parameters, and that is :length:`runs[1] at 1 along x` in
# x and in y. It leaps over the ridge y = 0, and ends in the tray below.
#
# LARS adds up steps that are a share of the distance from the origin, and the ridges do not stop
# it. It crosses the tray, and from step 5 to step 8 it passes close to the middle of the cross,
# into the tray on the other side. It comes closest to that minimum at step
# :step:`runs[2] at solved`, when it counts as solved, and goes on into the tray above.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: cross_in_tray
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: cross_in_tray
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The minima are alike, so it does not matter which of the four a run ends in. Adadelta, which
# begins with tiny steps, is still on its way after two hundred: :cell:`adadelta cross_in_tray 1`.

sweep = og.sweep(functions="cross_in_tray")
print(sweep)
