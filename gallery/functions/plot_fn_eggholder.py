"""
Eggholder
=========

Long slanted troughs, and a sharp crease between two of them. The way along a trough is gentle and
its walls are steep, and neither runs with x or y.

.. function-card:: eggholder
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("eggholder", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("eggholder", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("momentum", "eggholder", lr=0.1, steps=120),
    og.run("rprop", "eggholder", lr=1.0, steps=120),
    og.run("dog", "eggholder", lr=1.0, steps=120),
]
og.animate(runs, size=300).show()

# %%
# Momentum winds across the floor of the trough. The slopes of its two walls cancel each other in
# the sum, those along it add up. It passes the minimum, overshoots it by some fifteen units in x
# and in y, and comes back.
#
# Rprop uses signs only. Along this trough both stay the same, so from step 5 to step 22 both
# coordinates move by equal amounts, which grow by a fifth each time: a straight diagonal, in steps
# from :length:`runs[1] at 5 along x` to :length:`runs[1] at 22 along x`. A trough at another angle
# would not have suited it so well.
#
# DoG sets its own rate, by the distance it has come over the slopes it has met. It begins with a
# step of :length:`runs[2] at 1 to 1 digit`. At step :step:`runs[2] at lowest` it is all but at the
# bottom. By then its rate has grown to two, which is too much across the trough: the steps go to
# the sides and grow. Step 101 is :length:`runs[2] at 101` long and ends beside the crease, where
# the gradient is :slope:`runs[2] at 101` long. The next is :length:`runs[2] at 102` long and leaves
# the picture. It comes to rest in another basin.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: eggholder
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: eggholder
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The minimum in the literature, -959.64 at (512, 404.23), lies on the edge of its domain. A run has
# no such edge. It is solved when it comes near the bottom beyond, at -976.9. AdamW shrinks the
# parameters, and that pulls it down to the left: :cell:`adamw eggholder 1`.

sweep = og.sweep(functions="eggholder")
print(sweep)
