"""
Sphere
======

A perfectly round bowl: from everywhere the gradient points straight at the minimum. Whatever else a
path does here comes from the optimizer.

.. function-card:: sphere
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("sphere", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("sphere", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "sphere", lr=0.3, steps=60),
    og.run("adam", "sphere", lr=1.0, steps=60),
    og.run("adahessian", "sphere", lr=1.0, steps=60),
]
og.animate(runs, size=300).show()

# %%
# SGD follows the gradient: a straight line, on which each step leaves two fifths of the distance.
# Adam divides each coordinate by the size of its own gradients. Its first step is as long in x as
# in y, so it misses the minimum, and the average of past gradients takes it round in a loop.
#
# AdaHessian divides by the curvature, which is the same everywhere: its first step ends in the
# minimum. It counts as solved, but its average still points ahead. It runs on to a distance of
# :distance:`runs[2] at right` on the far side before it turns round.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: sphere
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: sphere
#
# Every optimizer at seven learning rates
# ---------------------------------------

sweep = og.sweep(functions="sphere")
print(sweep)
