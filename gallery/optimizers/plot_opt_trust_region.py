r"""
Trust region
============

A parabola that fits at one point holds only around it. A trust region method takes the best step
within a radius, and lets the radius grow while the function does what the parabola predicted.
"""

import optgallery as og

newton = og.run("newton", "himmelblau", damping=0.0, steps=12)
trust_region = og.run("trust_region", "himmelblau", radius=0.3, steps=12)
og.animate([newton, trust_region], size=300).show()

# %%
# .. optimizer-relatives:: trust_region
#
# The update
# ----------
#
# .. optimizer-update:: trust_region
#
# The values of the matrix are those of the first radius. It is no learning rate: after a few steps
# the radius has found its own size, so the choice matters most where it decides which basin comes
# first. A step costs two gradient evaluations, at its point and where it tries to go. The two more
# derivatives of the Hessian are not counted, as on the page of AdaHessian.
#
# What to see
# -----------
#
# Both start on the shoulder of the same hill. Newton's method, on the left, takes the parabola for
# the function and climbs to its top. On the right the Hessian is as indefinite, but within a radius
# the parabola has a lowest point, and the way there leads down. As its predictions hold, the
# radius doubles: the first step is :length:`trust_region at 1` long, the third
# :length:`trust_region at 3`. The run has solved the function after :cost:`trust_region` gradient
# evaluations, and its last steps are Newton's own.
#
# **It shines** nearly everywhere: :cell:`trust_region rosenbrock 1`,
# :cell:`trust_region himmelblau 1`, :cell:`trust_region beale 1`, :cell:`trust_region saddle 1`.
#
# **It fails** where the basin of the start is the wrong one, since no accepted step leads up:
# :cell:`trust_region ackley 0.1`, :cell:`trust_region salomon 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: trust_region
#
# Every function at seven first radii
# -----------------------------------

sweep = og.sweep("trust_region")
print(sweep)
