"""
Salomon
=======

Rings of equal height on a cone that rises by a tenth from one to the next. From inside a ring the
next lower one is hidden behind a wall twenty times as high as what it would gain.

.. function-card:: salomon
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("salomon", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("salomon", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adam", "salomon", lr=0.003),
    og.run("lion", "salomon", lr=0.01),
    og.run("schedule_free_sgd", "salomon", lr=0.3),
]
og.animate(runs, size=300).show()

# %%
# Adam goes down into the first ring, :distance:`runs[0]` from the minimum, and stays. All points of
# the ring are equally low, at :value:`runs[0]`.
#
# Lion comes to the same ring, but each of its steps is as long as the rate in both coordinates. It
# cannot rest, and it can only go diagonally. So it drifts along the floor, a quarter of the way
# round in a hundred and fifty steps.
#
# Schedule-Free SGD's first step is SGD's: :length:`runs[2] at 1` long, against a distance of
# :distance:`runs[2] at start`. It ends beside the minimum. The next two lead up the wall round it
# to a distance of :distance:`runs[2] at 3`, just short of the crest at a half, and the run comes
# back. From then on ever more steps are averaged, and the run settles down.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: salomon
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: salomon
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The first step was luck. From (-1.2, -0.3) the same optimizer at the same rate ends in a ring. SGD
# itself makes the same step and is at once thrown out again over the next crests. It jumps about
# until it comes upon the minimum by chance, and is thrown out of that too: :cell:`sgd salomon 0.3`.
# A small rate ends in the first ring: :cell:`momentum salomon 0.01`.

sweep = og.sweep(functions="salomon")
print(sweep)
