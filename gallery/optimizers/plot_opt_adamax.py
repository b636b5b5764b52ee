r"""
Adamax
======

Adam divides by an average of squares, and many small gradients thin out a large one. Adamax divides
by the largest gradient of late, which small ones cannot thin out.

.. optimizer-card:: adamax

The update
----------

With :math:`m_0 = u_0 = 0`, and :math:`g_t` the gradient at :math:`\theta_{t-1}`,

.. math::

   m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
   u_t &= \max(\beta_2 u_{t-1},\, |g_t| + \epsilon) \\
   \theta_t &= \theta_{t-1} - \frac{\alpha}{1 - \beta_1^t}\, \frac{m_t}{u_t}

for each coordinate by itself. The paper has no :math:`\epsilon`; torch adds it, so that nothing is
divided by zero. :math:`u_t` needs no correction for its start: the first gradient is its first
value. A maximum sinks by a thousandth with each step, by a fifth in two hundred.
"""

import optgallery as og

runs = [og.run(name, "beale", lr=1.0) for name in ("adam", "adamax")]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# The first step is the same, 1 along each axis. It crosses the valley, and where it lands the slope
# along :math:`y` is a quarter of what it was. Adam's average follows it down. The way up hardly
# slows, and at step 4 it is 1.5 north of the axis, where a wall throws it to the west. It does not
# find its way back. Adamax still divides by the first gradient. Each step up is shorter than the
# last, and its curve leads into the basin.
#
# **It shines** at large rates, whose steps it keeps in check: :cell:`adamax beale 1`,
# :cell:`adamax ackley 1`, where Adam ends in a dent beside the minimum.
#
# **It fails** where the steepest gradient comes first. In Adam's average it counts for less with
# every step that follows; the maximum lasts: :cell:`adamax rosenbrock 0.3`, where Adam ends at
# 0.072, and :cell:`adamax dixon_price 0.1`, where Adam needs 89.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adamax")
print(sweep)
