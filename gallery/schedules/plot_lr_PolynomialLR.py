r"""
PolynomialLR
============

The rate falls to zero as a power of the share of updates that are left: along a line with the power
1, ever more slowly with a larger one.

:Class: `torch.optim.lr_scheduler.PolynomialLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html>`__
:Needs to know: the number of updates, ``total_iters``

After :math:`t` of :math:`n` updates, with a power :math:`p`, 1 by default,

.. math::

   \eta_t = \eta_0 \left( 1 - \min(t / n, 1) \right)^p
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import PolynomialLR

import optgallery as og

square = partial(PolynomialLR, total_iters=200, power=2.0)
default, squared = [
    og.run("lion", "himmelblau", lr=0.3, schedule=s) for s in (PolynomialLR, square)
]
og.plot_lrs([default, squared])
plt.show()

# %%
# What surprises
# --------------
#
# ``total_iters`` is 5 by default. Without it, the rate is 0 after five updates, and stays there:
# training goes on, and changes nothing. There is no warning.
#
# At work
# -------

og.animate([default, squared], size=300).show()

# %%
# On the left is the default: five steps, and 195 that do not move. It ends :distance:`default` from
# the minimum. On the right the rate falls as a square over all updates. Lion arrives early, goes to
# and fro in ever shorter steps, and ends :distance:`squared to 1 digit` away.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = PolynomialLR(optimizer, total_iters=len(batches), power=2.0)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
