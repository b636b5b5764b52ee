"""
Goldstein-Price
===============

Crossing valleys with three local minima, and values from three to a million. Steps that are right
on a valley's floor are fatal on its walls.

.. function-card:: goldstein_price
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("goldstein_price", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("goldstein_price", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "goldstein_price", lr=0.001, steps=100),
    og.run("adam", "goldstein_price", lr=0.3, steps=100),
    og.run("adahessian", "goldstein_price", lr=0.1, steps=100),
]
og.animate(runs, size=300).show()

# %%
# None of the seven rates suits SGD. Even at the smallest the first step, taken on a wall, is
# :length:`runs[0] at 1 to 1 digit` long and leaves the picture. After the third the value is
# :value:`runs[0] at 3 to 1 digit`.
#
# AdaHessian divides by the curvature and takes small steps even on the wall. They lead it into the
# local minimum at (-0.6, -0.4), where the value is :value:`runs[2]`, and there it stays. Adam comes
# down beside that minimum with too much momentum to turn. It climbs the slope behind, to values
# above 600, and comes down from there into the global one.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: goldstein_price
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: goldstein_price
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# A line search does not help: :cell:`lbfgs goldstein_price 1`. It goes downhill only, and the first
# minimum on its way is the false one. Too large a rate leads into the other two, at
# :value:`adam goldstein_price 1` and at :value:`adabelief goldstein_price 1`:
# :cell:`adam goldstein_price 1`, :cell:`adabelief goldstein_price 1`.

sweep = og.sweep(functions="goldstein_price")
print(sweep)
