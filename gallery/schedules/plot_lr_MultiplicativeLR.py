r"""
MultiplicativeLR
================

Any function of the number of updates, as a factor of the last rate.

:Class: `torch.optim.lr_scheduler.MultiplicativeLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html>`__
:Needs to know: what the product of the function's values does

After :math:`t` updates, with a function :math:`\lambda` that is not asked for its value at 0,

.. math::

   \eta_t = \eta_{t-1}\, \lambda(t) = \eta_0 \prod_{i=1}^{t} \lambda(i)
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import LambdaLR, MultiplicativeLR

import optgallery as og


def inverse(t):
    return 1 / (1 + t / 10)


base, last = (partial(cls, lr_lambda=inverse) for cls in (LambdaLR, MultiplicativeLR))
of_base, of_last = [og.run("sgd", "booth", steps=100, lr=0.1, schedule=s) for s in (base, last)]
og.plot_lrs([of_base, of_last], scale="log")
plt.show()

# %%
# What surprises
# --------------
#
# The factors multiply. A function that was written for :doc:`plot_lr_LambdaLR` makes the rate
# vanish here: after 99 updates the one above is :rate:`of_base` there, and :rate:`of_last` here.
# What is meant here is the ratio of two rates, :math:`\lambda(t) = (10 + t - 1) / (10 + t)` for the
# same curve.
#
# At work
# -------

og.animate([of_base, of_last], size=300).show()

# %%
# The same function of the step, twice. As a factor of the base rate it leads into the minimum,
# :distance:`of_base to 1 digit` away at the end. As a factor of the last one it leads nowhere: SGD
# stops :distance:`of_last` away, on a slope of :slope:`of_last`.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = MultiplicativeLR(optimizer, lambda t: 0.98)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
