r"""
Signum
======

Only the sign of the gradient counts, and every coordinate moves by the learning rate, up or down.
The sign is that of a moving average, not of the newest gradient.
"""

import optgallery as og

runs = [og.run("signum", "beale", lr=0.1, steps=100, momentum=beta) for beta in (0, 0.9)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: signum
#
# The update
# ----------
#
# .. optimizer-update:: signum
#
# The decay :math:`\lambda` is 0 here.
#
# What to see
# -----------
#
# Every step is :length:`runs[0] along x` along each axis, and so all points lie on a grid, and all
# steps on its diagonals. Without momentum the second step leads to where both signs are turned, and
# the third back: from there on it goes to and fro between two points on either side of a valley.
# The gradients there are :gradient:`runs[0] at 1` and :gradient:`runs[0] at 2`: opposite in sign,
# but not equal in size. The average keeps the larger of each pair, and they point along the valley.
# With momentum it follows them, and at step :step:`runs[1] at nearest` passes over the minimum. It
# cannot stay: a step is never shorter than the rate.
#
# **It shines** where slopes are so steep that steps in proportion to them diverge:
# :cell:`signum goldstein_price 0.1`, where Adam needs :cost:`adam goldstein_price 0.1`, and
# :cell:`signum rosenbrock 0.1`.
#
# **It fails** to come closer than the rate: :cell:`signum sphere 0.3` goes round the minimum to the
# end. :doc:`/stories/plot_6_falling_rate` stops it with a schedule. On steep ground a step as long
# as the rate is too much: :cell:`signum rosenbrock 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: signum
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("signum")
print(sweep)
