"""
L-BFGS in three steps
=====================

The flower once more, and a method that learns the curvature from gradients: three steps suffice.
"""

from dataclasses import replace

import matplotlib.pyplot as plt

import optgallery as og

flower = replace(og.FUNCTIONS["flower"], start=(20.0, 20.0))

# %%
# Without a line search the first step ends :distance:`trusting at 1 from (0, 0)` from the centre,
# and the run diverges. With one it is :distance:`searched at 3 from (0, 0) to 1 digit` from the
# centre after three steps; seven more change next to nothing.

trusting = og.run("lbfgs", flower, steps=10, line_search_fn=None)
searched = og.run("lbfgs", flower, steps=10)
og.animate([trusting, searched]).show()

# %%
# The post's two figures, three and ten steps.

_, axes = plt.subplots(1, 2, figsize=(9, 4.6), layout="constrained")
for ax, steps in zip(axes, (3, 10), strict=True):
    og.test_optim("lbfgs", test_fn=flower, steps=steps, ax=ax)
plt.show()

# %%
# Steps do not compare, though. The first alone costs L-BFGS :evaluations:`searched at 1` gradient
# evaluations, and gradient evaluations are what optimizers are compared by here.

adamw = og.run("adamw", flower, lr=0.7, weight_decay=1e-6)
og.plot_loss([searched, adamw])
plt.show()
