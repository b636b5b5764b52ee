r"""
AMSGrad
=======

Adam's denominator fades with its memory of large gradients. AMSGrad divides by the largest that the
denominator has ever been: once it has met a wall, it keeps to the pace that the wall allows.

.. optimizer-card:: amsgrad

The update
----------

With :math:`m_0 = v_0 = \hat v_0 = 0`,

.. math::

   m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
   v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
   \hat v_t &= \max(\hat v_{t-1}, v_t) \\
   x_{t+1} &= x_t - \alpha\,
   \frac{m_t / (1 - \beta_1^t)}{\sqrt{\hat v_t / (1 - \beta_2^t)} + \epsilon}

The paper does not correct the averages for their start at zero; torch corrects :math:`m_t`, and
:math:`\hat v_t` after the maximum was taken.
"""

import optgallery as og

names = ("adam", "amsgrad")
runs = [og.run(name, "goldstein_price", lr=0.3, betas=(0.9, 0.9)) for name in names]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# With a :math:`\beta_2` of 0.9 Adam forgets the steep slope within some ten steps. At the bottom
# gradients are small, :math:`v_t` becomes as small as they are, and Adam stumbles about the minimum
# to the end. AMSGrad's :math:`\hat v_t` still has the slope in it. Its steps shrink with the
# gradient, and it comes to rest.
#
# In a valley the same memory is a weight:

runs = [og.run(name, "rosenbrock", lr=0.1, betas=(0.9, 0.9)) for name in names]
og.animate(runs, size=300).show()

# %%
# On the floor the gradient is a hundredth of what it was on the wall. Adam forgets the wall, speeds
# up, and has solved the function after 109 steps. AMSGrad creeps along at an even 0.004 a step, and
# would need some 1600.
#
# **It shines** and **it fails** below almost exactly as Adam does: in two hundred steps not even
# Adam forgets much with the default :math:`\beta_2` of 0.999. :cell:`amsgrad goldstein_price 0.3`:
# Adam needs as many. What the memory weighs shows on a floor: :cell:`amsgrad zakharov 0.1`, where
# Adam needs 182, and :cell:`amsgrad rosenbrock 0.1`, where Adam ends at 0.998.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("amsgrad")
print(sweep)
