r"""
Bias correction and warm-up
===========================

An average that starts at zero is too small at first. An optimizer that divides by it takes steps
that are too long, and the first steps are those about which it knows least.

.. predict:: RMSprop and Adam both divide the gradient by the root of an average of its square, and
   both have the rate 0.3 here. How far does the first step of each move a coordinate?

   Adam's moves it by :length:`runs[1] at 1 along x`, the rate. RMSprop's moves it by
   :length:`runs[0] at 1 along x`, ten times as far: its average has a hundredth of the first
   squared gradient in it and 99 hundredths of the zero that it started with, and the root of a
   hundredth is a tenth. It lands far away, and has not come back after sixty steps.
"""

from functools import partial

from torch.optim.lr_scheduler import LinearLR

import optgallery as og

runs = [og.run(name, "beale", lr=0.3, steps=60) for name in ("rmsprop", "adam")]
og.animate(runs, size=300).show()

# %%
# **Bias correction** is Adam's remedy: after :math:`t` steps with the decay rate :math:`\beta`, it
# divides the average by :math:`1 - \beta^t`, the weight that gradients have in it so far. The
# average then has the right size from the first step.
#
# **Warm-up** is the other one: a :term:`schedule` that begins with a small rate and raises it. Here
# RMSprop's rate rises from 0.03 to 0.3 in twenty steps:

warm_up = partial(LinearLR, start_factor=0.1, total_iters=20)
warmed = og.run("rmsprop", "beale", lr=0.3, steps=60, schedule=warm_up)
og.animate(warmed, size=240).show()

# %%
# The first step is :length:`warmed at 1 along x` long in each coordinate now, and the run ends at
# :value:`warmed` instead of :value:`runs[0]`. Correction makes the average right in size, but it is
# still the average of one gradient, then of two: the first steps have the full length whatever
# those gradients were. So Adam is often given a warm-up as well.
#
# :explorer:`Play with both <fn=beale&run=rmsprop@0.3&run=adam@0.3>`: what is different at a rate of
# 0.03? :doc:`RAdam </optimizers/plot_opt_radam>` has a warm-up of its own, and every schedule of
# PyTorch :doc:`has a page </schedules/index>`. Next: :doc:`plot_weight_decay`
