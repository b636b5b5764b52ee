r"""
Rprop
=====

The size of the gradient does not matter at all, and the learning rate hardly. Each coordinate finds
its own step by trying longer ones until it has gone too far.
"""

import optgallery as og

runs = [og.run("rprop", "himmelblau", lr=lr, steps=50) for lr in (0.001, 0.03, 1)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: rprop
#
# The update
# ----------
#
# For each coordinate, with :math:`g_t` its partial derivative at :math:`\theta_{t-1}`,
# :math:`g_0 = 0` and :math:`\Delta_0 = \gamma`,
#
# .. math::
#
#    \Delta_t &= \Delta_{t-1} \cdot \begin{cases}
#    1.2 & g_{t-1}\, g_t > 0 \\
#    0.5 & g_{t-1}\, g_t < 0 \text{, then } g_t \text{ is set to 0} \\
#    1 & \text{otherwise}
#    \end{cases} \\
#    \theta_t &= \theta_{t-1} - \Delta_t\, \mathrm{sign}(g_t)
#
# :math:`\Delta` stays between a millionth and 50. Where the sign has flipped, the paper goes back
# to where it was. Torch stays where it is for a step, and then walks back half as far.
#
# What to see
# -----------
#
# Both coordinates begin alike, so the path begins on a diagonal, wherever the gradient points. From
# 0.001 the steps grow to :length:`runs[0] at 37 along y to 1 digit` within 37 steps; from 1 they
# are longer at once. Then a sign flips, that coordinate halts for a step, and they go on each with
# a length of its own. A thousand times the rate solves the function in :cost:`runs[2]` steps rather
# than :cost:`runs[0]`.
#
# A narrow valley that is not parallel to an axis turns both signs at every crossing:

run = og.run("rprop", "rosenbrock", lr=0.1, steps=100)
og.animate(run).show()

# %%
# Two steps, a halt, and on with half the step: every three steps leave :math:`1.2 \cdot 0.5 = 0.6`
# of the step, until it is short enough to fit the valley, and then it creeps.
#
# **It shines** where the scale is unknown: :cell:`rprop schwefel 0.001`, whose picture is 350 wide,
# and :cell:`rprop gramacy_lee 0.001`, whose slopes are nearly flat.
#
# **It fails** in bent valleys, at any rate: :cell:`rprop rosenbrock 0.1`, :cell:`rprop leon 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: rprop
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("rprop")
print(sweep)
