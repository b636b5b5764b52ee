"""
Beale
=====

A long flat arm that ends in the minimum, between corners where the value passes a hundred
thousand. A rate that suits the arm is dangerous near the corners.

.. function-card:: beale
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("beale", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("beale", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "beale", lr=0.03, steps=100),
    og.run("adam", "beale", lr=0.3, steps=100),
    og.run("qhadam", "beale", lr=1.0, steps=100),
]
og.animate(runs, size=300).show()

# %%
# SGD cannot take a larger rate: see :cell:`sgd beale 0.1`. But 0.03 is little in the arm, where the
# gradient fades. Two thirds of the way take 20 steps, and after a hundred it is still
# :distance:`runs[0] to 1 digit` short. Adam divides by the size of past gradients, keeps its pace
# in the arm, runs a little past the minimum and turns round.
#
# QHAdam is the fastest of the three, at the full rate of 1: it passes the minimum after
# :cost:`runs[2]` gradient evaluations. At step 16 it is on the wall above the arm, at a value of
# :value:`runs[2] at 16`, which throws it so far back that it has to follow the arm once more.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: beale
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: beale
#
# Every optimizer at seven learning rates
# ---------------------------------------

sweep = og.sweep(functions="beale")
print(sweep)
