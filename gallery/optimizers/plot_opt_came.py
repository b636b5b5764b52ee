r"""
CAME
====

CAME measures how far each of Adafactor's updates is from their moving average, and divides by that.
The more alike they are, the longer its steps.
"""

import optgallery as og

runs = [og.run(name, "booth", lr=0.003, steps=150) for name in ("adafactor", "came")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: came
#
# The update
# ----------
#
# .. optimizer-update:: came
#
# On the gallery's row the factors lose nothing, and each coordinate has its own confidence.
#
# What to see
# -----------
#
# Adafactor's steps are 0.003 of its distance from the origin, and after 150 of them two thirds of
# the way are still ahead. CAME's first step is :length:`runs[1] at 1` long, sixteen times the rate.
# It goes straight down the valley, every update is like the last, :math:`U_t` shrinks, and step 50
# is :length:`runs[1] at 50` long. At the minimum the updates change sign and disagree, and with the
# gradients they shrink.
#
# **It shines** at rates that are too small for others: :cell:`came beale 0.003`,
# :cell:`came himmelblau 0.001`.
#
# **It fails** at large ones, where the first step alone leads away. At a rate of 0.3 it is
# :length:`came easom 0.3 at 1` long, and takes it across Easom's hole to the plain beyond:
# :cell:`came easom 0.3`. :math:`R_t` and :math:`C_t` begin with 0, without bias correction, so the
# confidence is great before anything has been seen.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: came
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("came")
print(sweep)
