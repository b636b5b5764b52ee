"""
Schaffer N. 4
=============

The web of Schaffer N. 2 turned over. The four lowest points lie in the bends of valleys that climb
so little that only the walls have noticeable gradients.

.. function-card:: schaffer_n4
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("schaffer_n4", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("schaffer_n4", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adagrad", "schaffer_n4", lr=0.3),
    og.run("adam", "schaffer_n4", lr=0.1),
    og.run("lion", "schaffer_n4", lr=0.03),
]
og.animate(runs, size=300).show()

# %%
# All three go down from the ridge into the valley on the left, and count as solved where they cross
# its bend. What they do then is another matter.
#
# Adagrad is at the floor after three steps and stays within a twentieth of the minimum.
#
# Adam overshoots and is sent down along the valley by the wall. After two hundred steps its y is
# :point:`runs[1] along y`, where the floor has risen by less than 0.0003.
#
# Lion cannot slow down. With steps of :length:`runs[2] along x to 1 digit` in each coordinate it
# jumps between the walls and drifts along the valley, away from the minimum and out to
# :point:`runs[2]`, where it stays between two points.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: schaffer_n4
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: schaffer_n4
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# A small rate is slow to leave: the start is high on the ridge, where the gradient is
# :slope:`runs[0] at start` long, a ninth of what it is half way down, :cell:`sgd schaffer_n4 0.01`.
# At a third of that rate two hundred steps are too few: :cell:`sgd schaffer_n4 0.003`. Too large a
# rate leads far out of the picture, :cell:`momentum schaffer_n4 1`, where f is near a half.

sweep = og.sweep(functions="schaffer_n4")
print(sweep)
