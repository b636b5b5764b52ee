"""
Schwefel
========

Hollows some two hundred apart, on a map where the origin is far outside the picture. A step has to
be long here, and whatever draws the parameters towards zero draws them the wrong way.

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
# The slope at the start is 10.9, so SGD's first step at a rate of one is 10.9 long. That suits a
# map this wide: it is at the bottom after 18 steps. Adam divides the slope out and goes one unit in
# x and one in y, whatever it meets. The way is the same hundred units, and takes it 111 steps.
#
# AdamW's steps are Adam's, and before each of them it shrinks the parameters by a thousandth at
# this rate. At (322, 468) a thousandth is 0.32 in x and 0.47 in y, and Adam's step is 0.1 in each.
# So x goes down although the slope asks for more. The run passes the ridge at x = 302 and goes on
# into the hollow on the left. At a rate of one it ends at (54, 83), far outside the picture.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# For optimizers whose steps are as long as the rate, two hundred steps of 0.1 are twenty units, and
# the minimum is a hundred away. LARS measures its steps by the length of the parameters, here 568:
# the smallest rate is enough, :cell:`lars schwefel 0.001`, and a hundred times that
# is too much, :cell:`lars schwefel 0.1`.

sweep = og.sweep(functions="schwefel")
print(sweep)
