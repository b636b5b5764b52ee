r"""
AdamW
=====

Weight decay pulls the parameters towards zero. Adam adds the decay to the gradient, and then
divides both by the size of their sum. AdamW keeps them apart: only the gradient is divided.
"""

import optgallery as og

runs = [og.run(name, "easom", lr=0.1, weight_decay=0.1) for name in ("adam", "adamw")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adamw
#
# The update
# ----------
#
# .. math::
#
#    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
#    v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
#    \theta_t &= \theta_{t-1} - \alpha \left(
#    \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}
#    + \lambda\, \theta_{t-1} \right)
#
# The paper has no :math:`\alpha` before :math:`\lambda`, only the factor of a schedule; in torch
# the decay grows with the learning rate. At 0.1 torch's default takes a thousandth of
# :math:`\theta` away with every step.
#
# What to see
# -----------
#
# Both have a decay ten times torch's default. Where they start, Easom's function is nearly flat,
# and the pull towards the origin is ten times its gradient. Adam divides the sum of the two: what
# is left of it points to the origin, in full steps, and Adam never comes near the hole. AdamW makes
# full steps along the gradient, with a hundredth of the way to the origin beside each. It falls
# into the hole, and stays a little short of its bottom, on the side of the origin.
#
# **It shines** where the minimum is at the origin, as in a third of the functions below: there the
# decay helps, and Adam without it ends in another hole: :cell:`adamw ackley 0.3`.
#
# **It fails** where the minimum is elsewhere and the way there is flat. Near the end the gradient
# has to outweigh the decay, and it is divided by a :math:`v_t` that still contains the walls'
# gradients: :cell:`adamw rosenbrock 1`. Without decay the same run is solved. Where there is no
# point to rest at, it needs a schedule: :doc:`/stories/plot_6_falling_rate`.
#
# Weight decay from 0 to 1
# ------------------------
#
# Where AdamW rests, the step along the gradient is as long as the decay. It is at most
# :math:`\alpha` in each coordinate, and the decay is :math:`\alpha \lambda \theta`: no coordinate
# rests beyond :math:`1 / \lambda`. At 1 every minimum is out of reach, and with rates from 0.1 on
# AdamW ends at the corner of a square, :point:`adamw himmelblau 0.1 weight_decay=1 to 1 digit`. At
# 0.1 it takes another way, to a minimum closer to the origin, and at the rate 0.3 in
# :cost:`adamw himmelblau 0.3 weight_decay=0.1` evaluations instead of
# :cost:`adamw himmelblau 0.3 weight_decay=0`.

decays = og.sweep("adamw", "himmelblau", across={"weight_decay": [0, 0.01, 0.1, 0.3, 1]})
print(decays)

# %%
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adamw
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adamw")
print(sweep)
