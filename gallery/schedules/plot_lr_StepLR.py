r"""
StepLR
======

A staircase: after every so many updates the rate is multiplied by the same factor.

:Class: `torch.optim.lr_scheduler.StepLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html>`__
:Needs to know: the length of a stair, ``step_size``; not the number of updates

After :math:`t` updates, with stairs of :math:`n` updates and a factor :math:`\gamma`, which is 0.1
by default,

.. math::

   \eta_t = \eta_0\, \gamma^{\lfloor t / n \rfloor}
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import StepLR

import optgallery as og

stairs = partial(StepLR, step_size=50)
halved = partial(StepLR, step_size=50, gamma=0.5)
runs = [og.run("lion", "sphere", lr=0.3, schedule=s) for s in (None, stairs, halved)]
og.plot_lrs(runs[1:], scale="log")
plt.show()

# %%
# What surprises
# --------------
#
# A step is a call of ``step()``, whatever it is called after. A ``step_size`` that was meant for
# epochs makes the rate vanish when ``step()`` is called after each update: with the default factor
# it is a thousandth after three stairs, here :rate:`runs[1]` at the end.
#
# At work
# -------

og.animate(runs, size=300).show()

# %%
# Lion goes to and fro between points that are as far apart as the rate. At a constant rate of 0.3
# it is :distance:`runs[0]` from the minimum at the end. Each stair shortens its steps: by tenths,
# it ends :distance:`runs[1] to 1 digit` away, and by halves :distance:`runs[2] to 1 digit`.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = StepLR(optimizer, step_size=50)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
