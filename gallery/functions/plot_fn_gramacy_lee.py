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
# The gradient at the start is 0.04 long, and it shrinks on the way: SGD at a rate of one takes more
# than a hundred steps to creep round the corner, and a dozen to fall into the dent.
#
# Adagrad divides the gradient by its own size. Its first step is 0.3 in both coordinates, and the
# second is already on the dent's side. In the dent the gradients are far larger than those that it
# remembers, so it zigzags in x until it has seen enough of them.
#
# AggMo's slowest average forgets a hundredth in a step. It is set going up, away from the bump,
# and the pull of the dent is too weak to turn it: no other of the seven rates does better.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Whoever takes steps of the length of the rate gets across the plain at a tenth:
# :cell:`adam gramacy_lee 0.1`. At a rate of one such a step lands where nothing pulls any more:
# :cell:`adam gramacy_lee 1`. A value that begins with so many zeros means that the run is lost out
# there.

sweep = og.sweep(functions="gramacy_lee")
print(sweep)
