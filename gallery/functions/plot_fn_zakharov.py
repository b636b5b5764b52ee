"""
Zakharov
========

A bowl with a valley in it. Across the valley the value grows with the fourth power, so that the
walls are far steeper than the floor, and the steeper the farther out.

.. function-card:: zakharov
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("zakharov", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("zakharov", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "zakharov", lr=0.03, steps=60),
    og.run("radam", "zakharov", lr=0.03, steps=60),
    og.run("rprop", "zakharov", lr=1.0, steps=60),
]
og.animate(runs, size=300).show()

# %%
# The gradient at the start is :slope:`runs[0] at start` long. SGD's first step goes right across
# the valley and up the other wall. The second comes back to the floor, where the gradient is
# :slope:`runs[0] at 2 to 1 digit` long: from there on SGD goes in short steps.
#
# RAdam's first five steps are plain momentum, and take it from wall to wall and back up the first.
# Then it begins to divide by the root mean square of its gradients, which include those of the
# walls. Its sixth step is :length:`runs[1] at 6 to 1 digit` long. After two hundred half of the way
# is still left.
#
# Rprop does not depend on the steepness. It crosses the floor, goes back half as far in the
# coordinate whose gradient has changed its sign, and solves the function after :cost:`runs[2]`
# gradient evaluations.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: zakharov
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: zakharov
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# At ten times its best rate SGD is thrown higher with every step, and a fourth power is soon too
# large for any float: :cell:`sgd zakharov 0.3`. It serves best at the largest rate that it
# survives. So does RAdam, for the sake of its first five steps, and then goes on at a rate that is
# far too small. Adam divides from the first step on: :cell:`adam zakharov 1`.

sweep = og.sweep(functions="zakharov")
print(sweep)
