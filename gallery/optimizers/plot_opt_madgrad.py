r"""
MADGRAD
=======

Other optimizers step from the current point. MADGRAD computes every point from the start, with the
sum of all gradients since, and forgets none.
"""

import optgallery as og

run = og.run("madgrad", "rosenbrock", lr=0.1)
og.animate(run).show()

# %%
# .. optimizer-relatives:: madgrad
#
# The update
# ----------
#
# .. optimizer-update:: madgrad
#
# The cube root stands between Adam and SGD. Where the gradient is a thousand times as large, the
# first step is ten times as long; Adam's is the same, SGD's a thousand times as long.
#
# What to see
# -----------
#
# It zigzags down the valley and is all but there at step :step:`run at lowest`. But
# :math:`\lambda_k` grows all the time, and :math:`\nu_k`, fed by small gradients now, does not.
# Soon after that the point is thrown from wall to wall. In :math:`s_k` the gradients of the two
# walls all but cancel; in :math:`\nu_k` they add up, and double it. So the quotient shrinks, and
# the point falls back along the valley, towards the start: at step 155 it is at :math:`x =`
# :point:`run at 155 along x`. Then it comes again.
#
# **It shines** in curved valleys at rates too small for Adam: :cell:`madgrad rosenbrock 0.1`,
# :cell:`madgrad beale 0.03`.
#
# **It fails** where gradients are large, at rates with which Adam gets there:
# :cell:`madgrad goldstein_price 0.3`, :cell:`madgrad rosenbrock 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: madgrad
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("madgrad")
print(sweep)
