r"""
LambdaLR
========

Any function of the number of updates, as a factor of the base rate.

:Class: `torch.optim.lr_scheduler.LambdaLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html>`__
:Needs to know: what the function does
:Paper: Robbins and Monro (1951), `A Stochastic Approximation Method
   <https://doi.org/10.1214/aoms/1177729586>`__, on the function below

After :math:`t` updates, with a function :math:`\lambda`,

.. math::

   \eta_t = \eta_0\, \lambda(t), \qquad \text{here} \quad \lambda(t) = \frac{1}{1 + t / 10}

which satisfies the conditions of Robbins and Monro: its sum is infinite, that of its squares is
not.
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import LambdaLR

import optgallery as og


def inverse(t):
    return 1 / (1 + t / 10)


noisy = og.functions.noisy("booth", 5)
decay = partial(LambdaLR, lr_lambda=inverse)
constant, falling = [og.run("sgd", noisy, lr=0.05, schedule=s) for s in (None, decay)]
og.plot_lrs([constant, falling])
plt.show()

# %%
# What surprises
# --------------
#
# - The factor is that of the base rate, not of the last one: a rate that was changed by hand is
#   overwritten. :doc:`plot_lr_MultiplicativeLR` takes the same functions, and means the other.
# - ``state_dict`` holds no function. The scheduler that loads it goes on with its own.
#
# At work
# -------

og.animate([constant, falling], size=300).show()

# %%
# Each gradient has noise. At a constant rate SGD keeps moving about the minimum, and is
# :distance:`constant` away at the end. With the falling rate the noise cancels: it ends
# :distance:`falling` away, at a rate of :rate:`falling`.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = LambdaLR(optimizer, lambda t: 1 / (1 + t / 10))
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
