r"""
CAME
====

CAME measures how far each of Adafactor's updates is from their moving average, and divides by that.
The more alike they are, the longer its steps.

.. optimizer-card:: came

The update
----------

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, a matrix of :math:`n` rows and :math:`k`
columns,

.. math::

   r_t &= \beta_2 r_{t-1} + (1 - \beta_2)\, (g_t^2 + \epsilon_1)\, 1_k / k, \qquad
   c_t = \beta_2 c_{t-1} + (1 - \beta_2)\, 1_n^T (g_t^2 + \epsilon_1) / n \\
   u_t &= g_t \big/ \sqrt{r_t c_t / \overline{r_t}}, \qquad
   \hat u_t = u_t / \max(1, \operatorname{RMS}(u_t) / d) \\
   m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, \hat u_t, \qquad
   U_t = (\hat u_t - m_t)^2 \\
   R_t &= \beta_3 R_{t-1} + (1 - \beta_3)\, (U_t + \epsilon_2)\, 1_k / k, \qquad
   C_t = \beta_3 C_{t-1} + (1 - \beta_3)\, 1_n^T (U_t + \epsilon_2) / n \\
   \theta_t &= \theta_{t-1} - \eta\, m_t \big/ \sqrt{R_t C_t / \overline{R_t}}

A bar is the mean of a vector's elements. The gallery's coordinates are one row, so the factors lose
nothing, and each coordinate has its own confidence.
"""

import optgallery as og

runs = [og.run(name, "booth", lr=0.003, steps=150) for name in ("adafactor", "came")]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# Adafactor's steps are 0.003 of its distance from the origin, and after 150 of them two thirds of
# the way are still ahead. CAME's first step is :length:`runs[1] at 1` long, sixteen times the rate.
# It goes straight down the valley, every update is like the last, :math:`U_t` shrinks, and step 50
# is :length:`runs[1] at 50` long. At the minimum the updates change sign and disagree, and with the
# gradients they shrink.
#
# **It shines** at rates that are too small for others: :cell:`came beale 0.003`,
# :cell:`came himmelblau 0.001`.
#
# **It fails** at large ones, where the first step alone leads away. At a rate of 0.3 it is
# :length:`came easom 0.3 at 1` long, and takes it across Easom's hole to the plain beyond:
# :cell:`came easom 0.3`. :math:`R_t` and :math:`C_t` begin with 0, without bias correction, so the
# confidence is great before anything has been seen.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("came")
print(sweep)
