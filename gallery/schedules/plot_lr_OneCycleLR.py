r"""
OneCycleLR
==========

One rise and one fall: the rate climbs to its maximum in the first third of the run, and falls far
below its start in the rest, while the momentum goes the other way.

:Class: `torch.optim.lr_scheduler.OneCycleLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html>`__
:Needs to know: the number of updates, ``total_steps``, and the largest rate, ``max_lr``
:Paper: Smith and Topin (2018), `Super-Convergence: Very Fast Training of Neural Networks Using
   Large Learning Rates <https://arxiv.org/abs/1708.07120>`__

It begins at :math:`\gamma_{\max} / 25`, reaches :math:`\gamma_{\max}` when 30 % of the updates are
done, and ends at :math:`\gamma_{\max} / 250\,000`. On the share :math:`p` of a phase that leads
from :math:`a` to :math:`b`, it is

.. math::

   \gamma = b + \frac{a - b}{2} \left(1 + \cos \pi p\right)

or :math:`a + (b - a)\, p` with ``anneal_strategy="linear"``.
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import OneCycleLR

import optgallery as og

cycle = partial(OneCycleLR, max_lr=0.03, total_steps=200)
constant, cycled = [og.run("momentum", "beale", lr=0.03, schedule=s) for s in (None, cycle)]
og.plot_lrs(cycled)
plt.show()

# %%
# What surprises
# --------------
#
# - The optimizer's own rate counts for nothing, and neither does its momentum, which goes from 0.95
#   down to 0.85 and back unless ``cycle_momentum=False``. Plain ``SGD(lr=0.1)`` becomes SGD with
#   momentum without a warning, and the first of Adam's ``betas`` is overwritten.
# - ``step()`` after each of the ``total_steps`` updates is one call too many. It leaves the curve,
#   to a negative rate if the cycle is linear, and only the next call raises an error.
#
# At work
# -------

og.animate([constant, cycled], size=300).show()

# %%
# At a constant rate of 0.03 momentum has left the picture at step :step:`constant at leaving`, and
# it diverges. The cycle begins with a rate of :rate:`cycled at 1`. When it has climbed to the same
# 0.03, after 60 updates, the value is :value:`cycled at 60`, from :value:`cycled at start`, and the
# slope :slope:`cycled at 60`, from :slope:`cycled at start`. Beale's function is solved after
# :cost:`cycled` gradient evaluations.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = OneCycleLR(optimizer, max_lr=0.03, total_steps=len(batches))
#    for number, batch in enumerate(batches):
#        if number:
#            scheduler.step()
#        update(batch)  # calls optimizer.step()
