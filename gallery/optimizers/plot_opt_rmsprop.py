r"""
RMSprop
=======

Adagrad sums up squared gradients, and slows down for good. RMSprop takes an exponential moving
average of them, and so speeds up again where the function becomes flat.
"""

import optgallery as og

runs = [og.run(name, "rosenbrock", lr=0.1) for name in ("adagrad", "rmsprop")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: rmsprop
#
# The update
# ----------
#
# With :math:`v_0 = 0`, and :math:`g_t` the gradient at :math:`\theta_{t-1}`,
#
# .. math::
#
#    v_t &= \alpha v_{t-1} + (1 - \alpha)\, g_t^2 \\
#    \theta_t &= \theta_{t-1} - \gamma\, \frac{g_t}{\sqrt{v_t} + \epsilon}
#
# for each coordinate by itself. There is no bias correction. With torch's :math:`\alpha` of 0.99
# (the lecture has 0.9) the first step is ten times :math:`\gamma` long along each axis, and if the
# gradient stayed the same, the hundredth would still be a quarter longer than :math:`\gamma`. torch
# can also put momentum on top; here there is none.
#
# What to see
# -----------
#
# Adagrad's first step is :length:`runs[0] at 1 along x` along each axis, RMSprop's is
# :length:`runs[1] at 1 along x`: it lands high on the other wall, and four more long steps bring it
# back into the valley. The gradients up there are in the hundreds, and at first both creep. But
# RMSprop's memory of the wall fades, by a hundredth with each step. Its steps double in length, and
# it passes the bend of the valley. Adagrad forgets nothing, and in the end it has moved by
# :distance:`runs[0] from start to 1 digit`.
#
# **It shines** at small rates, whose first steps are not small here: :cell:`rmsprop himmelblau 0.1`
# and :cell:`rmsprop himmelblau 0.03`, where Adam needs :cost:`adam himmelblau 0.1` and
# :cost:`adam himmelblau 0.03`; :cell:`rmsprop booth 0.1`, where Adam needs :cost:`adam booth 0.1`.
#
# **It fails** to stop. Where nothing averages the gradients, a step is as long as the rate even
# when it leads over the minimum and back: :cell:`rmsprop bohachevsky_1 0.1` ends between two points
# on either side. And at a large rate the first step leads far beyond where the gradient at the
# start is of any use: :cell:`rmsprop easom 0.3`, :cell:`rmsprop goldstein_price 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: rmsprop
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("rmsprop")
print(sweep)
