r"""
Momentum: the same rate, ten times as far
=========================================

Momentum remembers the last steps. In a long valley, where they all point the same way, they add up.

.. predict:: SGD with momentum 0.9 adds nine tenths of its last step to the new one. In this valley,
   at the same rate of 0.01, SGD needs :cost:`slow` steps until it has come down all but a
   thousandth of the height. How many does it need with momentum: half as many, a tenth, or fewer
   still?

   It needs :cost:`runs[1]`, fewer than a tenth. A gradient :math:`g` that stays the same is added
   ten times over, since :math:`1 + 0.9 + 0.9^2 + \dots = 10`: on the floor of the valley, momentum
   moves as SGD does at ten times the rate. Across the valley, the gradient changes its sign with
   every crossing, and there the sum stays small. It has a price: momentum runs past the minimum,
   and has to come back.
"""

import matplotlib.pyplot as plt

import optgallery as og

runs = [og.run(name, "rotated_quadratic", lr=0.01, steps=100) for name in ("sgd", "momentum")]
og.animate(runs, size=300).show()
slow = og.run("sgd", "rotated_quadratic", lr=0.01, steps=700)

# %%
# **Ten times as far** can be checked: with momentum at a tenth of the rate, 0.001, the values are
# those of SGD at 0.01, but for a delay at the start. After 100 steps SGD is at :value:`runs[0]`,
# and momentum at a tenth of the rate at :value:`tenth`.

tenth = og.run("momentum", "rotated_quadratic", lr=0.001, steps=100)
og.plot_loss([*runs, tenth])
plt.show()

# %%
# SGD itself cannot have ten times the rate: 0.1 is beyond its limit, 2 divided by the largest
# curvature, which is 50 here.
#
# :explorer:`Play with all three
# <fn=rotated_quadratic&run=sgd@0.01&run=momentum@0.01&run=momentum@0.001>` in the explorer, and see
# what momentum does at 0.03 and at 0.1. The page of :doc:`SGD with momentum
# </optimizers/plot_opt_momentum>` has its formula. Next: :doc:`plot_ravine`
