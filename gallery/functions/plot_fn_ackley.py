"""
Ackley
======

Ripples on a funnel that narrows to a point. A short step rests in the first dent; at the bottom
the slope does not fade but breaks.

.. function-card:: ackley
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("ackley", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("ackley", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adam", "ackley", lr=0.3, steps=100),
    og.run("momentum", "ackley", lr=0.01, steps=100),
    og.run("rprop", "ackley", lr=1.0, steps=100),
]
og.animate(runs, size=300).show()

# %%
# Adam rolls through three rows of dents, loses its speed, and rests in the dent beside the minimum.
# Momentum rolls on into the funnel's point. But there the slope does not fade, so it never comes to
# rest: it goes on circling, :distance:`runs[1] to 1 digit` away from the minimum at the end.
#
# Rprop uses the gradient's signs only. Its first steps are :length:`runs[2] at 1 along x`,
# :length:`runs[2] at 2 along x` and :length:`runs[2] at 3 along x to 3 digits` long in each
# coordinate, and step over the ripples. Whenever a sign changes it halves the step, which is what a
# minimum with a kink needs: it ends :distance:`runs[2] to 1 digit` away.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: ackley
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: ackley
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# At a rate of 0.01, three in four come to rest in the dent beside the start, with a value of
# :value:`sgd ackley 0.01`.

sweep = og.sweep(functions="ackley")
print(sweep)
