"""
Three-hump camel
================

The minimum lies between two false ones, and the start above one of those. A run has to pass a basin
that the gradient leads into.

.. function-card:: three_hump_camel
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("three_hump_camel", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("three_hump_camel", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("adahessian", "three_hump_camel", lr=0.03, steps=100),
    og.run("sgd", "three_hump_camel", lr=0.1, steps=100),
    og.run("rmsprop", "three_hump_camel", lr=0.3, steps=100),
]
og.animate(runs, size=300).show()

# %%
# AdaHessian divides by the curvature, which is large on these flanks. It goes down in short steps,
# into the local minimum below. A larger rate does not help: at all of the four largest it ends
# there.
#
# SGD's first step is as long as the steep flank makes it, :length:`runs[1] at 1`. That is enough to
# reach the other side of the ridge, and from there it is downhill to the minimum.
#
# RMSprop's first step is ten times its rate in each coordinate, because its average of squares
# contains only a hundredth of one. So it goes :length:`runs[2] at 1 along x` to the left and as
# much down, right across the minimum. The next step is less than half as long and leads back. The
# longest jump of the three needs the fewest steps, :cost:`runs[2]`.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: three_hump_camel
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: three_hump_camel
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# A line search goes downhill and stops in the first basin, at all rates but the largest, at which
# it tries a step that is long enough: :cell:`lbfgs three_hump_camel 0.3`,
# :cell:`lbfgs three_hump_camel 1`.

sweep = og.sweep(functions="three_hump_camel")
print(sweep)
