"""
Schwefel
========

Basins some two hundred apart, with the origin far outside the picture. A step has to be long here,
and weight decay pulls the parameters the wrong way.

.. function-card:: schwefel
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("schwefel", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("schwefel", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "schwefel", lr=1.0),
    og.run("adam", "schwefel", lr=1.0),
    og.run("adamw", "schwefel", lr=0.1),
]
og.animate(runs, size=300).show()

# %%
# SGD's first step at a rate of one is as long as the gradient, :length:`runs[0] at 1 to 3 digits`.
# That suits distances this large: it solves the function after :cost:`runs[0]` steps. Adam divides
# the slope out and moves by :length:`runs[1] at 1 along x` in x and in y, whatever the slope. For
# the same distance of :distance:`runs[1] at start` it needs :cost:`runs[1]` steps.
#
# AdamW's steps are Adam's, and before each of them it shrinks the parameters by a thousandth at
# this rate. At the start, :point:`runs[2] at start`, a thousandth is more than Adam's step of 0.1.
# So x goes down although it should go up. The run passes the ridge at x = 302 and goes on into the
# basin on the left. At a rate of one it ends at :point:`adamw schwefel 1`, far outside the picture.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: schwefel
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: schwefel
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# For optimizers whose steps are as long as the rate, two hundred steps of 0.1 are twenty units, and
# the minimum is a hundred away. LARS scales its steps by the length of the parameters, here
# :distance:`runs[0] at start from (0, 0)`: the smallest rate is enough,
# :cell:`lars schwefel 0.001`, and a hundred times that is too much, :cell:`lars schwefel 0.1`.

sweep = og.sweep(functions="schwefel")
print(sweep)
