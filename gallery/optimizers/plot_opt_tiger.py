r"""
Tiger
=====

Tiger is Signum with a moving average three times as long. An optimizer that steps by the sign of an
average turns when the average does, and Tiger's turns late.
"""

import optgallery as og

runs = [og.run(name, "sphere", lr=0.1) for name in ("signum", "tiger")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: tiger
#
# The update
# ----------
#
# .. optimizer-update:: tiger
#
# Lion takes the sign of a second, quicker average and keeps the slow one for memory; here one does
# for both. The default :math:`\beta` of 0.965 remembers some 29 steps, Signum's 0.9 some 10. The
# decay :math:`\lambda = 0.01` takes a thousandth of :math:`\theta` away with each step at a rate of
# 0.1. The author would scale :math:`\eta` with each weight matrix; here it is what is given.
#
# What to see
# -----------
#
# Both go along the diagonal, and arrive at :math:`y = 0` together. Signum goes on to :math:`y =`
# :point:`runs[0] at bottom along y` before its average changes sign, Tiger to
# :point:`runs[1] at bottom along y`. It is the same along :math:`x`: Signum turns
# :point:`runs[0] at right along x` behind the minimum, Tiger :point:`runs[1] at right along x`. The
# next overshoot, to the left, is longer for Tiger too.
#
# What costs steps in a bowl carries it through a local minimum:

runs = [og.run(name, "styblinski_tang", lr=0.1) for name in ("signum", "tiger")]
og.animate(runs, size=300).show()

# %%
# Both arrive in the basin on the right and run through it, to the left. Signum's average turns on
# the slope beyond. Tiger's still points to the left on the ridge, and from there it is downhill
# again, into the basin of the minimum.
#
# **It shines** where that momentum is wanted: :cell:`tiger styblinski_tang 0.1`, and in bent
# valleys: :cell:`tiger rosenbrock 0.03`, :cell:`tiger leon 0.1`. Signum at the same rates solves
# none of the three.
#
# **It fails** to stop in time. It oscillates where Signum has long arrived:
# :cell:`tiger himmelblau 0.1`, where Signum needs :cost:`signum himmelblau 0.1`, and
# :cell:`tiger beale 0.1`, where it needs :cost:`signum beale 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: tiger
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("tiger")
print(sweep)
