r"""
Adadelta
========

A gradient over a gradient has no unit, and a step needs one. Adadelta takes it from its own last
steps: a step is scaled by a moving average of the steps before.
"""

import optgallery as og

runs = [og.run("adadelta", "himmelblau", lr=1.0, eps=eps) for eps in (1e-6, 1e-4, 1e-2)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adadelta
#
# The update
# ----------
#
# With :math:`g_t` the gradient at :math:`x_t`, and both averages 0 at the start,
#
# .. math::
#
#    E[g^2]_t &= \rho\, E[g^2]_{t-1} + (1 - \rho)\, g_t^2 \\
#    \Delta x_t &= - \frac{\sqrt{E[\Delta x^2]_{t-1} + \epsilon}}
#                        {\sqrt{E[g^2]_t + \epsilon}}\; g_t \\
#    E[\Delta x^2]_t &= \rho\, E[\Delta x^2]_{t-1} + (1 - \rho)\, \Delta x_t^2 \\
#    x_{t+1} &= x_t + \gamma\, \Delta x_t
#
# for each coordinate by itself. The paper has no :math:`\gamma`; in torch it is ``lr``, and 1
# leaves the method as it was. Before there is a step to measure by, :math:`\sqrt\epsilon` stands in
# for one: with torch's :math:`\epsilon = 10^{-6}` and :math:`\rho = 0.9` the first step is 0.0032
# long along each axis, however steep the function is.
#
# What to see
# -----------
#
# The rate is 1 in all three. What differs is :math:`\epsilon`, and with it the first step along
# each axis: :length:`runs[0] at 1 along x`, :length:`runs[1] at 1 along x` and
# :length:`runs[2] at 1 along x`. From there each grows by its own measure: as the slope steepens, a
# step is longer than those before, and the next is scaled by it. On the left it is more than ten
# times as long after sixty steps. In the middle that is just right. On the right it arrives within
# ten steps and lies still, but not for good: there the squared gradients are far below
# :math:`\epsilon`, and both roots are about :math:`\sqrt\epsilon`. What is left is gradient descent
# at a rate of 1, too much for this valley. After some fifty steps it leaps from side to side, wider
# and wider.
#
# **It shines** at 1, if a first step of 0.003 is not too short for the way, and the slope steepens:
# :cell:`adadelta easom 1`, :cell:`adadelta michalewicz 1`, :cell:`adadelta himmelblau 1`.
#
# **It fails** where the way is long. 200 steps on a steady slope would carry it less than 1, where
# Adam at 0.1 moves by 20: :cell:`adadelta sphere 1`, :cell:`adadelta booth 1`. The smaller rates of
# the table only shorten those steps.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adadelta
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adadelta")
print(sweep)
