r"""
AdaBound
========

Adam gives every coordinate a rate of its own. AdaBound clips these rates between two bounds that
close in on a single one, and so ends as SGD with momentum.
"""

import matplotlib.pyplot as plt
import numpy as np

import optgallery as og

bounded = og.run("adabound", "booth", lr=0.1, gamma=0.01)
adam, sgd = og.run("adam", "booth", lr=0.1), og.run("momentum", "booth", lr=0.1, dampening=0.9)
og.animate([adam, bounded, sgd], size=300).show()

# %%
# .. optimizer-relatives:: adabound
#
# The update
# ----------
#
# .. optimizer-update:: adabound
#
# With the defaults the bounds take their time: after two hundred steps they stand at 0.017 and 0.6.
# Here :math:`\gamma` is 0.01, ten times as large.
#
# What to see
# -----------
#
# The first steps are Adam's own. Then the lower bound takes hold of :math:`x`, a dozen steps later
# of :math:`y`, and from there both have one rate, as in SGD with momentum, the last animation. That
# has the final rate at once and overshoots. AdaBound has a sixth of it in step 20.

steps = np.arange(1, len(bounded))
average, rates = np.zeros(2), []
for gradient, step in zip(bounded.gradients, np.diff(bounded.points, axis=0), strict=False):
    average = 0.9 * average + 0.1 * gradient
    rates.append(-step / average)
_, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
lower, upper = 0.1 * (1 - 1 / (0.01 * steps + 1)), 0.1 * (1 + 1 / (0.01 * steps))
ax.fill_between(steps, lower, upper, color="0.88", label="between the bounds")
ax.semilogy(steps, rates, label=["rate of x", "rate of y"])
ax.set(title="AdaBound on Booth: each step over the average", xlabel="step", ylabel="rate")
ax.legend()
plt.show()

# %%
# **It shines** where the rate is far too small. The lower bound soon takes over, whatever the rate:
# :cell:`adabound sphere 0.001`, :cell:`adabound sphere 0.003`, :cell:`adabound sphere 0.01`.
#
# **It fails** where gradients grow without limit. A rate held up from below no longer divides by
# them: :cell:`adabound bukin_n6 0.01`, :cell:`adabound bukin_n6 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adabound
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adabound")
print(sweep)
