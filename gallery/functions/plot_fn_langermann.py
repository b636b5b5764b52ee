"""
Langermann
==========

Rings round a deep pit, and in the pit's floor several dents where rings of other centres run
through. The way into the pit is easy. The lowest dent is the question.

.. function-card:: langermann
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("langermann", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("langermann", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "langermann", lr=0.03),
    og.run("momentum", "langermann", lr=0.003),
    og.run("adadelta", "langermann", lr=1.0),
]
og.animate(runs, size=300).show()

# %%
# SGD's first step is :length:`runs[0] at 1` long and ends beside the lowest dent. After
# :cost:`runs[0]` it is there. At a rate of 0.01 it goes down in smaller steps, comes to another
# dent, at :point:`sgd langermann 0.01 to 3 digits`, and stays. So a rate three times as large is
# not only faster here. It decides where the run ends.
#
# Momentum takes the same slope with short steps that add up. They carry it over the lowest dent and
# up the far wall. The oscillations that follow shrink, and it comes to rest in the dent.
#
# Adadelta begins with a step of :length:`runs[2] at 1 to 1 digit`. Two hundred do not lead as far
# as SGD's first. It comes to the floor slowly and ends in the dent in which SGD's smaller rates
# end.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: langermann
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: langermann
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# A value of :value:`adagrad langermann 0.1` means that dent. One of the runs that end there is
# :cell:`adagrad langermann 0.1`. A rate that is too large leads out over the rings to where all of
# them have died away: :cell:`sgd langermann 1`.

sweep = og.sweep(functions="langermann")
print(sweep)
