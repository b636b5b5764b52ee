"""
Drop-wave
=========

Rings round a hole, like those of a drop in water. The gradient points straight in or out, and the
nearest ring has a floor of its own.

.. function-card:: drop_wave
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("drop_wave", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("drop_wave", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("momentum", "drop_wave", lr=0.001, steps=60),
    og.run("adam", "drop_wave", lr=0.3, steps=60),
    og.run("lars", "drop_wave", lr=1.0, steps=60),
]
og.animate(runs, size=300).show()

# %%
# Momentum goes down into the nearest ring, up its inner side, back, and comes to rest at a value of
# :value:`runs[0]`. It has no way of knowing that there is anything lower.
#
# Adam's first step is :length:`runs[1] at 1 along x` in both coordinates. That takes it out of the
# ring, almost to the crest round the hole. There the gradient nearly vanishes, but its momentum
# goes on: a few short steps carry it over, and it falls into the hole.
#
# LARS sets the length of its first step to the rate times the distance from the origin. At a rate
# of one, and with a gradient that points straight away from the origin, it lands there exactly. Its
# velocity does not know that and carries it on; as its steps grow with the distance, it is out of
# the picture at the eighth.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: drop_wave
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: drop_wave
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# A small rate leads into the nearest ring: :cell:`nesterov drop_wave 0.003`. LARS succeeds because
# the minimum is at the origin. Started on the other side of a ring's floor, where the slope leads
# inward, the same step would take it to twice the distance. :cell:`sgd drop_wave 0.1` is thrown
# from ring to ring.

sweep = og.sweep(functions="drop_wave")
print(sweep)
