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
# The gradient at the start is 0.03 long, so SGD's first step is less than 0.01. It takes twenty
# steps to come to the slope, and seven more to the bottom. Momentum saves up what little there is,
# and comes through the hole's middle after twelve. But it has saved up too much, and swings back
# and forth across the hole until the fiftieth.
#
# Adagrad's first step is as long as the rate in both coordinates, however small the gradient. That
# saves the way over the plain. It takes only the gradient's signs, though, and that in y is
# misleading here: it sets out away from the hole, and turns round at the second step.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Too large a rate ends on the plain: :cell:`momentum easom 1`. From there nothing leads back: the
# gradient is zero to fifty decimals.

sweep = og.sweep(functions="easom")
print(sweep)
