"""
Michalewicz
===========

Two trenches that cross, on a plateau as flat as a table. Only in a trench is the gradient of any
use, and a step that is too long leads out of it.

.. function-card:: michalewicz
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("michalewicz", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("michalewicz", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "michalewicz", lr=0.01, steps=80),
    og.run("nesterov", "michalewicz", lr=0.03, steps=80),
    og.run("adam", "michalewicz", lr=0.3, steps=80),
]
og.animate(runs, size=300).show()

# %%
# The gradient at the start is :slope:`runs[0] at start to 1 digit` long. SGD takes twenty steps to
# reach the trench in x, where it is six times as long. It turns down it and is at the crossing
# after :cost:`runs[0]`.
#
# Nesterov gains speed on the same way and needs :cost:`runs[1]`. It does not stay. Across the
# narrower trench its rate is too large, and it oscillates in y, with x at rest, to the end.
#
# Adam's first step is :length:`runs[2] at 1 along x` in both coordinates, although the slope in x
# is four times that in y. By luck that diagonal leads straight to the crossing: the value falls
# from :value:`runs[2] at start to 1 digit` to :value:`runs[2] at 1 to 3 digits`. The second step
# leads out on the other side. The fourth hits the bottom, and oscillations follow that shrink.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: michalewicz
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: michalewicz
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# SGD shows what the plateau does to a larger rate: :cell:`sgd michalewicz 0.3`. Its fourth step
# leads out of the trench, to where the gradient is :slope:`sgd michalewicz 0.3 at 4 to 1 digit`
# long, and there it stays.

sweep = og.sweep(functions="michalewicz")
print(sweep)
