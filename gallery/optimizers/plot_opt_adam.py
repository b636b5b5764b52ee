r"""
Adam
====

Adam divides a moving average of the gradient by one of its size. The steepness cancels, so each
coordinate moves by about the learning rate.
"""

import optgallery as og

easom, goldstein_price = [og.run("adam", fn, lr=0.1) for fn in ("easom", "goldstein_price")]
og.animate([easom, goldstein_price], size=300).show()

# %%
# .. optimizer-relatives:: adam
#
# The update
# ----------
#
# With :math:`m_0 = v_0 = 0`, and :math:`g_t` the gradient at :math:`\theta_{t-1}`,
#
# .. math::
#
#    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
#    v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
#    \hat m_t &= m_t / (1 - \beta_1^t), \quad \hat v_t = v_t / (1 - \beta_2^t) \\
#    \theta_t &= \theta_{t-1} - \alpha\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}
#
# for each coordinate by itself. Both averages begin at zero, for which the hats are the bias
# correction: the first step is :math:`\alpha` against the sign of the gradient, whatever its size.
#
# What to see
# -----------
#
# Where the runs start, the gradient on the right is more than a hundred thousand times that on the
# left. The first step is the same: :length:`easom at 1 along x` along each axis. On the left the
# slope is thirty times as steep after ten steps, and the steps are as long as before. On the right
# it flattens, but :math:`v_t` still contains the wall's gradients, and after fifteen the steps are
# a fifth as long.
#
# The numerator matters as much. RMSprop has the same denominator without the hat, and no average
# above it:

runs = [og.run(name, "bohachevsky_1", lr=0.1) for name in ("rmsprop", "adam")]
og.animate(runs, size=300).show()

# %%
# RMSprop's first step is ten times too long, :length:`runs[0] at 1 along x` along each axis, and in
# the end it leaps to and fro over the minimum, by :length:`runs[0] along x`. In Adam's average such
# gradients cancel. It passes over the dents in one curve, past the minimum and back, and comes to
# rest.
#
# **It shines** where one rate has to do for slopes of every size: :cell:`adam easom 0.3`,
# :cell:`adam goldstein_price 0.3`, :cell:`adam freudenstein_roth 0.3`.
#
# **It fails** where the way is longer than the rate times the steps, however steep it is. The
# minimum of Schwefel's function is :distance:`adam schwefel 0.1 at start` away:
# :cell:`adam schwefel 0.1`. And at a large rate a few steps carry it up a wall, and out of the
# basin for good: :cell:`adam beale 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adam
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adam")
print(sweep)
