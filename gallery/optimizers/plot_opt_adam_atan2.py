r"""
Adam-atan2
==========

Adam adds a small number to its denominator, so that it never divides by zero. Where gradients are
smaller than that number, Adam stands still. Adam-atan2 needs no such number.
"""

import optgallery as og

plain = {"start": (0.9, 0.7), "lr": 0.03, "steps": 120}
runs = [og.run(name, "michalewicz", **plain) for name in ("adam", "adam_atan2")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adam_atan2
#
# The update
# ----------
#
# .. optimizer-update:: adam_atan2
#
# Adam's quotient is 1 if all gradients were equal, and far from 1 only after a sudden change. Up to
# a half, the arctangent is its argument within 8 %, and steps are 1.2 to 1.27 times as long as
# Adam's.
#
# What to see
# -----------
#
# The plain is so flat at the start that the derivative along :math:`x` is
# :gradient:`runs[0] at start along x`, and Adam's :math:`\epsilon` is 1e-8. Along :math:`y` the
# gradient soon grows beyond that. Adam goes straight up into the channel, and ends there: along
# :math:`x` it has hardly moved. Adam-atan2 takes steps of about 0.03 along both coordinates from
# the start, and finds the hole.
#
# If a function is multiplied by 1e-12, all of it is such a plain to Adam. Adam-atan2 takes the same
# path as before.
#
# **It shines** in curved valleys, where its steps are a quarter longer than Adam's and not much
# longer: :cell:`adam_atan2 leon 0.3`, where Adam needs :cost:`adam leon 0.3`,
# :cell:`adam_atan2 beale 0.1`, where it needs :cost:`adam beale 0.1`, and
# :cell:`adam_atan2 himmelblau 1`, where it needs :cost:`adam himmelblau 1`.
#
# **It fails** where Adam arrives at the first attempt, and a quarter more overshoots:
# :cell:`adam_atan2 goldstein_price 0.3`, where Adam needs :cost:`adam goldstein_price 0.3`, and
# :cell:`adam_atan2 dixon_price 0.3`, where it needs :cost:`adam dixon_price 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adam_atan2
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adam_atan2")
print(sweep)
