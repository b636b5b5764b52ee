r"""
SWATS
=====

It begins as Adam and goes on as SGD with momentum. When, and at which learning rate, follows from
Adam's own steps, though in this gallery it hardly ever happens.
"""

import optgallery as og

runs = [og.run("swats", "himmelblau", lr=0.3, steps=60, eps=eps) for eps in (1e-9, 1e-4)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: swats
#
# The update
# ----------
#
# .. optimizer-update:: swats
#
# So the switch comes when the rate of a step agrees with the mean of all rates so far.
#
# What to see
# -----------
#
# At the default of 1e-9 the switch does not come, and this is Adam, circling the minimum. With the
# wider test of 1e-4 it comes at step 20, :math:`x =` :point:`runs[1] at 20 along x`, and the path
# has a corner there. All of Adam's momentum is dropped, and SGD begins down the gradient. From this
# point the gradient happens to lead through the minimum, so that the run oscillates on one line.
#
# The same test can pass at a bad moment. While momentum carries Adam uphill, :math:`\gamma_k` is
# negative, and so may be the mean. In the next animation SGD begins at step 49 with a negative
# rate, and climbs, from a value of :value:`climbing at 49` to :value:`climbing to 1 digit` at the
# end. Nine steps later the value is infinite.

climbing = og.run("swats", "beale", lr=0.3, eps=1e-3, steps=75)
og.animate(climbing).show()

# %%
# **It shines** where Adam does, :cell:`swats himmelblau 0.3`. Whether SGD generalizes better, as
# the paper has it, no function here can show.
#
# **It fails** to switch. Of the 91 runs below on the functions of the R package torchopt and the
# flower, all at 1e-9, two do so within their two hundred steps: :cell:`swats himmelblau 0.001` at
# the third, :cell:`swats goldstein_price 0.001` at the second. Both end higher than Adam. The
# others are Adam with another :math:`\epsilon`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: swats
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("swats")
print(sweep)
