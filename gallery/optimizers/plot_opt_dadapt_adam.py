r"""
D-Adapt Adam
============

Gradients that keep agreeing with the sum of those before say: farther. D-Adapt Adam multiplies its
rate as long as they do, starting from a millionth.

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
learning rate :math:`\gamma` multiplies what is found, and is meant to be 1.
"""

import optgallery as og

runs = [og.run("dadapt_adam", "sphere", lr=lr, steps=120) for lr in (0.1, 0.3, 1.0)]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# All three stand still at first, and then go. With :math:`\gamma = 1` the run has come a tenth of
# the way after 11 steps, with 0.3 after 19, with 0.1 after 50. The minimum is 4.7 away, and in the
# end :math:`d` is 9.4, 5.3 and 2.6. So at the meant :math:`\gamma` of 1 it has grown past the
# distance, by a factor of two, and the run is flung about the minimum; at 0.1 a step is a few
# tenths long and the path is Adam's. That the sphere is solved at 1 all the same, and sooner than
# at 0.1, is due to Adam's :math:`v`: it still knows the gradients of the wild steps when those
# near the minimum are small.
#
# **It shines** at a :math:`\gamma` of 0.1, whatever the distance: :cell:`dadapt_adam schwefel 0.1`
# is 109 from its minimum, and :cell:`dadapt_adam michalewicz 0.1` is 0.54.
#
# **It fails** at 1 where a few steps that are too long lead out of the picture:
# :cell:`dadapt_adam ackley 1`, :cell:`dadapt_adam beale 1`. And it never begins where
# :math:`\gamma` is small: :cell:`dadapt_adam booth 0.01`.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("dadapt_adam")
print(sweep)
