r"""
CyclicLR
========

The rate goes up and down along straight lines, between two rates and for as long as the run lasts.

:Class: `torch.optim.lr_scheduler.CyclicLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html>`__
:Needs to know: the smallest and the largest rate, ``base_lr`` and ``max_lr``
:Paper: Smith (2017), `Cyclical Learning Rates for Training Neural Networks
   <https://arxiv.org/abs/1506.01186>`__

After :math:`t` updates, with :math:`n` updates from one end to the other, 2000 by default,

.. math::

   \eta_t = \eta_{\min} + (\eta_{\max} - \eta_{\min})\, \max(0, 1 - x), \qquad
   x = \left| \frac{t}{n} - 2 \left\lfloor 1 + \frac{t}{2 n} \right\rfloor + 1 \right|

With ``mode="triangular2"`` each triangle is half as high as the one before.
"""
# sphinx_gallery_thumbnail_number = 1

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import CyclicLR

import optgallery as og


def cycles(optimizer):
    return CyclicLR(optimizer, 0.003, 0.3, step_size_up=20, cycle_momentum=False)


constant, cycled = [og.run("adam", "ackley", lr=0.3, schedule=s) for s in (None, cycles)]
og.plot_lrs(cycled)
plt.show()

# %%
# What surprises
# --------------
#
# - The optimizer's own rate counts for nothing: the first is ``base_lr``.
# - Unless ``cycle_momentum=False``, the momentum goes from 0.9 down to 0.8 and back, whatever it
#   was before: plain ``SGD(lr=0.1)`` becomes SGD with momentum without a warning, and the first of
#   Adam's ``betas`` is overwritten.
# - ``load_state_dict`` takes a key out of the dictionary that it is given, which therefore can be
#   loaded only once.
#
# At work
# -------

og.animate([constant, cycled], size=300).show()

# %%
# Adam at a constant rate of 0.3 ends in one of Ackley's many local minima, with a value of
# :value:`constant`. Each cycle begins with steps that are too small to leave a local minimum, and
# has ones in its middle that are large enough. This run finds the global one, after :cost:`cycled`
# gradient evaluations.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    scheduler = CyclicLR(optimizer, 0.003, 0.3, step_size_up=20, cycle_momentum=False)
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
