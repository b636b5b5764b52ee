"""
Schaffer N. 2
=============

A web of valleys, two of which cross in the minimum. Across a valley the walls are steep; along it
the way to the minimum is all but level.

.. function-card:: schaffer_n2
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("schaffer_n2", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("schaffer_n2", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adagrad", "schaffer_n2", lr=0.3),
    og.run("momentum", "schaffer_n2", lr=0.03),
    og.run("lion", "schaffer_n2", lr=0.1),
]
og.animate(runs, size=300).show()

# %%
# Adagrad reaches the valley away from the minimum and has nearly come to rest there: after a
# hundred steps it is :distance:`runs[0] at 100 to 3 digits` away, and after two hundred
# :distance:`runs[0] to 3 digits`. At the floor the slope is a few thousandths, and the walls'
# gradients stay in its sum.
#
# Momentum comes down across the valley, is turned by the wall behind it, and runs on over the
# crossing into the arm on the other side. There it creeps back.
#
# Lion jumps to and fro across the valley in steps of 0.1. In its average of the gradients the two
# walls cancel. Once what is left points inward in both coordinates, the same steps take it along
# the floor, through the minimum and out into the opposite arm, over and over.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: schaffer_n2
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: schaffer_n2
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# *Solved* requires a value below 0.00097 here. Every point of the two valleys within 0.98 of the
# minimum fulfils that; runs have to come that close, and not closer. Behind the next walls there
# are more valleys: :cell:`momentum schaffer_n2 1` is lost among them.

sweep = og.sweep(functions="schaffer_n2")
print(sweep)
