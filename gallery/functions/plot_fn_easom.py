"""
Easom
=====

A plain that is flat to many decimals, with one hole in it. From outside the hole the gradient
says next to nothing.

.. function-card:: easom
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("easom", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("easom", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "easom", lr=0.3, steps=60),
    og.run("momentum", "easom", lr=0.3, steps=60),
    og.run("adagrad", "easom", lr=0.3, steps=60),
]
og.animate(runs, size=300).show()

# %%
# The gradient at the start is :slope:`runs[0] at start to 1 digit` long, so SGD's first step is
# :length:`runs[0] at 1`. It takes twenty steps to come to the slope, and solves the function after
# :cost:`runs[0]`. Momentum adds up these gradients, and comes through the hole's middle in less
# than half as many steps. But it is too fast by then, and oscillates across the hole until step
# :step:`runs[1] at solved`.
#
# Adagrad's first step is as long as the rate in both coordinates, however small the gradient. That
# is long enough to cross the plain. It uses only the gradient's signs, though, and that in y is
# misleading here: its first step leads away from the hole, and it turns round at the second.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: easom
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: easom
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Too large a rate ends on the plain: :cell:`momentum easom 1`. From there nothing leads back: the
# gradient is zero to fifty decimals.

sweep = og.sweep(functions="easom")
print(sweep)
