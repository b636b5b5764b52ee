"""
Rastrigin
=========

A hundred dents in a shallow bowl, each far steeper than the bowl. The local slope hides the slope
that matters.

.. function-card:: rastrigin
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("rastrigin", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("rastrigin", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("muon", "rastrigin", lr=0.01, steps=100),
    og.run("rprop", "rastrigin", lr=1.0, steps=100),
    og.run("adafactor", "rastrigin", lr=1.0, steps=100),
]
og.animate(runs, size=300).show()

# %%
# Muon does what nearly all do: it goes down into the nearest dent, and rests. No other rate serves
# it better. Rprop's first steps are :length:`runs[1] at 1 along x`, :length:`runs[1] at 2 along x`
# and :length:`runs[1] at 3 along x to 3 digits` long in each coordinate, and no dent is wider than
# 1. It ends one dent short of the minimum.
#
# Adafactor's first step is :length:`runs[2] at 1 along x` long in each coordinate, and ends in the
# dent of the minimum. That is luck: from (-3.3, 1.4) the same optimizer at the same rate ends in
# another dent.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: rastrigin
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: rastrigin
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Most optimizers are best at a rate that lets them rest in the first dent, where the value is
# :value:`sgd rastrigin 0.001 to 3 digits`.

sweep = og.sweep(functions="rastrigin")
print(sweep)
