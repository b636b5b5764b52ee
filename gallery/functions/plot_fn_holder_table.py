"""
Hölder table
============

Pits in rows, parted by folds, the deepest in the four corners. A run goes down into the pit where
it starts, unless something other than the gradient moves it.

.. function-card:: holder_table
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("holder_table", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("holder_table", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "holder_table", lr=0.1),
    og.run("adagrad", "holder_table", lr=1.0),
    og.run("muon", "holder_table", lr=0.1),
]
og.animate(runs, size=300).show()

# %%
# SGD needs two steps for the pit in the corner, and it does not rest there. Its rate is just too
# large for the curvature at the bottom: it jumps from side to side, and the jumps grow from
# :length:`runs[0] at 3 to 1 digit` to :length:`runs[0] to 1 digit` in two hundred steps.
#
# Adagrad starts with :length:`runs[1] at 1 along x` in x and in y. It crosses the bottom in x with
# every step, and each time the sum it divides by has grown: from step 4 on each step is about half
# as long as the one before.
#
# Muon takes a hundredth off the parameters with every step. At the start that is 0.11, and its
# update is 0.07 long. So it is pulled out of its pit, over the folds and through the next pit on
# the diagonal. On the far side of that it all but stops, where the gradient is
# :slope:`runs[2] to 1 digit` long: what the update adds, the decay takes away.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: holder_table
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: holder_table
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Outside the picture the pits are ever deeper. A run that leaps off the table finds lower values
# there and has not solved it: :cell:`rmsprop holder_table 1`.

sweep = og.sweep(functions="holder_table")
print(sweep)
