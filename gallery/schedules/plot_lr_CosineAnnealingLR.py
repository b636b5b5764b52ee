r"""
CosineAnnealingLR
=================

Half a period of the cosine takes the rate from its base down to a minimum: slowly at first, fast in
the middle, slowly at the end.

:Class: `torch.optim.lr_scheduler.CosineAnnealingLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html>`__
:Needs to know: the number of updates, ``T_max``
:Paper: Loshchilov and Hutter (2017), `SGDR: Stochastic Gradient Descent with Warm Restarts
   <https://arxiv.org/abs/1608.03983>`__, equation 5

After :math:`t` of :math:`T` updates, with the base rate :math:`\gamma_0` and the minimum
:math:`\eta_{\min}`, which is 0 by default,

.. math::

   \gamma_t = \eta_{\min} + \frac{\gamma_0 - \eta_{\min}}{2} \left(1 + \cos \frac{\pi t}{T}\right)
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import CosineAnnealingLR

import optgallery as og

cosine = partial(CosineAnnealingLR, T_max=200)
constant, falling = [og.run("lion", "himmelblau", lr=0.3, schedule=s) for s in (None, cosine)]
longer = og.run("lion", "himmelblau", lr=0.3, schedule=cosine, steps=400)

og.plot_lrs(longer).axvline(200, color="0.5", lw=1, ls=":")
plt.title("Half a period in 200 updates, and what follows", fontsize="medium")
plt.show()

# %%
# What surprises
# --------------
#
# The cosine goes on. After ``T_max`` updates the rate rises again, and after twice as many it is
# the base rate: :rate:`longer at 400 to 3 digits` in the last of the 400 updates above. No error
# and no warning says that a run has more updates than the schedule was made for.
#
# At work
# -------

og.animate([constant, falling], size=300).show()

# %%
# Lion's steps are as long as the rate. At a constant rate of 0.3 it goes round the minimum, and is
# :distance:`constant` away at the end. Under the cosine it goes round in ever smaller steps, and
# ends :distance:`falling to 1 digit` away. The run of 400 updates was as close after 200, and left
# again.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = CosineAnnealingLR(optimizer, T_max=len(batches))
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
