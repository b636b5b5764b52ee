r"""
SGD
===

One rate for all directions: the largest curvature decides how large it may be, and the smallest has
to make do with it.
"""

import matplotlib.pyplot as plt

import optgallery as og

runs = [og.run("sgd", "rotated_quadratic", lr=lr, steps=100) for lr in (0.01, 0.039)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: sgd
#
# The update
# ----------
#
# With :math:`g_t` the gradient at :math:`\theta_{t-1}`,
#
# .. math::
#
#    \theta_t = \theta_{t-1} - \gamma\, g_t
#
# Torch's class can do more: momentum, dampening, weight decay. All of it is off unless asked for.
# The gradients here are exact, so that nothing is stochastic but the name.
#
# What to see
# -----------
#
# On a quadratic each step multiplies the distance that is left along an axis of the trough by
# :math:`1 - \gamma \lambda`, with :math:`\lambda` the curvature there: 50 across this trough, 0.5
# along it. At 0.01 the factors are 0.5 and 0.995. A few steps lead down the wall, and the floor's
# gradient is too small to reach the minimum in a hundred. At 0.039 they are -0.95 and 0.98: it
# crosses the floor with every step, each crossing a little shorter, and moves along it almost four
# times as fast. At 0.041 the crossings would grow. No rate gives a better factor than 0.98 to both.

og.plot_loss(runs)
plt.show()

# %%
# The two straight parts of the curve of 0.01 are its two factors: the wall's, then the floor's.
#
# **It shines** where all directions are alike: :cell:`sgd sphere 0.3`; a rate of 0.5 would need a
# single step there.
#
# **It fails** where gradients are very large or very small, because so are its steps. The same rate
# is too much on a wall, :cell:`sgd goldstein_price 0.001`, and next to nothing on a plain,
# :cell:`sgd easom 0.001`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: sgd
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("sgd")
print(sweep)
