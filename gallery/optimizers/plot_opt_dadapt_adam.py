r"""
D-Adapt Adam
============

As long as gradients agree with the sum of those before, the minimum is still far away. D-Adapt Adam
raises its rate while they do, starting from a millionth.

.. optimizer-card:: dadapt_adam

The update
----------

With :math:`g_k` the gradient at :math:`x_k`, :math:`A_k = \sqrt{v_k} + \epsilon`, and
:math:`d_0 = 10^{-6}`,

.. math::

   m_{k+1} &= \beta_1 m_k + (1 - \beta_1)\, d_k\, \gamma\, g_k \\
   v_{k+1} &= \beta_2 v_k + (1 - \beta_2)\, g_k^2 \\
   x_{k+1} &= x_k - m_{k+1} / A_{k+1} \\
   r_{k+1} &= \sqrt{\beta_2}\, r_k
   + (1 - \sqrt{\beta_2})\, d_k\, \gamma\, \langle g_k, s_k / A_k \rangle \\
   s_{k+1} &= \sqrt{\beta_2}\, s_k + (1 - \sqrt{\beta_2})\, d_k\, \gamma\, g_k \\
   d_{k+1} &= \max\left(d_k,\; \frac{r_{k+1}}{(1 - \sqrt{\beta_2})\, \lVert s_{k+1} \rVert_1}\right)

Prodigy, which came after it, measures :math:`x_0 - x_k` where this has :math:`s_k / A_k`. The
learning rate :math:`\gamma` multiplies that estimate, and is meant to be 1.
"""

import optgallery as og

runs = [og.run("dadapt_adam", "sphere", lr=lr, steps=120) for lr in (0.1, 0.3, 1.0)]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# All three stand still at first, and then go. The smaller :math:`\gamma`, the later they start to
# move. The minimum is :distance:`runs[0] at start` away. At the intended :math:`\gamma` of 1,
# :math:`d` grows past that, by a factor of two, and the run is thrown about the minimum; at 0.1,
# :math:`d` comes to half of it, a step is a few tenths long and the path is Adam's. That the sphere
# is solved at 1 all the same, after :cost:`runs[2]` steps rather than :cost:`runs[0]`, is due to
# Adam's :math:`v`: it still contains the gradients of the long steps when those near the minimum
# are small.
#
# **It shines** at a :math:`\gamma` of 0.1, whatever the distance: :cell:`dadapt_adam schwefel 0.1`
# starts :distance:`dadapt_adam schwefel 0.1 at start` from its minimum, and
# :cell:`dadapt_adam michalewicz 0.1` :distance:`dadapt_adam michalewicz 0.1 at start`.
#
# **It fails** at 1 where a few steps that are too long lead out of the picture:
# :cell:`dadapt_adam ackley 1`, :cell:`dadapt_adam beale 1`. And it never begins where
# :math:`\gamma` is small: :cell:`dadapt_adam booth 0.01`.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("dadapt_adam")
print(sweep)
