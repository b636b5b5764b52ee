r"""
Why the learning rate matters
=============================

One optimizer, one function, one start: only the learning rate differs. The function is a flower,
:math:`f(x, y) = \sqrt{x^2 + y^2} + \sin(4\,\mathrm{atan2}(y, x))`, and AdamW starts far outside
the picture, at (20, 20).
"""

import matplotlib.pyplot as plt
import torch

import optgallery as og


def flower(x, y):
    return torch.hypot(x, y) + torch.sin(4 * torch.atan2(y, x))


window = {"x0": 20, "y0": 20, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
rates = 0.01, 0.1, 0.7

# %%
# Watch all three in step. At 0.01 the optimizer never comes into view: two hundred steps of at
# most 0.01 each cannot cross a distance of 28. At 0.1 it arrives just in time, after 178 steps.
# At 0.7 it is there after 26, runs straight through the centre and off again.

runs = [og.run("adamw", (flower, window), lr=lr, weight_decay=1e-6) for lr in rates]
og.animate(runs)

# %%
# The same three runs, drawn whole.

_, axes = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
for ax, lr in zip(axes, rates, strict=True):
    hparams = {"lr": lr, "weight_decay": 1e-6}
    og.test_optim("adamw", opt_hparams=hparams, test_fn=(flower, window), ax=ax)
