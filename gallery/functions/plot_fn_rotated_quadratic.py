"""
Rotated quadratic
=================

Looked at along x or along y alone, this trough is harmless: the curvature is 18 in one and 32 in
the other. Across and along it they are 50 and one half, and those directions are neither x nor y.

.. function-card:: rotated_quadratic
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("rotated_quadratic", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("rotated_quadratic", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adahessian", "rotated_quadratic", lr=1.0),
    og.run("momentum", "rotated_quadratic", lr=0.01),
    og.run("lbfgs", "rotated_quadratic", lr=1.0),
]
og.animate(runs, size=300).show()

# %%
# AdaHessian divides x and y each by a curvature. That evens out what is nearly even already, and
# leaves the trough as narrow as it was: it is on the floor within twenty steps, and a fifth of the
# way is left after a hundred.
#
# Momentum oscillates from wall to wall, with a period of nine steps. The gradients of the walls
# alternate; that along the trough always has the same sign, and adds up. At its fastest it goes six
# times as far in a step as in its first. It is so fast by then that it runs past the minimum, a
# little, and comes back.
#
# L-BFGS is there in one step, which costs :cost:`runs[2]` gradient evaluations: from the gradients
# at several points it learns how x and y depend on each other.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: rotated_quadratic
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: rotated_quadratic
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The walls limit SGD: at any rate above 0.04, each step across lands higher than it set out. At
# 0.03 it takes off 1.5 percent of the way along with each step, and that is just not enough:
# :cell:`sgd rotated_quadratic 0.03`. The fastest is no model: :cell:`lamb rotated_quadratic 1`.
# At this rate LAMB's steps are as long as its distance from the origin, and the minimum lies there.

sweep = og.sweep(functions="rotated_quadratic")
print(sweep)
