"""
L-BFGS in three steps
=====================

The flower once more, and a method that learns the shape of what it is standing on: three steps
suffice.
"""

from dataclasses import replace

import matplotlib.pyplot as plt

import optgallery as og

flower = replace(og.FUNCTIONS["flower"], start=(20.0, 20.0))

# %%
# Without a line search the first step is taken on trust, and goes wrong. With one it takes three
# steps, and it is at the centre; seven more, and nothing happens.

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
# A step is not a step, though. Within one, L-BFGS may evaluate the gradient two dozen times, and
# gradients are the currency in which optimizers are compared here.

adamw = og.run("adamw", flower, lr=0.7, weight_decay=1e-6)
og.plot_loss([searched, adamw])
plt.show()
