"""
Flower
======

Four petals that lead to a centre where no gradient exists. Down the middle of a petal the value
is the distance from the centre less 1, so it approaches -1 and attains it nowhere. The gradient
is at least 1 long wherever there is one: there is no point to rest at.

.. function-card:: flower
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("flower", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("flower", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adam", "flower", lr=0.1),
    og.run("adahessian", "flower", lr=1.0),
    og.run("lbfgs", "flower", lr=0.03),
]
og.animate(runs, size=300).show()

# %%
# Adam moves down a petal, comes near the centre, and later leaves it by another: the closer it
# gets, the steeper are the walls between the petals, and their gradients keep it moving. AdaHessian
# divides by the curvature, which grows towards the centre even faster than the slope. Its steps
# shrink on the way, so that it comes ever closer, and has not arrived after two hundred.
#
# L-BFGS tries out how far to go before it takes a step. Its first ends
# :distance:`runs[2] at 1 from (0, 0) to 1 digit` from the centre and costs
# :evaluations:`runs[2] at 1` gradient evaluations. All steps after the second are too small to be
# seen.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: flower
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: flower
#
# Every optimizer at seven learning rates
# ---------------------------------------

sweep = og.sweep(functions="flower")
print(sweep)
