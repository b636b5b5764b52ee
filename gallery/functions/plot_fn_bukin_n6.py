"""
Bukin N. 6
==========

A curved crease whose walls grow infinitely steep. Getting into it takes all the skill, and along
it the way to the minimum is almost level.

.. function-card:: bukin_n6
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("bukin_n6", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("bukin_n6", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adamw", "bukin_n6", lr=0.1),
    og.run("rprop", "bukin_n6", lr=1.0),
    og.run("adahessian", "bukin_n6", lr=0.3),
]
og.animate(runs, size=300).show()

# %%
# AdamW all but hits the crease at step 25, and meets a gradient of length :slope:`runs[0] at 25`
# where it had been about a hundred. It is thrown back, and the average that it divides by does not
# forget: from then on its steps are a tenth as long, and two hundred steps do not bring it back.
#
# Rprop crosses the crease, halves its step, crosses again: it closes in on one point of it.
# AdaHessian divides by the curvature, which near the crease grows even faster than the slope, so
# that its steps shrink by themselves. Both stay where they met the crease,
# :distance:`runs[1] to 1 digit` and :distance:`runs[2] to 1 digit` from the minimum, at a value of
# :value:`runs[1] to 1 digit` and :value:`runs[2] to 1 digit`: the walls dominate their gradients,
# and the slope along the crease is next to nothing.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: bukin_n6
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: bukin_n6
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# *Solved* requires a value below 0.18 here. Every point of the crease fulfils that: within the
# picture the value along it is at most 0.05.

sweep = og.sweep(functions="bukin_n6")
print(sweep)
