r"""
ReduceLROnPlateau
=================

The rate falls when the loss no longer does. It is the only schedule here that looks at the run.

:Class: `torch.optim.lr_scheduler.ReduceLROnPlateau
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html>`__
:Needs to know: a metric, at each step; not the number of updates

A metric :math:`f_t` is better than the best so far, :math:`b`, if
:math:`f_t < (1 - \epsilon)\, b`, with a threshold :math:`\epsilon` of 0.0001; then it takes the
place of :math:`b`. When it has not been better ``patience + 1`` times in a row, 11 times by
default,

.. math::

   \gamma \gets \max(\mathrm{factor} \cdot \gamma,\, \gamma_{\min})
"""
# sphinx_gallery_thumbnail_number = 1

from dataclasses import replace
from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import ReduceLROnPlateau

import optgallery as og

beale = og.FUNCTIONS["beale"]
less = replace(beale, formula=lambda x, y: beale(x, y) - 20, title="Beale less 20", minimum=-20.0)
plateau = partial(ReduceLROnPlateau, factor=0.5)
constant, falling, kept = [
    og.run("signum", fn, lr=0.1, schedule=schedule)
    for fn, schedule in ((beale, None), (beale, plateau), (less, plateau))
]
og.plot_lrs([falling, kept])
plt.show()

# %%
# What surprises
# --------------
#
# Below zero there are no plateaus. The threshold is a share of the best value, and where that is
# negative, :math:`(1 - \epsilon)\, b` is above it: an equal value counts as better, and so does a
# slightly worse one. Above, the same run on the same function less 20 no longer falls below
# :rate:`kept to 3 digits`, though its values have stopped improving. Give ``threshold_mode="abs"``
# if a metric may be negative.
#
# At work
# -------

og.animate([constant, falling], size=300).show()

# %%
# Signum's steps are as long as the rate, so it cannot come to rest in the minimum, and its values
# stop improving. Each time the rate is halved, they improve again. The constant rate ends
# :distance:`constant` from the minimum, the falling one :distance:`falling to 1 digit`.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = ReduceLROnPlateau(optimizer, factor=0.5)
#    for batch in batches:
#        loss = update(batch)  # calls optimizer.step()
#        scheduler.step(loss)
