r"""
Adan
====

Momentum reacts late when the slope turns. Adan also averages how the gradient changes from step to
step, and when it turns, that second average brakes.
"""

import optgallery as og

runs = [og.run(name, "abs_ravine", lr=1.0) for name in ("adam", "adan")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adan
#
# The update
# ----------
#
# .. optimizer-update:: adan
#
# The weight decay :math:`\lambda` is 0 here.
#
# What to see
# -----------
#
# The first three steps are the same, 1 along each axis, and the third crosses the crease. There the
# gradient along :math:`y` turns from 10 to -10. That takes a part of Adam's average away, and two
# more steps lead on, half a unit beyond. In Adan's sum the change of -20 all but cancels the
# average: the next step along :math:`y` is :length:`runs[1] at 4 along y to 1 digit`. From then on
# it keeps close to the crease, while Adam oscillates about it. It is the same along :math:`x`,
# where Adam turns at :point:`runs[0] at right along x` and Adan at
# :point:`runs[1] at right along x`.
#
# **It shines** at large rates, which it damps: :cell:`adan himmelblau 1`, where Adam needs
# :cost:`adam himmelblau 1`, and :cell:`adan goldstein_price 1`, :cell:`adan abs_ravine 1`, which
# Adam does not solve in 200 steps.
#
# **It fails** where no gradient turns abruptly and its :math:`m` oscillates freely. That averages
# over fifty steps, Adam's over ten: on :cell:`adan sphere 0.1` it runs far past the minimum, where
# Adam needs :cost:`adam sphere 0.1`; on :cell:`adan himmelblau 0.1` Adam needs
# :cost:`adam himmelblau 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adan
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adan")
print(sweep)
