r"""
Adamax
======

Adam divides by a moving average of squares, in which many small gradients outweigh a large one.
Adamax divides by the largest recent gradient, which small ones cannot outweigh.
"""

import optgallery as og

runs = [og.run(name, "beale", lr=1.0) for name in ("adam", "adamax")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adamax
#
# The update
# ----------
#
# With :math:`m_0 = u_0 = 0`, and :math:`g_t` the gradient at :math:`\theta_{t-1}`,
#
# .. math::
#
#    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
#    u_t &= \max(\beta_2 u_{t-1},\, |g_t| + \epsilon) \\
#    \theta_t &= \theta_{t-1} - \frac{\alpha}{1 - \beta_1^t}\, \frac{m_t}{u_t}
#
# for each coordinate by itself. The paper has no :math:`\epsilon`; torch adds it, so that nothing
# is divided by zero. :math:`u_t` needs no bias correction: the first gradient is its first value. A
# maximum decays by a thousandth with each step, by a fifth in two hundred.
#
# What to see
# -----------
#
# The first step is the same, 1 along each axis. It crosses the valley, and where it lands the slope
# along :math:`y` is a quarter of what it was. Adam's average follows. It hardly slows on its way
# up, and at step 4, at :math:`y =` :point:`runs[0] at 4 along y`, a wall throws it to the left. It
# does not come back. Adamax still divides by the first gradient. Each step up is shorter than the
# last, and its path curves into the basin.
#
# **It shines** at large rates, whose steps it keeps in check: :cell:`adamax beale 1`,
# :cell:`adamax ackley 1`, where Adam ends in a local minimum beside the global one.
#
# **It fails** where the steepest gradient comes first. In Adam's average it counts for less with
# every step that follows; the maximum lasts: :cell:`adamax rosenbrock 0.3`, where Adam ends at
# :value:`adam rosenbrock 0.3`, and :cell:`adamax dixon_price 0.1`, where Adam needs
# :cost:`adam dixon_price 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adamax
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adamax")
print(sweep)
