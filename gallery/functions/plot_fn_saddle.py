"""
Saddle
======

A pass between two minima. Along the ridge the gradient leads straight to the pass and vanishes
there; only the small component in the other coordinate leads away.

.. function-card:: saddle
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("saddle", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("saddle", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "saddle", lr=0.3, steps=60),
    og.run("adagrad", "saddle", lr=1.0, steps=60),
    og.run("adahessian", "saddle", lr=1.0, steps=60),
]
og.animate(runs, size=300).show()

# %%
# SGD goes to the pass. Each step leaves four tenths of x, and makes y longer by six tenths, but y
# starts at a hundredth. From the third step to the sixth f hardly moves; then y has become large
# enough to matter, and the run turns off at a right angle.
#
# Adagrad's first step is as long in y as in x, although the gradient in y is two hundred times
# smaller. It never comes near the pass.
#
# AdaHessian divides by the curvature. Its first step sets x all but to zero, as Newton's method
# would. In y the curvature is negative there, and Newton's method would step to the pass as well: a
# pass attracts it as a minimum does. AdaHessian takes the curvature without its sign, so that y
# doubles. Then its momentum carries it through x = 0 and past it, and it rolls down in a spiral.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: saddle
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: saddle
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# Optimizers that scale each coordinate by itself go round the pass. They fail for other reasons,
# with steps too short for the distance: :cell:`adadelta saddle 1`, or too long:
# :cell:`momentum saddle 1`. Only on the ridge itself is there no way down for any of them: there
# the gradient in y is zero.

sweep = og.sweep(functions="saddle")
print(sweep)
