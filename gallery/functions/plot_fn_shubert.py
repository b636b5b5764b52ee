"""
Shubert
=======

Peaks and pits as on a chessboard, a few tenths wide and up to two hundred deep. With gradients in
the hundreds a small rate makes a long step.

.. function-card:: shubert
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("shubert", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("shubert", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("qhm", "shubert", lr=0.001, steps=80),
    og.run("adagrad", "shubert", lr=0.3, steps=80),
    og.run("dog", "shubert", lr=1.0, steps=80),
]
og.animate(runs, size=300).show()

# %%
# The gradient at the start is :slope:`runs[0] at start` long, so plain SGD at a rate of 0.001 makes
# a first step of :length:`sgd shubert 0.001 at 1`. From a pit to the next peak it is only 0.63. QHM
# takes 0.3 of the gradient and the rest from an average, which at first is next to nothing. Its
# first step is :length:`runs[0] at 1`. Every step after the second is shorter than the one before,
# and :cost:`runs[0]` are enough.
#
# Adagrad divides by the gradients so far. The first step is :length:`runs[1] at 1 along x` in x and
# in y, whatever they are, and that in y is wasted: the second takes it back. Then it crosses the
# bottom in x at every step, and as the sum under the root grows the oscillations shrink.
#
# DoG begins with a step of :length:`runs[2] at 1 to 1 digit`, and its steps grow with the distance
# from the start. For thirty steps nothing is to be seen. Then it goes down in a few steps, and
# comes to rest as the gradient vanishes.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: shubert
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: shubert
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The best rates of Adagrad and QHM are three hundred times apart, for one divides the slope out and
# the other does not. Even at the smallest rate SGD jumps about among the pits:
# :cell:`sgd shubert 0.001`. Rprop, which uses signs and halves its step when they change, solves it
# at all seven rates.

sweep = og.sweep(functions="shubert")
print(sweep)
