"""
Himmelblau
==========

Four minima of equal depth round one hill. All are right; the first few steps decide which of them
a run ends in.

.. function-card:: himmelblau
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("himmelblau", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("himmelblau", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "himmelblau", lr=0.01, steps=60),
    og.run("adam", "himmelblau", lr=1.0, steps=60),
    og.run("muon", "himmelblau", lr=1.0, steps=60),
]
og.animate(runs, size=300).show()

# %%
# SGD goes down by the steepest way and ends in the minimum that is nearest. Adam's first step is as
# long in x as in y. That sets it on a diagonal which leads past the nearest minimum to the next, at
# (3, 2).
#
# Muon comes close enough after :cost:`runs[2]` gradient evaluations to count as solved, and does
# not stay. Its steps do not become shorter near the minimum: the last is :length:`runs[2]` long.
# *Solved* means that a run has been there, not that it has come to rest.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: himmelblau
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: himmelblau
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# The two minima on the left lie behind a ridge. Few runs cross it and come to rest there:
# :cell:`dadapt_adam himmelblau 0.3`, :cell:`novograd himmelblau 0.3`. Both end at the upper one; at
# the lower one no run from this start ends.

sweep = og.sweep(functions="himmelblau")
print(sweep)
