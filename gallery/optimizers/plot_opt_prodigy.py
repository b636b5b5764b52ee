r"""
Prodigy
=======

A step should be about as long as the distance to the minimum. Prodigy starts with a millionth, and
estimates that distance from the distance so far and the gradients.
"""

import optgallery as og

runs = [og.run("prodigy", name, lr=1.0, steps=80) for name in ("schwefel", "michalewicz")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: prodigy
#
# The update
# ----------
#
# .. optimizer-update:: prodigy
#
# The estimate :math:`d` begins at :math:`10^{-6}`; it may grow, and never shrinks. The learning
# rate :math:`\gamma` and the factor :math:`c` only multiply it, and are meant to be 1.
#
# What to see
# -----------
#
# The same settings on two functions. On the left the minimum is :distance:`runs[0] at start` away,
# on the right :distance:`runs[1] at start`. For ten steps nothing seems to happen, and :math:`d`
# grows in both from a millionth by the same factors. Then the runs part. On the right the gradient
# ceases to point the way that the run has come, and :math:`d` stays as it is. On the left it goes
# on growing. In both it ends at a little less than a third of the distance. What follows is Adam at
# that rate, without bias correction: long steps at first, on the right along the trench and out of
# the picture, then circles.
#
# Adam itself solves Schwefel's function at only one of the seven rates, the largest, and
# Michalewicz's not at that one.
#
# **It shines** where the distance is unknown: :cell:`prodigy schwefel 1`,
# :cell:`prodigy michalewicz 1`.
#
# **It fails** where a step grows too long before a gradient warns of it. On Easom's function it
# jumps across the hole and onto the plain beyond: :cell:`prodigy easom 1`. With a small
# :math:`\gamma`, the growth itself is slow, and two hundred steps are too few to begin:
# :cell:`prodigy sphere 0.01`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: prodigy
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("prodigy")
print(sweep)
