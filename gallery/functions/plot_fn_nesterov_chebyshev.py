"""
Nesterov-Chebyshev
==================

A crease along a parabola. Each side of it pushes a step to the other, and only what is left over
leads along it, less and less towards the minimum.

.. function-card:: nesterov_chebyshev
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("nesterov_chebyshev", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("nesterov_chebyshev", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "nesterov_chebyshev", lr=0.03),
    og.run("lion", "nesterov_chebyshev", lr=0.1),
    og.run("aggmo", "nesterov_chebyshev", lr=0.01),
]
og.animate(runs, size=300).show()

# %%
# SGD meets the crease at its second step and never leaves it. It moves
# :length:`runs[0] along y to 1 digit` in y with each step, up on one side and down on the other. In
# two hundred steps it gets round the bend, to x = :point:`runs[0] along x`.
#
# Lion moves by :length:`runs[1] along x` in x and in y. It stops at the crease until its average
# has changed sign, and comes down to the right-hand branch. There the signs of x and y are opposite
# on either side of the crease. So it can only move along one diagonal, across the crease and not
# along it: from step 30 on it goes to and fro between :point:`runs[1] at 199` and
# :point:`runs[1] at 200`.
#
# AggMo keeps three momenta and steps by their mean. It shoots across the bend, comes back, and then
# follows the crease: the slopes across cancel in its sums, those along it add up. It solves the
# function after :cost:`runs[2]` steps.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: nesterov_chebyshev
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: nesterov_chebyshev
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# *Solved* requires a value of 0.0022 here. On the crease that is less than a tenth from the minimum
# in x, and few come so far. Rprop crosses and halves until it no longer moves:
# :cell:`rprop nesterov_chebyshev 0.1`. AdaHessian meets no curvature in y:
# :cell:`adahessian nesterov_chebyshev 0.001`.

sweep = og.sweep(functions="nesterov_chebyshev")
print(sweep)
