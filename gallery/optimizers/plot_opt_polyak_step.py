r"""
Polyak's step
=============

How far is it to the bottom? If one knows how high one stands above it and how steep it is here,
there is an answer, and with it a step size: height over slope.
"""

import optgallery as og

sgd = og.run("sgd", "rotated_quadratic", lr=0.03, steps=60)
polyak = og.run("polyak_step", "rotated_quadratic", steps=60)
og.animate([sgd, polyak], size=300).show()

# %%
# .. optimizer-relatives:: polyak_step
#
# The update
# ----------
#
# .. optimizer-update:: polyak_step
#
# The value of the minimum, :math:`f^*`, has to be known. All functions of the gallery declare
# theirs, and ``run`` hands it over; the lines of a cell state the number. For your own function,
# pass ``f_star=...``. The learning rate :math:`\gamma` multiplies the step, and is meant to be 1.
#
# What to see
# -----------
#
# SGD, on the left, has a rate that is safe for the steep direction, and its steps shrink with the
# gradient. On the right the step is long wherever the slope is small for the height: after a few
# steps across, one along the valley that SGD needs dozens for. No step leads away from the minimum
# of a convex function like this one, although values go up and down: after 60 steps the distance is
# :distance:`polyak`, and that of SGD :distance:`sgd`.
#
# Where the function is not convex, the same answer is wrong. On a plateau high above the minimum
# the slope is nearly zero, and one step leads far out of the picture:

plateau = og.run("polyak_step", "easom", steps=3)
print("points:", plateau.points)

# %%
# **It shines** where the slope says how far it is: :cell:`polyak_step sphere 1`,
# :cell:`polyak_step himmelblau 1`, :cell:`polyak_step ackley 1`,
# :cell:`polyak_step rotated_quadratic 1`.
#
# **It fails** where it is level above the minimum: :cell:`polyak_step easom 1`,
# :cell:`polyak_step eggholder 1`; and with a small factor, which takes that share of the height in
# each step: :cell:`polyak_step sphere 0.01`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: polyak_step
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("polyak_step")
print(sweep)
