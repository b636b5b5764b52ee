r"""
Adafactor
=========

Adam's steps have a length, Adafactor's are a percentage: what it moves by is measured in the root
mean square of what it moves.
"""

import optgallery as og

runs = [og.run(name, "schwefel", lr=0.01, steps=60) for name in ("adam", "adafactor")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adafactor
#
# The update
# ----------
#
# With :math:`g_t` the gradient at :math:`\theta_{t-1}`, a vector, and RMS the root mean square of
# its elements,
#
# .. math::
#
#    \rho_t &= \min\left(\gamma, 1 / \sqrt t\right), \qquad
#    \alpha_t = \max\left(\epsilon_2, \operatorname{RMS}(\theta_{t-1})\right) \rho_t \\
#    v_t &= (1 - t^{-0.8})\, v_{t-1} + t^{-0.8}\, g_t^2 \\
#    u_t &= g_t \big/ \max\left(\sqrt{v_t}, \epsilon_1\right) \\
#    \theta_t &= \theta_{t-1} - \alpha_t\, u_t \big/ \max\left(1, \operatorname{RMS}(u_t) / d\right)
#
# The paper adds its :math:`\epsilon_1` to :math:`g_t^2`; torch bounds the root by it from below.
# For a matrix only the means of rows and columns of :math:`v_t` are kept. Two coordinates are a
# vector, and nothing is factored.
#
# What to see
# -----------
#
# Schwefel's coordinates count hundreds. Adam's steps are a hundredth long, and after sixty of them
# it has moved by less than one. Adafactor's first step is a hundredth of its distance from the
# origin: :length:`runs[1] at 1`. As the slope becomes less steep than it was, the steps shrink.
# There is no momentum to carry it on, and it comes to rest at the minimum.
#
# The same rule closes the way past the origin. Leon's valley leads right through it:

leon = og.run("adafactor", "leon", lr=0.1)
og.animate(leon).show()

# %%
# The nearer it comes to the origin, the shorter the steps. Halfway down the valley it all but
# stops, :distance:`leon from (0, 0) to 1 digit` from the origin, where the gradient still has a
# length of :slope:`leon to 1 digit`.
#
# **It shines** where coordinates are large: :cell:`adafactor schwefel 0.003`,
# :cell:`adafactor eggholder 0.003`. At that rate Adam stays near both starts.
#
# **It fails** where the way leads past the origin, :cell:`adafactor leon 0.1`, and where the
# minimum lies far from it: there the steps stay long until :math:`1 / \sqrt t` shortens them,
# :cell:`adafactor himmelblau 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adafactor
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adafactor")
print(sweep)
