r"""
SWALR
=====

The rate falls to a constant, which is kept while the weights of the model are averaged.

:Class: `torch.optim.swa_utils.SWALR
   <https://docs.pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema>`__
:Needs to know: the rate to end at, ``swa_lr``; not the number of updates
:Paper: Izmailov et al. (2018), `Averaging Weights Leads to Wider Optima and Better Generalization
   <https://arxiv.org/abs/1803.05407>`__

After :math:`t` updates, with :math:`n` for the way, 10 by default,

.. math::

   \eta_t = \alpha_t\, \eta_{\mathrm{swa}} + (1 - \alpha_t)\, \eta_0, \qquad
   \alpha_t = \frac{1}{2} \left( 1 - \cos \left( \pi \min(t / n, 1) \right) \right)
"""
# sphinx_gallery_thumbnail_number = 1

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.swa_utils import SWALR

import optgallery as og

noisy = og.functions.noisy("booth", 5)
swa = partial(SWALR, swa_lr=0.02, anneal_epochs=50)
constant, kept = [og.run("sgd", noisy, lr=0.1, schedule=s) for s in (None, swa)]
og.plot_lrs([constant, kept])
plt.show()

# %%
# What surprises
# --------------
#
# - It averages nothing: that is what ``AveragedModel`` is for.
# - ``anneal_epochs`` counts calls of ``step()``. With 0 the rate is ``swa_lr`` as soon as the
#   scheduler exists, before any step.
#
# At work
# -------

averaged = og.Trajectory.from_points(
    [kept.points[100 : k + 1].mean(axis=0) for k in range(100, 201)], noisy, label="Average"
)
og.animate([constant, kept, averaged], size=300).show()

# %%
# SGD keeps moving about the minimum, since its gradients have noise, and ends :distance:`constant`
# away. The smaller rate brings it closer, :distance:`kept`, but it never settles. The average of
# its points from step 100 on does: it ends :distance:`averaged` away.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = SWALR(optimizer, swa_lr=0.02, anneal_epochs=50)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
