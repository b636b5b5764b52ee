"""
Gramacy-Lee
===========

A dent and a bump side by side on a plain. From behind the bump the slope leads outward first, to
where there is hardly any, and only then round to the dent.

.. function-card:: gramacy_lee
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("gramacy_lee", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("gramacy_lee", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "gramacy_lee", lr=1.0),
    og.run("adagrad", "gramacy_lee", lr=0.3),
    og.run("aggmo", "gramacy_lee", lr=0.03),
]
og.animate(runs, size=300).show()

# %%
# The gradient at the start is :slope:`runs[0] at start to 1 digit` long, and it shrinks on the way:
# SGD at a rate of one takes more than a hundred steps to creep round the corner, and a dozen to
# fall into the dent.
#
# Adagrad divides the gradient by its own size. Its first step is :length:`runs[1] at 1 along x` in
# both coordinates, and the second is already on the dent's side. In the dent the gradients are far
# larger than those in its sum, so it zigzags in x until it has summed enough of them.
#
# AggMo's slowest velocity decays by a hundredth in a step. It first points up, away from the bump,
# and the gradients of the dent are too small to turn it: no other of the seven rates does better.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: gramacy_lee
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: gramacy_lee
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Steps of the length of the rate cross the plain at a tenth: :cell:`adam gramacy_lee 0.1`. At a
# rate of one such a step ends where the gradient is next to zero: :cell:`adam gramacy_lee 1`. So
# small a value means that the run is lost out there.

sweep = og.sweep(functions="gramacy_lee")
print(sweep)
