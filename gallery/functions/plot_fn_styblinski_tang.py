"""
Styblinski-Tang
===============

Either coordinate has a shallow well and a deep one, with a hill between them. In x the start is on
the side of the shallow one, and it takes momentum to come over the hill.

.. function-card:: styblinski_tang
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("styblinski_tang", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("styblinski_tang", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "styblinski_tang", lr=0.001, steps=200),
    og.run("adam", "styblinski_tang", lr=1.0, steps=100),
    og.run("nesterov", "styblinski_tang", lr=0.01, steps=100),
]
og.animate(runs, size=300).show()

# %%
# SGD goes downhill, and in x that leads into the shallow well. It stays there. It does so at every
# rate at which it does not diverge.
#
# Adam's steps begin at :length:`runs[1] at 1 along x` in both coordinates and bring it to the
# hilltop, at x = 0.16, almost at rest. It comes over at step 18, which is
# :length:`runs[1] at 18 along x` long in x, and then goes down into the deep well. Of the
# :cost:`runs[1]` steps that it takes, it spends a quarter on top of the hill.
#
# Nesterov's first step is :length:`runs[2] at 1` long and leads right across the shallow well. It
# comes over the hill in even steps of about one, and is in the deep well within ten.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: styblinski_tang
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: styblinski_tang
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The shallow well is at :value:`runs[0] to 3 digits` and the deep one at
# :value:`runs[2] to 3 digits`. A line search ends in the shallow one at every rate, since it never
# goes uphill: :cell:`lbfgs styblinski_tang 1`. So does Rprop, which halves its step where the slope
# turns: :cell:`rprop styblinski_tang 1`.

sweep = og.sweep(functions="styblinski_tang")
print(sweep)
