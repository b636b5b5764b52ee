r"""
MultiStepLR
===========

A staircase whose stairs may be of any length: the rate is multiplied by a factor at each milestone.

:Class: `torch.optim.lr_scheduler.MultiStepLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html>`__
:Needs to know: after how many updates to reduce the rate, ``milestones``

After :math:`t` updates, with milestones :math:`m_i` and a factor :math:`\gamma`, which is 0.1 by
default,

.. math::

   \eta_t = \eta_0\, \gamma^{n_t}, \qquad n_t = \left| \{ i : m_i \le t \} \right|
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import MultiStepLR

import optgallery as og

stairs = partial(MultiStepLR, milestones=[50, 100])
constant, falling = [og.run("muon", "rosenbrock", lr=0.1, schedule=s) for s in (None, stairs)]
og.plot_lrs(falling)
plt.show()

# %%
# What surprises
# --------------
#
# - A milestone that is no whole number is passed by without an error: with
#   ``milestones=[updates / 3]``, 200 updates never reach the 66.67th, and the rate stays.
# - A milestone that is listed twice counts twice.
#
# At work
# -------

og.animate([constant, falling], size=300).show()

# %%
# In the valley of Rosenbrock's function, Muon arrives and cannot stay: at a constant rate of 0.1 it
# ends :distance:`constant` from the minimum. With a tenth of the rate from update 50 on it takes
# the bend slowly, and with a hundredth it ends :distance:`falling to 1 digit` away.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = MultiStepLR(optimizer, milestones=[50, 100])
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
