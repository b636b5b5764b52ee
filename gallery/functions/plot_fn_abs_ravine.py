"""
Absolute ravine
===============

Four planes that meet in two creases, a sharp one along x and a slight one across it. The gradient
is as long beside the floor as far above it, so nothing tells a step to be short.

.. function-card:: abs_ravine
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("abs_ravine", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("abs_ravine", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "abs_ravine", lr=0.03),
    og.run("rprop", "abs_ravine", lr=1.0),
    og.run("adagrad", "abs_ravine", lr=1.0),
]
og.animate(runs, size=300).show()

# %%
# SGD steps by :length:`runs[0] at 1 along y` in y until it is at the floor, and then oscillates
# across it, from :point:`runs[0] at 199 along y to 3 digits` to
# :point:`runs[0] at 200 along y to 3 digits` and back. These two never change. In x it moves by
# :length:`runs[0] at 1 along x` with every step, and in the end it oscillates about the minimum
# too. The value is :value:`runs[0] at 199 to 3 digits` and :value:`runs[0] at 200 to 3 digits` in
# turn, and more steps would not change it.
#
# Rprop shortens a step only when a sign changes. It comes in with steps that grow by a fifth,
# halves them at each crossing, and so converges.
#
# Adagrad divides by the root of all squares so far. Here the squares are always the same, 1 in x
# and 100 in y, so the tenfold difference cancels: its n-th step is 1 over the root of n in both.
# Steps that shrink like this are what a crease needs: it oscillates about the minimum too, and
# every step is shorter than the one before.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: abs_ravine
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: abs_ravine
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# AdaHessian divides by the curvature, and planes have none. Its first step at the smallest rate is
# :length:`adahessian abs_ravine 0.001 at 1` long: :cell:`adahessian abs_ravine 0.001`. SGD with the
# larger rates oscillates in longer steps, :cell:`sgd abs_ravine 0.3`.

sweep = og.sweep(functions="abs_ravine")
print(sweep)
