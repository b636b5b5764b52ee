r"""
Scion
=====

Scion looks for the point of a ball that lies farthest down the slope, and moves a part of the way
towards it. The ball depends on the norm: a disk, a square, or for a layer the matrices without a
large singular value.
"""

import matplotlib.pyplot as plt

import optgallery as og

settings = {"lr": 0.03, "radius": 3.0, "start": (0.0, -2.5)}
free = og.run("scion", "beale", norm="row", **settings)
disk, square = (
    og.run("scion", "beale", norm=norm, constrained=True, **settings) for norm in ("row", "sign")
)
og.animate([free, disk, square], size=300).show()

# %%
# .. optimizer-relatives:: scion
#
# The update
# ----------
#
# .. optimizer-update:: scion
#
# On the gallery's row, the row norm and the spectral norm are the same, but for the five rounds,
# which make 0.7 of 1. Their ball is a disk of radius :math:`\rho / \sqrt 2`, that of "sign" a
# square with sides of :math:`\rho`. The gallery's runs are unconstrained, spectral, of radius 1.
#
# What to see
# -----------
#
# The first path goes past the minimum, in steps of :length:`free at 10` each, and turns back. The
# other two are held: each step also takes the point 3 % nearer to the origin. They end at the edge
# of their ball, at :point:`disk` and :point:`square`, near a minimum along that edge.

balls = plt.Circle((0, 0), 3 / 2**0.5), plt.Rectangle((-1.5, -1.5), 3, 3)
_, axes = plt.subplots(ncols=2, figsize=(8.4, 4.1), layout="constrained")
for ax, run, ball in zip(axes, (disk, square), balls, strict=True):
    og.plot_surface(run.test_fn, ax=ax)
    og.plot_path(run, ax=ax)
    ball.set(fill=False, edgecolor="white", linewidth=2)
    ax.add_patch(ball)
plt.show()

# %%
# Both start outside their ball, enter it within fifteen steps, and never leave it again. The ball
# bounds a layer's weights, whatever the gradients. A minimum outside it is out of reach.
#
# **It shines** where slopes differ by decades, for all its steps are equally long:
# :cell:`scion zakharov 0.3`, :cell:`scion booth 1`.
#
# **It fails** to settle at a constant rate: :cell:`scion sphere 1`, :cell:`scion rosenbrock 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: scion
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("scion")
print(sweep)
