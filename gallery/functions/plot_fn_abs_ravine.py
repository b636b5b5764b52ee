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
# SGD steps by 0.3 in y until it is at the floor, and then hops across it, from 0.165 to -0.135 and
# back. These two heights never change. In x it moves by 0.03 with every step, and after 142 steps
# it hops across the minimum too. What is left of the value is 1.37 and 1.67 in turn, and more steps
# would not change it.
#
# Rprop doubts a step only when a sign changes. It comes in with steps that grow by a fifth, halves
# them at each crossing, and so winds inwards.
#
# Adagrad divides by the root of all squares so far. Here the squares are always the same, 1 in x
# and 100 in y, so the tenfold difference drops out: its n-th step is 1 over the root of n in both.
# Steps that shrink like this are what a crease needs: it hops across the minimum too, and every hop
# is shorter than the one before.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# AdaHessian divides by the curvature, and planes have none. Its first step at the smallest rate
# is a hundred long: :cell:`adahessian abs_ravine 0.001`. SGD with the larger rates hops on a wider
# track, :cell:`sgd abs_ravine 0.3`.

sweep = og.sweep(functions="abs_ravine")
print(sweep)
