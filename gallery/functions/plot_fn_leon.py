"""
Leon
====

Rosenbrock's valley with a cube for its floor. The walls close in on the way: at the minimum they
are ten times as sharply curved as at the bend.

.. function-card:: leon
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("leon", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("leon", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "leon", lr=0.003),
    og.run("momentum", "leon", lr=0.001),
    og.run("muon", "leon", lr=0.1),
]
og.animate(runs, size=300).show()

# %%
# SGD is only stable up to a curvature of 2 / lr, which is 667 here. It follows the floor where the
# curvature is 200, but at the minimum that is 2000. With more steps it would come as far as 0.7 in
# x. There the walls throw it to and fro, and it gets no further. At a third of the rate it gets
# past, after more than a thousand steps.
#
# Momentum is stable at a curvature 1.9 times as large as SGD at the same rate. It oscillates
# between the walls faster and faster, passes the minimum at step :step:`runs[1] at nearest` and
# goes on. Beyond, the floor rises so gently that 200 steps do not bring it back.
#
# Muon's steps are all about equally long, as the tenth, :length:`runs[2] at 10 to 1 digit`, and its
# averages lead along the floor rather than across. It passes the minimum at step
# :step:`runs[2] at lowest`. But the valley is too narrow there for such steps: the walls drive Muon
# back, down to where there is room for them.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: leon
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: leon
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# At all rates from 0.01 on, SGD is thrown out of the picture: :cell:`sgd leon 0.01`. A line search
# takes each step as long as the valley allows: :cell:`lbfgs leon 1`. Adafactor measures its steps
# by its distance from the origin. Here the way leads past the origin, where such a step is zero. It
# stays there, at a value of :value:`adafactor leon 1`: :cell:`adafactor leon 1`.

sweep = og.sweep(functions="leon")
print(sweep)
