r"""
AMSGrad
=======

Adam's denominator shrinks as it forgets large gradients. AMSGrad divides by the largest that the
denominator has ever been: once it has met a wall, it keeps to the steps that the wall allows.
"""

import optgallery as og

names = ("adam", "amsgrad")
runs = [og.run(name, "goldstein_price", lr=0.3, betas=(0.9, 0.9)) for name in names]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: amsgrad
#
# The update
# ----------
#
# With :math:`m_0 = v_0 = \hat v_0 = 0`,
#
# .. math::
#
#    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
#    v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
#    \hat v_t &= \max(\hat v_{t-1}, v_t) \\
#    x_{t+1} &= x_t - \alpha\,
#    \frac{m_t / (1 - \beta_1^t)}{\sqrt{\hat v_t / (1 - \beta_2^t)} + \epsilon}
#
# The paper has no bias correction; torch corrects :math:`m_t`, and :math:`\hat v_t` after the
# maximum was taken.
#
# What to see
# -----------
#
# With a :math:`\beta_2` of 0.9 Adam forgets the steep slope within some ten steps. At the bottom
# gradients are small, :math:`v_t` becomes as small as they are, and Adam moves about the minimum to
# the end. AMSGrad's :math:`\hat v_t` still has the slope in it. Its steps shrink with the gradient,
# and it comes to rest.
#
# In a valley the same memory slows it down:

runs = [og.run(name, "rosenbrock", lr=0.1, betas=(0.9, 0.9)) for name in names]
og.animate(runs, size=300).show()

# %%
# On the floor the gradient is a hundredth of what it was on the wall. Adam forgets the wall, speeds
# up, and has solved the function after :cost:`runs[0]` steps. AMSGrad creeps along in even steps of
# :length:`runs[1] at 150 to 1 digit`, and would need more than ten times as many.
#
# **It shines** and **it fails** below almost exactly as Adam does: in two hundred steps not even
# Adam forgets much with the default :math:`\beta_2` of 0.999. :cell:`amsgrad goldstein_price 0.3`:
# Adam needs as many. The memory shows on a floor: :cell:`amsgrad zakharov 0.1`, where Adam needs
# :cost:`adam zakharov 0.1`, and :cell:`amsgrad rosenbrock 0.1`, where Adam ends at
# :value:`adam rosenbrock 0.1 to 3 digits`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: amsgrad
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("amsgrad")
print(sweep)
