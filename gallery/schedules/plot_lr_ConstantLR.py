r"""
ConstantLR
==========

A fraction of the rate for the first updates, and all of it after them, at once. It is a warm-up
with a single stair.

:Class: `torch.optim.lr_scheduler.ConstantLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html>`__
:Needs to know: the length of the warm-up, ``total_iters``; not the number of updates

With a factor :math:`c`, a third by default, and :math:`n` updates, 5 by default,

.. math::

   \eta_t = \begin{cases} c\, \eta_0 & t < n \\ \eta_0 & t \ge n \end{cases}
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import ConstantLR

import optgallery as og

warm_up = partial(ConstantLR, factor=0.1, total_iters=10)
constant, warmed = [og.run("momentum", "beale", lr=0.02, schedule=s) for s in (None, warm_up)]
og.plot_lrs(warmed)
plt.show()

# %%
# What surprises
# --------------
#
# - It does not keep the rate constant. ``ConstantLR(optimizer)`` holds a third of it for five
#   updates, and then triples it.
# - The factor 0 is accepted, and would freeze the parameters for a while. When it is to end, the
#   rate is divided by the factor: a ``ZeroDivisionError``.
#
# At work
# -------

og.animate([constant, warmed], size=300).show()

# %%
# The start is steep: the slope is :slope:`warmed at start`. At a rate of 0.02 the first step leads
# to a higher value, and momentum diverges. After ten updates at a tenth of it the slope is
# :slope:`warmed at 10`, and the full rate solves Beale's function after :cost:`warmed` gradient
# evaluations.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = ConstantLR(optimizer, factor=0.1, total_iters=10)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
