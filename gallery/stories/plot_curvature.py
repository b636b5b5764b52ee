r"""
Curvature, and the edge of stability
====================================

Curvature, how fast the slope changes, decides how long a step may be. SGD cannot see it; other
methods measure it, and divide by it.

.. predict:: This valley has the curvature 50 across and 0.5 along. SGD has the rate 0.03, then
   0.041; L-BFGS, which measures curvature, has the rate 1. Which runs come to rest in the minimum?

   L-BFGS, and at once: it searches along a line, and divides by the curvature that it has measured,
   so that a step has the right length in both directions. It has spent :evaluations:`runs[2] at 1`
   gradients on the first one. SGD at 0.03 is on its way along the floor. At 0.041 each crossing of
   the valley is longer than the last: a step multiplies the distance across by :math:`1 - 0.041
   \cdot 50 = -1.05`.
"""

import matplotlib.pyplot as plt

import optgallery as og

chosen = ("sgd", 0.03), ("sgd", 0.041), ("lbfgs", 1.0)
runs = [og.run(name, "rotated_quadratic", lr=lr, steps=40) for name, lr in chosen]
og.animate(runs, size=240).show()

# %%
# **The edge.** With the rate :math:`\eta`, gradient descent is stable where the largest curvature,
# the :term:`sharpness`, is below :math:`2 / \eta`. On a quadratic it is the same everywhere. On
# other functions it changes along the path, and a run may begin beyond the edge and still arrive.
# On Beale's function at 0.03 the edge is at 67, and the sharpness at the start is 186: the first
# steps overshoot, and lead to a flatter place.

found = og.stability(og.run("sgd", "beale", lr=0.03))
og.plot_stability(found)
plt.show()

# %%
# In the training of networks by gradient descent, the sharpness often rises to the edge, and stays
# there (`Cohen et al., 2021 <https://arxiv.org/abs/2103.00065>`__).
#
# **What others see.** Adam divides by the size of gradients, which says little of curvature, one
# coordinate at a time. :doc:`AdaHessian </optimizers/plot_opt_adahessian>` measures curvature, also
# one coordinate at a time. :doc:`Shampoo </optimizers/plot_opt_shampoo>` and :doc:`Muon
# </optimizers/plot_opt_muon>` see a whole matrix of parameters.
#
# :explorer:`Play with SGD on both sides of the edge
# <fn=rotated_quadratic&run=sgd@0.03&run=sgd@0.1&run=lbfgs@1>`: the strip below the picture shows
# sharpness and edge. That was the last of the six. Go on with :doc:`all optimizers
# </optimizers/index>` or with :doc:`/compare/index`.
