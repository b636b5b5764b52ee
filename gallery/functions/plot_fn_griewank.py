"""
Griewank
========

Dents that look alike, on a bowl too shallow to tell them apart. The first steps decide which one a
run ends in.

.. function-card:: griewank
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("griewank", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("griewank", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "griewank", lr=1.0, steps=150),
    og.run("adam", "griewank", lr=0.03, steps=150),
    og.run("adamw", "griewank", lr=1.0, steps=150),
]
og.animate(runs, size=300).show()

# %%
# The start is high on a hill, left of the middle line. SGD goes the way of the gradient, which is
# twice as long in y as in x. It goes round a shoulder of the hill, and straight down to the
# minimum.
#
# Adam takes the same length in both coordinates, and so a diagonal. That leads to the pass between
# two dents, and on into the one on the left. Its minimum is :value:`adam griewank 0.03`; nothing in
# the picture tells it from the lowest.
#
# AdamW at a rate of one takes the same diagonal, runs up the hill on the left and is sent back. At
# every step it also pulls x and y towards zero, by a hundredth. That settles which dent it rolls
# back into: Adam at the same rate ends in the one on the left, :cell:`adam griewank 1`. That helps
# only because the minimum is at zero.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: griewank
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: griewank
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Many others that scale each coordinate by itself end there too, :cell:`rmsprop griewank 0.03`, but
# not all: :cell:`adahessian griewank 1`. Those that keep the direction of the gradient come to the
# minimum if their steps are long enough: :cell:`nesterov griewank 1`, :cell:`muon griewank 0.3`.

sweep = og.sweep(functions="griewank")
print(sweep)
