r"""
Ano
===

Adam's momentum decides both where a step goes and how long it is. In Ano it decides only where: the
length is the newest gradient's, which is small again as soon as the slope is.
"""

import optgallery as og

runs = [og.run(name, "himmelblau", lr=0.3, steps=60) for name in ("adam", "grams", "ano")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: ano
#
# The update
# ----------
#
# .. optimizer-update:: ano
#
# Grams does the reverse: the sign of the newest gradient, and the length of the momentum. With
# :math:`\beta_1 = 0.92` the sign is that of about twelve gradients, with :math:`\beta_2 = 0.99` the
# scale that of a hundred.
#
# What to see
# -----------
#
# Adam runs past the minimum with the length that it gathered on the way, and circles it. Grams
# turns at once, and creeps. Ano's steps shorten as the slope does, and grow where it grows: it is
# at the minimum after :cost:`runs[2]` gradients, Grams after :cost:`runs[1]`, Adam after
# :cost:`runs[0]`.
#
# It rests there for ten steps only. The gradients are small, but so is :math:`v` before long, and
# the quotient grows to about 1 again, with a sign that comes some ten steps late: Ano was
# :distance:`runs[2] at 15` from the minimum at the 15th step, and is :distance:`runs[2]` from it at
# the end.
#
# **It shines** where the slope changes on the way and momentum overshoots:
# :cell:`ano himmelblau 0.3`, where Adam needs :cost:`adam himmelblau 0.3`,
# :cell:`ano monkey_saddle 0.3`, where it needs :cost:`adam monkey_saddle 0.3`, and
# :cell:`ano sphere 1`, where it needs :cost:`adam sphere 1`.
#
# **It fails** in narrow valleys at a large rate: it solves neither :cell:`ano leon 0.3`, for which
# Adam needs :cost:`adam leon 0.3`, nor :cell:`ano rotated_quadratic 1`, for which Adam needs
# :cost:`adam rotated_quadratic 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: ano
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("ano")
print(sweep)
