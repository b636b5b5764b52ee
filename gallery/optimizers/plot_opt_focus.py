r"""
FOCUS
=====

An optimizer that steps by the sign of the gradient ends up stepping to and fro. FOCUS remembers
where it has been on average, and is drawn there.
"""

import optgallery as og

runs = [og.run("focus", "sphere", lr=0.1, gamma=gamma) for gamma in (0, 0.1, 0.5)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: focus
#
# The update
# ----------
#
# .. optimizer-update:: focus
#
# With :math:`\beta_2 = 0.999` the average is nearly the mean of all points of these runs. The
# default of :math:`\gamma` is 0.1: a step away from the average has nine tenths of the length, one
# towards it eleven tenths.
#
# What to see
# -----------
#
# Without attraction it is Signum. On the way down the average lies behind, and the attraction holds
# back: steps are a tenth shorter with 0.1, and half as long with 0.5. Past the minimum the average
# still lies behind, and helps to turn round: Signum goes on to :math:`x =`
# :point:`runs[0] at right along x`, FOCUS to :point:`runs[1] at right along x` and
# :point:`runs[2] at right along x`.
#
# The steps now have two lengths, so that the points to and fro are no longer the same.
# :cost:`runs[1]` gradients solve the function with 0.1, and :cost:`runs[2]` with 0.5.
#
# **It shines** at large rates, where Signum steps to and fro: :cell:`focus sphere 0.3`,
# :cell:`focus beale 0.3`, :cell:`focus dixon_price 0.3`. Signum solves none of the three.
#
# **It fails** where it should leave the place where it has been:
# :cell:`focus ackley 0.1`, where Signum needs :cost:`signum ackley 0.1`, and
# :cell:`focus rosenbrock 0.1`, where it needs :cost:`signum rosenbrock 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: focus
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("focus")
print(sweep)
