"""
Matyas
======

A trough whose floor falls twenty-five times more gently than its walls. Reaching the floor is
easy; the rest of the way is long and nearly level.

.. function-card:: matyas
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("matyas", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("matyas", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "matyas", lr=1.0),
    og.run("adagrad", "matyas", lr=1.0),
    og.run("nesterov", "matyas", lr=1.0),
]
og.animate(runs, size=300).show()

# %%
# SGD reaches the floor in one step, since 1 is just the inverse of the curvature across. Along the
# floor the same rate is far too small: every step covers 4 percent of what is left.
#
# Adagrad divides by the root of the sum of all squared gradients so far, and that sum never forgets
# the wall. After two hundred steps it is still :distance:`runs[1]` away. Nesterov's first step goes
# far over the floor and up the other wall. Then it gains speed where SGD creeps: it passes the
# minimum after :cost:`runs[2]` gradient evaluations, runs on to :point:`runs[2] at right` and comes
# back.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: matyas
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: matyas
#
# Every optimizer at seven learning rates
# ---------------------------------------

sweep = og.sweep(functions="matyas")
print(sweep)
