r"""
D-Adapt Adam
============

As long as gradients agree with the sum of those before, the minimum is still far away. D-Adapt Adam
raises its rate while they do, starting from a millionth.
"""

import optgallery as og

runs = [og.run("dadapt_adam", "sphere", lr=lr, steps=120) for lr in (0.1, 0.3, 1.0)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: dadapt_adam
#
# The update
# ----------
#
# .. optimizer-update:: dadapt_adam
#
# The estimate :math:`d` begins at :math:`10^{-6}`. Prodigy, which came after this method, measures
# :math:`x_0 - x_k` where this has :math:`s_k / A_k`. The learning rate :math:`\gamma` multiplies
# the estimate, and is meant to be 1.
#
# What to see
# -----------
#
# All three stand still at first, and then go. The smaller :math:`\gamma`, the later they start to
# move. The minimum is :distance:`runs[0] at start` away. At the intended :math:`\gamma` of 1,
# :math:`d` grows past that, by a factor of two, and the run is thrown about the minimum; at 0.1,
# :math:`d` comes to half of it, a step is a few tenths long and the path is Adam's. That the sphere
# is solved at 1 all the same, after :cost:`runs[2]` steps rather than :cost:`runs[0]`, is due to
# Adam's :math:`v`: it still contains the gradients of the long steps when those near the minimum
# are small.
#
# **It shines** at a :math:`\gamma` of 0.1, whatever the distance: :cell:`dadapt_adam schwefel 0.1`
# starts :distance:`dadapt_adam schwefel 0.1 at start` from its minimum, and
# :cell:`dadapt_adam michalewicz 0.1` :distance:`dadapt_adam michalewicz 0.1 at start`.
#
# **It fails** at 1 where a few steps that are too long lead out of the picture:
# :cell:`dadapt_adam ackley 1`, :cell:`dadapt_adam beale 1`. And it never begins where
# :math:`\gamma` is small: :cell:`dadapt_adam booth 0.01`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: dadapt_adam
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("dadapt_adam")
print(sweep)
