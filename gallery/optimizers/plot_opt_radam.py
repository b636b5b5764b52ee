r"""
RAdam
=====

Adam's second moment is an average over very few gradients at first, and says little. RAdam measures
how far it can be trusted and, until it can, takes plain momentum steps.

.. optimizer-card:: radam

The update
----------

With :math:`m_t` and :math:`v_t` as in Adam, and :math:`\rho_\infty = 2/(1 - \beta_2) - 1`,

.. math::

   \rho_t &= \rho_\infty - \frac{2\,t\,\beta_2^t}{1 - \beta_2^t} \\
   r_t &= \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\,\rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2)\,\rho_t}} \\
   \theta_t &= \theta_{t-1} - \alpha\,\hat m_t \cdot
   \begin{cases} r_t / (\sqrt{\hat v_t} + \epsilon) & \rho_t > 5 \\ 1 & \text{otherwise} \end{cases}

At the default :math:`\beta_2 = 0.999`, :math:`\rho_t` passes 5 at the sixth step: the first five are
not divided by anything.
"""

import optgallery as og

og.animate(og.run("radam", "rosenbrock", lr=0.003))

# %%
# What to see
# -----------
#
# The first five steps are as long as the gradient is large.

# %%
# Every function at seven learning rates
# --------------------------------------

og.sweep("radam")
