r"""
SequentialLR
============

Several schedules, one after the other: most often a warm-up, and a decay from its end.

:Class: `torch.optim.lr_scheduler.SequentialLR
   <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html>`__
:Needs to know: after how many updates the next schedule begins, ``milestones``

From its milestone :math:`m_i` on, the schedule :math:`\eta^{(i)}` begins from its own start,

.. math::

   \eta_t = \eta^{(i)}_{t - m_i}, \qquad m_i \le t < m_{i+1}
"""
# sphinx_gallery_thumbnail_number = 1

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LinearLR, SequentialLR

import optgallery as og


def warm_up_and_decay(optimizer):
    warm_up = LinearLR(optimizer, start_factor=0.01, total_iters=20)
    return SequentialLR(optimizer, [warm_up, CosineAnnealingLR(optimizer, 180)], milestones=[20])


def decay_twice(optimizer):
    return SequentialLR(optimizer, [ExponentialLR(optimizer, 0.98) for _ in range(2)], [100])


schedules = None, warm_up_and_decay
constant, warmed = [og.run("momentum", "rosenbrock", lr=0.005, schedule=s) for s in schedules]
twice = og.run("momentum", "rosenbrock", lr=0.002, schedule=decay_twice)
og.plot_lrs([warmed, twice])
plt.show()

# %%
# What surprises
# --------------
#
# - A schedule does not take over the rate that the last one has left. At its milestone it begins
#   from the base rate: the second decay above jumps back up.
# - :doc:`plot_lr_OneCycleLR` changes the base rate for all: a warm-up before it begins from 1/25 of
#   ``max_lr``, whatever the rate of the optimizer.
#
# At work
# -------

og.animate([constant, warmed], size=300).show()

# %%
# At a constant rate of 0.005 momentum diverges after :step:`constant` steps: the slope at the start
# is :slope:`warmed at start`. Where the warm-up has ended it is :slope:`warmed at 20`, and the same
# rate leads down the valley of Rosenbrock's function, which is solved after :cost:`warmed` gradient
# evaluations.
#
# In a training loop
# ------------------
#
# .. code-block:: python
#
#    warm_up = LinearLR(optimizer, start_factor=0.01, total_iters=20)
#    decay = CosineAnnealingLR(optimizer, T_max=len(batches) - 20)
#    scheduler = SequentialLR(optimizer, [warm_up, decay], milestones=[20])
#    for batch in batches:
#        update(batch)  # calls optimizer.step()
#        scheduler.step()
