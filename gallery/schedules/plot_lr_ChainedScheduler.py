r"""
ChainedScheduler
================

Several schedules at the same time: the rate is multiplied by the factors of all of them.

:Class: `torch.optim.lr_scheduler.ChainedScheduler
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html>`__
:Needs to know: what its schedules need to know

With the factors :math:`c^{(i)}_t` of the base rate that each schedule would give by itself,

.. math::

   \eta_t = \eta_0 \prod_i c^{(i)}_t
"""
# sphinx_gallery_thumbnail_number = 1

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import ChainedScheduler, ExponentialLR, LambdaLR, LinearLR

import optgallery as og


def warm_up_times_decay(optimizer):
    warm_up = LinearLR(optimizer, start_factor=0.01, total_iters=20)
    return ChainedScheduler([warm_up, ExponentialLR(optimizer, gamma=0.98)])


def warm_up_times_lambda(optimizer):
    decay = LambdaLR(optimizer, lambda t: 0.98**t)
    return ChainedScheduler([decay, LinearLR(optimizer, start_factor=0.01, total_iters=20)])


schedules = None, warm_up_times_decay
constant, warmed = [og.run("momentum", "beale", lr=0.02, schedule=s) for s in schedules]
spiked = og.run("adam", "beale", lr=0.02, schedule=warm_up_times_lambda)
og.plot_lrs([warmed, spiked])
plt.show()

# %%
# What surprises
# --------------
#
# It multiplies only where each schedule derives the next rate from the last one. ``LambdaLR``,
# ``CyclicLR``, ``OneCycleLR`` and ``CosineAnnealingWarmRestarts`` set it from the base rate, and
# what stands before them in the chain is forgotten. What stands behind them multiplies by the
# *change* of its own factor: the second curve is meant to be the first, and jumps above the base
# rate in its second update.
#
# At work
# -------

og.animate([constant, warmed], size=300).show()

# %%
# Momentum diverges at a constant rate of 0.02, whose first step is :length:`constant at 1` long.
# With the warm-up it is :length:`warmed at 1` long, and the decay keeps the rate from ever reaching
# 0.02: Beale's function is solved after :cost:`warmed` gradient evaluations.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    warm_up = LinearLR(optimizer, start_factor=0.01, total_iters=20)
#    scheduler = ChainedScheduler([warm_up, ExponentialLR(optimizer, gamma=0.98)])
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
