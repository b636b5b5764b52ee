"""
Booth
=====

An oval bowl, nine times as steep across as along. This is the mildest case of what makes descent
hard: the gradient does not point at the minimum.

.. function-card:: booth
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("booth", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("booth", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "booth", lr=0.1, steps=60),
    og.run("adam", "booth", lr=1.0, steps=60),
    og.run("lbfgs", "booth", lr=1.0, steps=60),
]
og.animate(runs, size=300).show()

# %%
# SGD crosses the valley with every step. At this rate each step leaves four fifths of the way
# across, on the other side, and four fifths of the way along: the zigzag shrinks evenly. A longer
# step would be better along and worse across.
#
# Adam's first step is as long in x as in y, which here is straight across. Then in its average the
# gradients that point back and forth cancel, and it moves along, past the minimum and back. L-BFGS
# spends :evaluations:`runs[2] at 1` gradient evaluations on its first step. They suffice to learn
# both curvatures, and there is no second step to see.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: booth
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: booth
#
# Every optimizer at seven learning rates
# ---------------------------------------

sweep = og.sweep(functions="booth")
print(sweep)
