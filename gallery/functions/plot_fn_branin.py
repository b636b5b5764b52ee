"""
Branin
======

Three minima of equal depth. A parabola's channel leads through all of them, a cosine parts them,
and small differences on the way down decide between them.

.. function-card:: branin
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("branin", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("branin", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("rprop", "branin", lr=0.1, steps=100),
    og.run("adahessian", "branin", lr=0.1, steps=100),
    og.run("momentum", "branin", lr=0.1, steps=100),
]
og.animate(runs, size=300).show()

# %%
# Rprop's steps are as long in x as in y. That keeps it on a diagonal until it has crossed the
# channel. It goes up along it to the minimum on the left.
#
# AdaHessian divides by the curvature, which at the start is more than twice as large in x as in y.
# Its first two steps lead :distance:`runs[1] at 2 along y from start` down and
# :distance:`runs[1] at 2 along x from start` to the left, and so into the basin in the middle.
#
# Momentum crosses the channel at full speed. The wall on the left turns it round at step
# :step:`runs[2] at left`, it passes the minimum in the middle, and leaves the picture on the right
# for three steps. There it has lost enough speed to stay in the basin of the third minimum.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: branin
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: branin
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# SGD at 0.03 ends in the middle: :cell:`sgd branin 0.03`. At 0.1 it jumps to and fro across the
# minimum on the left, for ever between the same two points, :length:`sgd branin 0.1 to 1 digit`
# apart. At 0.3 it comes to rest nowhere, and yet meets a minimum sooner than at any other rate:
# :cell:`sgd branin 0.3`.

sweep = og.sweep(functions="branin")
print(sweep)
