r"""
AdamW and the learning rate
===========================

The first figures of the post *Fun with torchopt* on the Posit AI Blog: AdamW on a flower,
:math:`f(x, y) = \sqrt{x^2 + y^2} + \sin(4\,\mathrm{atan2}(y, x))`, from (20, 20), far outside the
picture, at three learning rates.
"""

import matplotlib.pyplot as plt
import torch

import optgallery as og


def flower(x, y):
    return torch.hypot(x, y) + torch.sin(4 * torch.atan2(y, x))


window = {"x0": 20, "y0": 20, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
rates = 0.01, 0.1, 0.7

# %%
# Any function of two tensors will do, with a window to look through. The arrowhead at a picture's
# edge points to where the optimizer is while it is outside.

runs = [og.run("adamw", (flower, window), lr=lr, weight_decay=1e-6) for lr in rates]
og.animate(runs, size=300).show()

# %%
# At 0.01 it never comes into view: two hundred steps of about 0.01 each cannot cross a distance of
# :distance:`runs[0] at start from (0, 0)`. At 0.1 it enters the picture at step
# :step:`runs[1] at entering` and is :distance:`runs[1] from (0, 0) to 1 digit` from the centre at
# the end. At 0.7 it is in the picture after :step:`runs[2] at entering` steps, but every step is
# too long to stay: it runs through the centre, out of the picture, and back.

_, axes = plt.subplots(1, 3, figsize=(12, 4.2), layout="constrained")
for ax, lr in zip(axes, rates, strict=True):
    hparams = {"lr": lr, "weight_decay": 1e-6}
    og.test_optim("adamw", opt_hparams=hparams, test_fn=(flower, window), ax=ax)
plt.show()

# %%
# Was 0.1 right, then? :doc:`plot_2_petals` gives it more time.
