"""
Lévi N. 13
==========

A bowl with corrugations that deepen outward. They are far steeper than the bowl, and lie across
the way.

.. function-card:: levi_n13
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("levi_n13", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("levi_n13", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adahessian", "levi_n13", lr=1.0, steps=100),
    og.run("nesterov", "levi_n13", lr=0.003, steps=100),
    og.run("sgd", "levi_n13", lr=0.03, steps=100),
]
og.animate(runs, size=300).show()

# %%
# AdaHessian moves along one groove and never leaves it: across the groove the curvature is large,
# and it divides by that. Nesterov begins in the same groove. With the momentum that it gains there
# it crosses ridge after ridge, passes the minimum after :cost:`runs[1]` gradient evaluations, and
# comes to rest in the second groove beyond, at a value of :value:`runs[1] to 3 digits`.
#
# SGD is thrown about, at first even out of the picture. In the end it is in the groove of the
# minimum, y = 1, and there it jumps back and forth for good: the rate that crosses the ridges is
# too large for the bottom.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: levi_n13
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: levi_n13
#
# Every optimizer at seven learning rates
# ---------------------------------------

sweep = og.sweep(functions="levi_n13")
print(sweep)
