r"""
Prodigy
=======

How long should a step be? As long as there is a way to go. Prodigy starts with next to nothing, and
from the way that it has come, measured against the gradients, it infers how much farther it is.

.. optimizer-card:: prodigy

The update
----------

With :math:`g_k` the gradient at :math:`x_k`, and :math:`d_0 = 10^{-6}`,

.. math::

   m_{k+1} &= \beta_1 m_k + (1 - \beta_1)\, d_k\, g_k \\
   v_{k+1} &= \beta_2 v_k + (1 - \beta_2)\, d_k^2\, g_k^2 \\
   r_{k+1} &= \sqrt{\beta_2}\, r_k
   + (1 - \sqrt{\beta_2})\, \gamma\, d_k^2\, \langle g_k, x_0 - x_k \rangle \\
   s_{k+1} &= \sqrt{\beta_2}\, s_k + (1 - \sqrt{\beta_2})\, \gamma\, d_k^2\, g_k \\
   d_{k+1} &= \max(d_k,\; r_{k+1} / \lVert s_{k+1} \rVert_1) \\
   x_{k+1} &= x_k - \gamma\, d_k\, m_{k+1} / (\sqrt{v_{k+1}} + d_{k+1}\, \epsilon)

The learning rate :math:`\gamma` only multiplies what is found, and is meant to be 1. :math:`d` may
grow, and never shrinks.
"""

import optgallery as og

runs = [og.run("prodigy", name, lr=1.0, steps=80) for name in ("schwefel", "michalewicz")]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# The same settings on two functions. On the left the minimum is 109 away, on the right 0.54. For
# ten steps nothing seems to happen, and :math:`d` grows in both from a millionth to 0.004. Then it
# finds out where it is. On the right the gradient ceases to point the way that the run has come,
# and :math:`d` stays at 0.16. On the left it goes on growing, to 31. What follows is Adam at
# that rate, without its corrections of the bias: long steps at first, on the right along the trench
# and out of the picture, then circles.
#
# Adam itself solves Schwefel's function at only one of the seven rates, the largest, and
# Michalewicz's not at that one.
#
# **It shines** where nobody knows how far it is: :cell:`prodigy schwefel 1`,
# :cell:`prodigy michalewicz 1`.
#
# **It fails** where a step grows too long before a gradient warns of it. On Easom's function it
# jumps across the hole and onto the plain beyond: :cell:`prodigy easom 1`. With a small
# :math:`\gamma`, the growth itself is slow, and two hundred steps are too few to begin:
# :cell:`prodigy sphere 0.01`.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("prodigy")
print(sweep)
