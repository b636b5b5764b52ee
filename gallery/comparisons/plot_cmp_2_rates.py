"""
Which rate for Lion?
====================

Sixty-five learning rates, from too small to unstable: how low a run ends at each of them.
"""

import matplotlib.pyplot as plt

import optgallery as og

names = "sgd", "adamw", "lion", "rprop"
found = [og.sensitivity(name, "beale") for name in names]
og.plot_sensitivity(found)
plt.show()

# %%
# The lower and the wider a curve, the better. Crosses are rates at which the run diverges. Lion's
# steps are as long as its rate until the end: at a small rate it does not get there in time, and at
# a large one it goes to and fro over the minimum. So its curve is a narrow valley. Rprop takes the
# rate only for its first step, and adapts its step lengths to the signs of the gradient: below 1
# its curve is flat.

print(found[2])

# %%
# One function is one function. Over all of them, and several starts on each, the best rate is that
# at which an optimizer solves most problems:

c = og.compare(["adamw", "lion"])
print(c)
og.plot_heatmap(c)
plt.show()
