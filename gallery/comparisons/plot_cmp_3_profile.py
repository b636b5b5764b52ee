"""
Who solves more?
================

A data profile: the share of many problems that an optimizer has solved within so many gradient
evaluations.
"""

import matplotlib.pyplot as plt

import optgallery as og

c = og.compare(["sgd", "momentum", "adamw", "lion", "rprop"], lrs=[0.003, 0.01, 0.03, 0.1, 0.3])
_, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
og.plot_profile(c.data_profile(), ax=axes[0])
og.plot_profile(c.data_profile(0.03), ax=axes[1])
axes[0].set_title("each at its best rate", fontsize="medium")
axes[1].set_title("all at learning rate 0.03", fontsize="medium")
plt.show()

# %%
# A curve that is high at the left belongs to a fast optimizer, and one that is high at the right to
# a reliable one. In the second figure all have the same rate, and AdamW, second in the first, is
# last: a comparison at a single rate compares rates. The numbers, with confidence intervals:

print(c.data_profile())

# %%
# Problem by problem, at the best rates:

ratios = c.log_ratio("adamw", "momentum")
og.plot_log_ratio(ratios)
plt.show()

# %%
# Neither is better. Hatched bars are problems that only one of the two solves; the others say by
# which factor the one or the other is faster.
