r"""
CosineAnnealingWarmRestarts
===========================

Half a period of the cosine, again and again: the rate falls to its minimum, and jumps back to its
base.

:Class: `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html>`__
:Needs to know: the length of the first cycle, ``T_0``
:Paper: Loshchilov and Hutter (2017), `SGDR: Stochastic Gradient Descent with Warm Restarts
   <https://arxiv.org/abs/1608.03983>`__, equation 5

After :math:`t` updates of a cycle of :math:`T_i`, each ``T_mult`` times as long as the one before,

.. math::

   \eta_t = \eta_{\min} + \frac{\eta_0 - \eta_{\min}}{2} \left(1 + \cos \frac{\pi t}{T_i}\right)
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import CosineAnnealingLR, CosineAnnealingWarmRestarts

import optgallery as og

cosine = partial(CosineAnnealingLR, T_max=100)
equal = partial(CosineAnnealingWarmRestarts, T_0=25)
longer = partial(CosineAnnealingWarmRestarts, T_0=25, T_mult=2)
once, restarted, doubled = [
    og.run("lion", "rastrigin", steps=100, lr=0.5, schedule=s) for s in (cosine, equal, longer)
]
og.plot_lrs([restarted, doubled])
plt.show()

# %%
# What surprises
# --------------
#
# A run ends wherever its last cycle is. With ``T_mult=2`` the cycles have 25, 50, 100, 200, ...
# updates, so that they end after 25, 75, 175, 375, ...: a run of 100 ends at a rate of
# :rate:`doubled`, near the base, and with the parameters on their way to somewhere else.
#
# At work
# -------

og.animate([once, restarted, doubled], size=300).show()

# %%
# Rastrigin's function has a local minimum at every pair of whole numbers. Each cycle of Lion ends
# in one of them, with a value of :value:`restarted at 25`, :value:`restarted at 50`,
# :value:`restarted at 75` and :value:`restarted at 100`, and each restart leads out of it. A single
# cosine ends at :value:`once`, and the cycle that is not finished at :value:`doubled`.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=25)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
