r"""
Nesterov
========

Momentum with the gradient taken ahead, where the step is about to lead. Its oscillations die out
sooner, the larger the curvature.
"""

import optgallery as og

runs = [og.run(name, "booth", lr=0.03, steps=60) for name in ("momentum", "nesterov")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: nesterov
#
# The update
# ----------
#
# With :math:`g_t` the gradient at :math:`\theta_{t-1}`, :math:`\mu = 0.9` and :math:`b_0 = 0`,
#
# .. math::
#
#    b_t &= \mu\, b_{t-1} + g_t \\
#    \theta_t &= \theta_{t-1} - \gamma\, (g_t + \mu\, b_t)
#
# The paper goes ahead by :math:`\mu` times the last step, takes the gradient there, and comes back
# to step with it. Torch stays ahead: its :math:`\theta_t` is the place of the next gradient. As
# long as the rate does not change, it is the same method, and those places are what the gallery
# draws.
#
# What to see
# -----------
#
# Momentum oscillates across the valley and along it, each at its own frequency, and so goes in
# loops. Nesterov's oscillation across is gone at once: after the first few steps it moves on the
# long axis, past the minimum and back.
#
# On a quadratic both can be computed. Where the curvature is :math:`\lambda`, each step multiplies
# the amplitude of momentum by :math:`\sqrt{\mu} = 0.95`, whatever :math:`\lambda` is, and
# Nesterov's by :math:`\sqrt{\mu\,(1 - \gamma \lambda)}`: 0.92 along this valley and 0.64 across.
#
# **It shines** where momentum circles for long: :cell:`nesterov himmelblau 0.01`, where momentum
# needs :cost:`momentum himmelblau 0.01`, and :cell:`nesterov booth 0.03`, where it needs
# :cost:`runs[0]`.
#
# **It fails** sooner when the rate grows. On a quadratic SGD is stable for :math:`\gamma \lambda`
# up to 2, momentum up to 3.8, Nesterov only up to 1.36: :cell:`nesterov booth 0.1`, where momentum
# needs :cost:`momentum booth 0.1` and SGD :cost:`sgd booth 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: nesterov
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("nesterov")
print(sweep)
