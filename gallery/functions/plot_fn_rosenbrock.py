"""
Rosenbrock
==========

A flat, curved valley between steep walls. Reaching it takes a few steps; following it round the
bend takes many.

.. function-card:: rosenbrock
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("rosenbrock", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("rosenbrock", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "rosenbrock", lr=0.003),
    og.run("adamw", "rosenbrock", lr=1.0),
    og.run("lbfgs", "rosenbrock", lr=1.0),
]
og.animate(runs, size=300).show()

# %%
# SGD falls into the valley at once. On its floor the gradient all but vanishes, and so do the
# steps.
#
# AdamW's first step is :length:`runs[1] at 1 along x` long in x and in y, and leads up the slope
# inside the bend. From there it goes through the valley and out of the picture. The walls'
# gradients are up to :slope:`runs[1] at 1` long, and the average that it divides by hardly forgets
# them: on the floor, from step 120 on, its steps are shorter than SGD's.
#
# L-BFGS is there in :step:`runs[2] at solved` steps, but these cost :cost:`runs[2]` gradient
# evaluations.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: rosenbrock
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: rosenbrock
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Momentum adds up the small gradients of the floor and gets round the bend at the rate at which SGD
# does not: :cell:`momentum rosenbrock 0.003`. At the next rate the walls throw both out:
# :cell:`momentum rosenbrock 0.01`, :cell:`sgd rosenbrock 0.01`.

sweep = og.sweep(functions="rosenbrock")
print(sweep)
