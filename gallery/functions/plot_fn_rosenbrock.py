"""
Rosenbrock
==========

A flat, curved valley between steep walls: every method falls into it at once, and few follow it
round the bend.

.. function-card:: rosenbrock
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("rosenbrock", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("rosenbrock", ax=figure.add_subplot(1, 2, 2, projection="3d"))

# %%
# Three optimizers
# ----------------
#
# SGD takes the walls at once; on the valley's floor the gradient all but vanishes, and so do its
# steps. AdamW divides by the gradient's size and keeps its pace, but sways from wall to wall.
# L-BFGS has learned the valley's shape after a few steps and goes round the bend with it.

runs = [
    og.run("sgd", "rosenbrock", lr=0.001),
    og.run("adamw", "rosenbrock", lr=0.1),
    og.run("lbfgs", "rosenbrock", steps=10),
]
og.animate(runs, size=300)

# %%
# What each has to pay, counted in gradient evaluations:

og.plot_loss(runs)
