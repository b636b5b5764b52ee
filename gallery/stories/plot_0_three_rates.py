"""
Too small, right, too large
===========================

One optimizer, one function, one start. Only the learning rate differs, and it decides everything.
"""

import optgallery as og

runs = [og.run("sgd", "booth", lr=lr, steps=60) for lr in (0.003, 0.03, 0.115)]
og.animate(runs, size=300)

# %%
# Gradient descent multiplies the gradient by the learning rate and takes that as its step. At 0.003
# it creeps: the direction is right, sixty steps are not enough. At 0.03 it arrives. At 0.115 every
# step crosses the valley and lands higher on the other side than it started, so that the next one
# is longer still.
#
# The border can be computed. Booth's function is quadratic, the largest eigenvalue of its second
# derivative is 18, and gradient descent is stable below :math:`2 / 18 \approx 0.111`, no matter where
# it starts. Most functions have no such number: theirs changes from place to place. That is why
# every optimizer in this gallery is shown at seven learning rates, on every function.

og.plot_loss(runs)

# %%
# The cost of a learning rate that is too small is time; the cost of one that is too large is
# everything. Between them lies a factor of forty, and nothing but the picture shows where.

og.sweep("sgd", "booth")
