r"""
Newton's method
===============

Slope and curvature at a point define a parabola, and Newton's method goes to where that one is
level. Close to a minimum nothing is faster. Elsewhere the level place may be a saddle or a top.
"""

import optgallery as og

runs = [og.run("newton", "saddle", damping=damping, steps=30) for damping in (0.0, 10.0)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: newton
#
# The update
# ----------
#
# .. optimizer-update:: newton
#
# There is no learning rate. What can be chosen is the damping, :math:`\lambda`, in the unit of the
# curvature: a damping far above all curvatures makes this gradient descent with the small rate
# :math:`1 / \lambda`. The Hessian of two coordinates costs two more derivatives in each step; as on
# the page of AdaHessian, the counts on this page are of gradients alone.
#
# What to see
# -----------
#
# On the left, without damping, the first step already goes most of the way to the saddle point, and
# the run ends :distance:`runs[0] from (0, 0)` from it. Along :math:`y` the function curves down,
# and there the parabola is level at its top: Newton's method climbs to it. It is no accident. Every
# stationary point attracts these steps, and a minimum is only one kind.
#
# On the right the damping is larger than the downward curvature. All steps go down, past the
# saddle, and after :cost:`runs[1]` gradient evaluations the run is at a minimum. The price is the
# speed: what takes one step on a quadratic takes many with this damping.
#
# Where a parabola is the function itself, one step arrives from anywhere, along a valley or not:

valley = og.run("newton", "rotated_quadratic", damping=0.0, steps=5)
print("values:", valley.values)

# %%
# **It shines** where the start lies in the bowl around the minimum, however narrow:
# :cell:`newton booth 0`, :cell:`newton rotated_quadratic 0`, :cell:`newton rosenbrock 0`,
# :cell:`newton cross_in_tray 0`.
#
# **It fails** where it starts on a hill, and climbs: :cell:`newton himmelblau 0`,
# :cell:`newton saddle 0`, :cell:`newton rastrigin 0`. At :cell:`newton abs_ravine 0` there is no
# curvature at all, and the system has no solution.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: newton
#
# Every function at seven dampings
# --------------------------------

sweep = og.sweep("newton")
print(sweep)
