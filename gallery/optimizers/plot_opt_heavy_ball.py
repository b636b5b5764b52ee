r"""
Heavy ball
==========

Momentum with the two numbers that Polyak derived: for a quadratic whose smallest and largest
curvature are known, no other step size and decay are faster.
"""

import optgallery as og

sgd = og.run("sgd", "rotated_quadratic", lr=0.0396, steps=60)
heavy_ball = og.run("heavy_ball", "rotated_quadratic", steps=60)
og.animate([sgd, heavy_ball], size=300).show()

# %%
# .. optimizer-relatives:: heavy_ball
#
# The update
# ----------
#
# .. optimizer-update:: heavy_ball
#
# Nothing is left to choose, if the curvatures are known. The gallery takes them from the Hessian at
# the minimum that the function declares: ``run`` hands them over, and the lines of a cell state
# both numbers. Functions that have no such Hessian are refused: six of the matrix have a kink or a
# flat place at their minimum, or no minimum. For those, ``og.run("heavy_ball", "ackley", mu=1.0,
# L=100.0)`` gives numbers instead.
#
# What to see
# -----------
#
# The curvatures of the valley are 0.5 and 50. On the left is gradient descent with its own best
# rate for these, :math:`2 / (L + \mu)`; each of its steps takes a fiftieth off the way along the
# valley. On the right the decay is :math:`(9 / 11)^2`. The ball swings from wall to wall, wider
# than it began, and its swings shrink to nine elevenths in each step in both directions alike: at
# the best numbers no direction is left behind. It has solved the function after :cost:`heavy_ball`
# gradient evaluations.
#
# The first swings are the price. The rate says how errors fall in the long run, and at step
# :step:`heavy_ball at highest` the value is :value:`heavy_ball at highest`, higher than at the
# start.
#
# **It shines** on quadratics and where functions resemble them:
# :cell:`heavy_ball rotated_quadratic`, :cell:`heavy_ball matyas`, :cell:`heavy_ball mccormick`.
#
# **It fails** where the curvature on the way is larger than at the minimum, so that steps grow:
# :cell:`heavy_ball beale`, :cell:`heavy_ball zakharov`, :cell:`heavy_ball rosenbrock`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: heavy_ball
#
# Every function, with nothing to choose
# --------------------------------------

sweep = og.sweep("heavy_ball")
print(sweep)
