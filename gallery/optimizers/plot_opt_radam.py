r"""
RAdam
=====

Adam divides by a second moment that at first is an average over very few gradients, and says
little. RAdam measures how far that average can be trusted. Until it can, it does not divide at all.

.. optimizer-card:: radam

The update
----------

With the averages :math:`\hat m_t` and :math:`\hat v_t` of Adam, and
:math:`\rho_\infty = 2 / (1 - \beta_2) - 1`, the length of the longest average that is possible,

.. math::

   \rho_t &= \rho_\infty - \frac{2\,t\,\beta_2^t}{1 - \beta_2^t} \\
   r_t &= \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\,\rho_\infty}
                     {(\rho_\infty - 4)(\rho_\infty - 2)\,\rho_t}} \\
   \theta_t &= \theta_{t-1} - \alpha\,\hat m_t \cdot \begin{cases}
   r_t / (\sqrt{\hat v_t} + \epsilon) & \rho_t > 5 \\
   1 & \text{otherwise}
   \end{cases}

At the default :math:`\beta_2 = 0.999`, :math:`\rho_t` passes 5 at the sixth step, where :math:`r_t` is
0.026; after two hundred steps it is still only 0.31.
"""

import optgallery as og

og.animate(og.run("radam", "rosenbrock", lr=0.003, steps=60))

# %%
# What to see
# -----------
#
# Five steps as long as the gradient is large: over the valley's wall and back. Then the division
# sets in, the sixth step is 0.026 times one of Adam's, and the point all but stands still. Nothing
# else in this gallery has two such different halves.
#
# **It shines** where gradients are moderate: on `Himmelblau at 0.1 <#himmelblau-lr-0.1>`__ and on the
# `sphere at 0.3 <#sphere-lr-0.3>`__ the undivided steps cover the way, and the small ones settle.
#
# **It fails** where they are not. On `Beale <#beale-lr-0.01>`__ and `Goldstein-Price
# <#goldstein_price-lr-0.001>`__ it diverges within five steps, as plain momentum does, at learning
# rates that :doc:`AdamW <plot_opt_adamw>` survives: the guard is put up on the sixth.
#
# Every function at seven learning rates
# --------------------------------------

og.sweep("radam")
