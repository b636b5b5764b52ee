r"""
Lookahead over Adam
===================

Adam takes five steps. Then half of the way is taken back, and it starts again from there, with its
averages as they are.
"""

import optgallery as og

runs = [og.run(name, "booth", lr=1, steps=40) for name in ("adam", "lookahead")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: lookahead
#
# The update
# ----------
#
# .. optimizer-update:: lookahead
#
# Here the inner optimizer is Adam, :math:`k = 5` and :math:`\alpha = 0.5`. Any other can take
# Adam's place.
#
# What to see
# -----------
#
# Four steps are Adam's to the digit. With the fifth the point jumps back, by half of all five. The
# next step goes on as if nothing had happened, for Adam's averages do not know of it. So it works
# its way down the valley at about half the pace. Where Adam shoots past the minimum, half of each
# round is taken back, and it never gets half as far beyond as Adam.
#
# **It shines** where Adam's rate is large enough to overshoot: :cell:`lookahead booth 1`, where
# Adam needs :cost:`adam booth 1`, :cell:`lookahead sphere 1`, where it needs :cost:`adam sphere 1`,
# and :cell:`lookahead beale 1`, which it does not solve.
#
# **It fails** where Adam does not overshoot. There half of the way is lost:
# :cell:`lookahead booth 0.3`, where Adam needs :cost:`adam booth 0.3`, and
# :cell:`lookahead beale 0.1`, where it needs :cost:`adam beale 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: lookahead
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("lookahead")
print(sweep)
