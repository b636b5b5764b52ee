r"""
Sophia
======

Newton's method goes uphill where a function curves down. Sophia estimates the Hessian's diagonal,
and where that is negative or too small it takes a step of a fixed length instead.
"""

import optgallery as og

runs = [og.run(name, "himmelblau", lr=0.1, steps=100) for name in ("adahessian", "sophia")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: sophia
#
# The update
# ----------
#
# .. optimizer-update:: sophia
#
# Here :math:`k = 10`. Both averages begin with 0: with :math:`\beta_2 = 0.99` and ten steps between
# estimates, :math:`h_t` takes long to fill. The paper advises :math:`\gamma = 0.01` for networks;
# the gallery takes 1.
#
# What to see
# -----------
#
# Both start on a ridge, where the function curves down along :math:`x`. AdaHessian takes the
# curvature's size and leaves its sign, so its first steps are short. Sophia follows a diagonal for
# more than forty steps: both coordinates are clipped, and only the momentum's signs count. At the
# minimum it turns corner after corner, as one coordinate's sign changes and then the other's.
#
# It turns late, for the momentum of 0.96 averages over 25 steps. And it is clipped even in the
# bowl: after a hundred steps :math:`h_t` has come to a tenth of the curvature, so that the step
# before clipping is ten times Newton's.
#
# **It shines** where the Hessian's diagonal tells most of it and the rate is right:
# :cell:`sophia beale 0.3`, :cell:`sophia booth 1`.
#
# **It fails** in a valley across the coordinates, which no diagonal describes. Adam too is late
# there, but solves it: :cell:`sophia rosenbrock 1`. And a bound on the step does not bound the
# path: on Beale's function it leaves the picture in steps of full length, :cell:`sophia beale 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: sophia
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("sophia")
print(sweep)
