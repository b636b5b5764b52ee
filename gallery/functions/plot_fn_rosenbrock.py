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
# steps. AdamW divides by the gradient's size and keeps its pace, whatever it meets on the way.
# L-BFGS is there in two steps, but the two of them cost 44 gradients.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------

sweep = og.sweep(functions="rosenbrock")
print(sweep)
