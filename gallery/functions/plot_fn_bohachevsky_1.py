"""
Bohachevsky N. 1
================

An oval bowl, dented all round its minimum. The dents are steep enough to stop a run, or to let it
come to rest nowhere.

.. function-card:: bohachevsky_1
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("bohachevsky_1", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("bohachevsky_1", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "bohachevsky_1", lr=0.1, steps=100),
    og.run("nesterov", "bohachevsky_1", lr=0.01, steps=100),
    og.run("cautious_adamw", "bohachevsky_1", lr=0.3, steps=100),
]
og.animate(runs, size=300).show()

# %%
# In the dents beside the minimum the curvature in y is 67, in x 26. A step of a tenth of the
# gradient is too long for both: SGD overshoots more than it gains, and jumps up and down one column
# of dents until the end. At rates too small for that, it rests in the first dent that it meets, at
# a value of :value:`sgd bohachevsky_1 0.03`: :cell:`sgd bohachevsky_1 0.03`.
#
# Nesterov's rate is a tenth of that, and no dent throws it about. Its momentum carries it over the
# ridges between them. It comes to the minimum and stays.
#
# Cautious AdamW leaves out every part of its momentum that has the wrong sign for the newest
# gradient. Going uphill out of a dent is just that: it stops in the dent beside the minimum.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: bohachevsky_1
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: bohachevsky_1
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# AdamW without the caution gets through: :cell:`adamw bohachevsky_1 0.1`. Adafactor's first step at
# a rate of one is as long as its distance from the origin, and jumps over all dents:
# :cell:`adafactor bohachevsky_1 1`. That would help it little if the minimum were elsewhere.

sweep = og.sweep(functions="bohachevsky_1")
print(sweep)
