"""
Michalewicz
===========

Two trenches that cross, on a plateau as flat as a table. Only in a trench does the gradient say
anything, and a step that is too long leads out of it.

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
# The slope at the start is 0.5. SGD takes twenty steps to reach the trench in x, where the slope is
# six times as large. It turns down it and is at the crossing after 32.
#
# Nesterov gathers speed on the same way and needs nine. It does not stay. Across the narrower
# trench its rate is too large, and it swings up and down in y, with x at rest, to the end.
#
# Adam's first step is 0.3 in both coordinates, although the slope in x is four times that in y. By
# luck that diagonal leads straight to the crossing: the value falls from -0.04 to -1.56. The second
# step leads out on the other side. The fourth hits the bottom, and swings follow that grow smaller.

og.plot_loss(runs)
plt.show()

# %%
# Every optimizer at seven learning rates
# ---------------------------------------
#
# SGD shows what the plateau does to a larger rate: :cell:`sgd michalewicz 0.3`. Its fourth step
# leads out of the trench, to where the slope is 0.000002, and there it stands.

sweep = og.sweep(functions="michalewicz")
print(sweep)
