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
# the sum, those along it add up. It passes the minimum at step 34, shoots some fifteen units past
# it in x and in y, and comes back.
#
# Rprop sees signs only. Along this trough both stay the same, so from step 5 to step 22 both
# coordinates move by equal amounts, which grow by a fifth each time: a straight diagonal, from less
# than a unit to sixteen. A trough on another slant would not have suited it so well.
#
# DoG sets its own rate, by the distance it has come over the slopes it has met. It begins with a
# step of 0.0005. At step 98 it is all but at the bottom. By then its rate has grown to two, which
# is too much across the trough: the steps swing out to the sides and grow. Step 101 is 45 long and
# lands it beside the crease, where the slope is 111. The next is 124 long and leaves the picture.
# It rests in another hollow.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The least value of the literature, -959.64 at (512, 404.23), lies on the edge of its domain. The
# runs know of no edge. They are solved when they come near the bottom beyond it, at -976.9. AdamW
# shrinks the parameters, and that draws it down to the left: :cell:`adamw eggholder 1`.

sweep = og.sweep(functions="eggholder")
print(sweep)
