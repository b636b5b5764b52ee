r"""
Grams
=====

Momentum sets the direction and the length of a step. Grams takes only the length from it, for each
coordinate, and the sign from the newest gradient alone.
"""

import optgallery as og

runs = [og.run(name, "sphere", lr=0.3, steps=50) for name in ("adam", "grams")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: grams
#
# The update
# ----------
#
# .. optimizer-update:: grams
#
# Where momentum and gradient agree, this is AdamW's step. Where they do not, Cautious AdamW leaves
# the step out, and Grams takes it the other way round.
#
# What to see
# -----------
#
# The first ten steps are the same, and the tenth carries both past :math:`y = 0`. Adam's :math:`y`
# runs on. In Grams the gradient's sign has changed and the length of the step has not: the eleventh
# step goes back by nearly as much, and lands on 0. From there it goes to and fro, by less and less,
# as the average forgets the way down.
#
# The sign of one gradient is enough where each coordinate has its own minimum. In a valley across
# the axes it is not:

runs = [og.run(name, "rotated_quadratic", lr=0.3, steps=100) for name in ("adam", "grams")]
og.animate(runs, size=300).show()

# %%
# The gradient points across the valley, now from one wall, now from the other. In Adam's average
# the walls cancel, what remains points along the floor, and the step follows it. Grams has the same
# average, but gives it the sign of the newest gradient in every step, and creeps.
#
# **It shines** where Adam circles: :cell:`grams sphere 0.3`, :cell:`grams easom 0.3`, and at large
# rates, :cell:`grams six_hump_camel 1`.
#
# **It fails** in slanting valleys, :cell:`grams rotated_quadratic 0.3`, where Adam needs
# :cost:`adam rotated_quadratic 0.3`; and like every method that never goes uphill it stays in the
# first basin, :cell:`grams goldstein_price 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: grams
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("grams")
print(sweep)
