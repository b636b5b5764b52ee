r"""
A ravine: SGD and Adam
======================

Adam divides the step of each coordinate by the usual size of its gradient. In a ravine that helps,
if the ravine runs along an axis.

.. predict:: Two ravines of the same shape, a hundred times as curved across as along; one runs
   along an axis, the other is rotated. SGD at 0.03 and Adam at 0.3 start at the same place in each.
   To which of the two does the rotation make a difference?

   To Adam. SGD steps along the gradient, which rotates with the function: its values are the same
   in both ravines, :value:`runs[0]` at the end. Adam solves the ravine along the axis after
   :cost:`runs[2]` steps: each coordinate has a step of its own, long on the floor and short across.
   In the rotated one both coordinates have the gradient of the walls in them, neither has a step
   for the floor alone, and Adam needs :cost:`runs[3]`.
"""

from dataclasses import replace

import optgallery as og

along = og.functions.rotated("rotated_quadratic", -36.87)  # the angle of its floor
ravines = replace(along, title="Ravine along x"), "rotated_quadratic"
chosen = ("sgd", 0.03), ("adam", 0.3)
runs = [og.run(name, ravine, lr=lr) for name, lr in chosen for ravine in ravines]
og.animate(runs, size=220, columns=4).show()

# %%
# **SGD's difficulty** is the ratio of the two curvatures, the :term:`condition number`, here 100.
# The walls allow no rate above 0.04, and at 0.04 a step on the floor takes away 2 % of the distance
# that is left. No single rate is right for both.
#
# **Adam** has as many rates as coordinates. On the floor it need not use the small rate that the
# walls require, if floor and walls are different coordinates. In the rotated ravine it still gains
# from steps that do not shrink with the gradient: on the floor, where the gradient is small, they
# are longer than SGD's.
#
# Methods that see more than one coordinate at a time do not depend on the axes: the last story,
# :doc:`plot_curvature`, has one.
#
# :explorer:`Play with both in the rotated ravine <fn=rotated_quadratic&run=sgd@0.03&run=adam@0.3>`,
# and try Adam at 0.03 and at 1. All functions: :doc:`Adam against SGD
# </compare/pairs/adam-against-sgd>`. Next: :doc:`plot_warm_up`
