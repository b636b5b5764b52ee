"""
What a falling rate changes
===========================

At a constant rate Muon, Lion, Signum and AdamW never settle on the flower. A rate that falls to
zero stops all four, but two of them farther from the centre than they had been.
"""

from functools import partial

import matplotlib.pyplot as plt
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR

import optgallery as og

cosine = partial(CosineAnnealingLR, T_max=200)
names = "muon", "lion", "signum", "adamw"
constant = [og.run(name, "flower", lr=0.1) for name in names]
falling = [og.run(name, "flower", lr=0.1, schedule=cosine) for name in names]
og.animate(constant + falling, size=220, columns=4).show()

# %%
# Above, the rate is 0.1 throughout, and the steps of Muon, Lion and Signum are about as long at the
# end as at the beginning: Muon's last is :length:`constant[0]` long. Below, the rate falls from 0.1
# to 0 along half a cosine, and all four stop. Muon ends :distance:`falling[0] from (0, 0)` from the
# centre, instead of :distance:`constant[0] from (0, 0)`, and Lion
# :distance:`falling[1] from (0, 0)`, instead of :distance:`constant[1] from (0, 0)`. Signum and
# AdamW stop as well, but had been closer before: their lowest values are
# :value:`falling[2] at lowest` and :value:`falling[3] at lowest`, their last ones
# :value:`falling[2]` and :value:`falling[3]`. A falling rate stops the motion; it does not bring
# them back.
#
# It has a cost. Over the run, half a cosine adds up to half of the constant rate. At 0.03, Muon
# comes to the centre at the constant rate; with the cosine it stops on its way there, at a distance
# of :distance:`slow[1] from (0, 0)`.

slow = [og.run("muon", "flower", lr=0.03, schedule=schedule) for schedule in (None, cosine)]
og.animate(slow, size=300).show()

# %%
# Which schedule it is matters less. Here is Muon with four of them:


def warm_up(optimizer):
    rise = LinearLR(optimizer, start_factor=0.01, total_iters=20)
    return SequentialLR(optimizer, [rise, CosineAnnealingLR(optimizer, 180)], milestones=[20])


line = partial(LinearLR, start_factor=1.0, end_factor=0.0, total_iters=200)
one_cycle = partial(OneCycleLR, max_lr=0.1, total_steps=200)
runs = [og.run("muon", "flower", lr=0.1, schedule=s) for s in (cosine, line, warm_up, one_cycle)]
_, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
og.plot_lrs([constant[0], *runs], ax=axes[0])
og.plot_loss([constant[0], *runs], ax=axes[1]).get_legend().remove()
plt.show()

# %%
# All end between :distance:`runs[2] from (0, 0)` and :distance:`runs[1] from (0, 0)` from the
# centre. The warm-up makes no difference on a start as gentle as this one. :doc:`/schedules/index`
# shows where it does, and what surprises about each schedule.
