r"""
LinearLR
========

A straight line from one fraction of the rate to another: a warm-up if it rises, a decay if it
falls.

:Class: `torch.optim.lr_scheduler.LinearLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html>`__
:Needs to know: how many updates the line takes, ``total_iters``: in a decay, all of them
:Paper: Goyal et al. (2017), `Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour
   <https://arxiv.org/abs/1706.02677>`__, section 2.2, on warm-up

From a factor :math:`a`, a third by default, to a factor :math:`b`, 1 by default, in :math:`n`
updates, 5 by default,

.. math::

   \eta_t = \eta_0 \left( a + (b - a) \min(t / n, 1) \right)
"""
# sphinx_gallery_thumbnail_number = 1

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import LinearLR

import optgallery as og


def to_zero(optimizer):
    return LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=200)


constant, warmed = [og.run("momentum", "beale", lr=0.02, schedule=s) for s in (None, LinearLR)]
decayed = og.run("momentum", "booth", lr=0.02, schedule=to_zero)
og.plot_lrs([warmed, decayed])
plt.show()

# %%
# What surprises
# --------------
#
# - Without arguments it is a warm-up, and a short one: from a third of the rate to all of it in
#   five updates.
# - ``start_factor`` may not be 0, ``end_factor`` may. When the line has ended the rate stays: after
#   a decay to 0, all further updates change nothing.
#
# At work
# -------

og.animate([constant, warmed], size=300).show()

# %%
# The start is steep: the slope is :slope:`warmed at start`. At a rate of 0.02 the first step leads
# to a higher value, and momentum diverges. After five shorter steps the slope is
# :slope:`warmed at 5`, and the full rate solves Beale's function after :cost:`warmed` gradient
# evaluations. A warm-up is no guarantee, though: from a tenth of the rate in ten updates, the same
# run diverges.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = LinearLR(optimizer)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
