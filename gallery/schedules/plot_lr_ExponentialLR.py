r"""
ExponentialLR
=============

The rate is multiplied by the same factor after every update.

:Class: `torch.optim.lr_scheduler.ExponentialLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html>`__
:Needs to know: the factor, ``gamma``, and thereby how far there is to go

After :math:`t` updates, and all of them together,

.. math::

   \eta_t = \eta_0\, \gamma^t, \qquad
   \sum_{t=0}^{\infty} \eta_t = \frac{\eta_0}{1 - \gamma} \quad \text{if } \gamma < 1
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import ExponentialLR

import optgallery as og

schedules = [partial(ExponentialLR, gamma=gamma) for gamma in (0.95, 0.98)]
short, enough = [og.run("signum", "himmelblau", lr=0.1, schedule=s) for s in schedules]
og.plot_lrs([short, enough], scale="log")
plt.show()

# %%
# What surprises
# --------------
#
# The sum is finite: however many updates a run has, it can only go so far. With a factor of 0.95
# all rates together are 20 times the first. That is also what is left of a factor that was meant
# for epochs: after 200 updates the rate is :rate:`short`.
#
# At work
# -------

og.animate([short, enough], size=300).show()

# %%
# Signum moves each coordinate by the rate, so the sum is how far it gets: from a base rate of 0.1,
# 2 along each axis. On the left it stops there, :distance:`short` from the nearest minimum. With a
# factor of 0.98 the sum is 5, which is enough for the 4.5 along y to the minimum at (3, 2), and for
# coming within :distance:`enough to 1 digit` of it.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = ExponentialLR(optimizer, gamma=0.98)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
