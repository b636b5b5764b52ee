r"""
ADOPT
=====

Adam divides a gradient by an average that contains it, so that one which is suddenly large limits
itself. ADOPT divides by the average from before: a gradient larger than those before it makes a
larger step.
"""

import optgallery as og

runs = [og.run(name, "easom", lr=0.003) for name in ("adam", "adopt")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adopt
#
# The update
# ----------
#
# .. optimizer-update:: adopt
#
# The bound is 1 at the first step and 3 at the 81st. The default :math:`\beta_2` is 0.9999: after
# two hundred steps the first gradient still has 98 hundredths of the weight in :math:`v`, and all
# others share the rest.
#
# What to see
# -----------
#
# The first gradient is small, for the start lies in the plain around Easom's hole. On the way down
# it becomes forty times as large. Adam's :math:`v` follows, and its steps at most double. ADOPT
# scales every gradient by the first. Its steps grow to more than four times the rate, as far as the
# clip allows, and it is at the bottom when Adam is half way down.
#
# If the first gradient is the largest, the same scaling holds it back:

runs = [og.run(name, "rosenbrock", lr=0.1) for name in ("adam", "adopt")]
og.animate(runs, size=300).show()

# %%
# The start is on a wall. All later gradients are divided by that one, and on the floor the
# quotients are hundredths. ADOPT has hardly begun when Adam is half way.
#
# **It shines** where the start is flat and the way down steep: :cell:`adopt michalewicz 0.001`,
# :cell:`adopt himmelblau 0.01`. Adam at these rates is still on its way.
#
# **It fails** where the start is steep: :cell:`adopt dixon_price 0.1`, where Adam needs
# :cost:`adam dixon_price 0.1`, and :cell:`adopt booth 0.1`, where Adam needs
# :cost:`adam booth 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adopt
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adopt")
print(sweep)
