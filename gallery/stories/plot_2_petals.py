"""
AdamW never settles
===================

A learning rate of 0.1 has just brought AdamW to the centre of the flower. Give it more time, and it
does not stay: it visits one petal after another.
"""

from dataclasses import replace

import matplotlib.pyplot as plt

import optgallery as og

flower = replace(og.FUNCTIONS["flower"], start=(20.0, 20.0))
hparams = {"lr": 0.1, "weight_decay": 1e-6}

# %%
# Thirteen hundred steps; after :step:`run at entering` it comes into view. AdamW's step has about
# the length of the learning rate wherever it is, and on the flower no gradient is shorter than 1:
# there is no point to rest at, so it goes on.

run = og.run("adamw", flower, steps=1300, **hparams)
og.animate(run, frames=250, seconds=13).show()

# %%
# The post's figures: the same run after 300, 700, 900 and 1300 steps. It has visited one petal at
# step 200, and at least three by step 1300, and never goes far away.

_, axes = plt.subplots(2, 2, figsize=(9, 9), layout="constrained")
for ax, steps in zip(axes.flat, (300, 700, 900, 1300), strict=True):
    og.test_optim("adamw", opt_hparams=hparams, test_fn=flower, steps=steps, ax=ax)
plt.show()

# %%
# Where exactly it is at step 1300 means nothing: from step 200 on, a difference in the last digit
# grows more than a thousandfold in a hundred steps. That it never settles is what can be repeated.
# :doc:`plot_6_falling_rate` makes it stop.
