r"""
AdaHessian, and what a power changes
====================================

AdaHessian divides by curvature instead of the gradient's size: by :math:`|D|^k`, the diagonal of
the second derivative to a power :math:`k`. The paper and its authors' code take :math:`k = 1`. The
R package torchopt, and with it the post, takes :math:`k = 0.5`.
"""

from dataclasses import replace

import matplotlib.pyplot as plt

import optgallery as og

flower = replace(og.FUNCTIONS["flower"], start=(20.0, 20.0))
powers = 0.5, 1.0

# %%
# Both at the post's learning rate of 0.3. With the post's power it comes into view after
# :step:`runs[0] at entering` steps, is :distance:`runs[0] at 35 from (0, 0) to 1 digit` from the
# centre after 35 (excellent, as the post says), and then goes from petal to petal: less far than
# AdamW, but it does not settle. With the paper's power it is in view after
# :step:`runs[1] at entering` steps, takes the rest more slowly, and settles.

runs = [og.run("adahessian", flower, lr=0.3, hessian_power=k) for k in powers]
og.animate(runs).show()

# %%
# On the left the post's two figures, after 35 and after 200 steps; on the right the paper's power.

_, axes = plt.subplots(2, 2, figsize=(9, 9), layout="constrained")
for row, steps in zip(axes, (35, 200), strict=True):
    for ax, k in zip(row, powers, strict=True):
        hparams = {"lr": 0.3, "hessian_power": k}
        og.test_optim("adahessian", opt_hparams=hparams, test_fn=flower, steps=steps, ax=ax)
        ax.set_title(f"power {k}, {steps} steps")
plt.show()
