r"""
BFGS
====

Newton's method without second derivatives: how the gradient changes from step to step tells the
curvature, and a line search decides how far to go.
"""

import optgallery as og

armijo = og.run("armijo", "rosenbrock", lr=1.0, steps=40)
bfgs = og.run("bfgs", "rosenbrock", steps=40)
og.animate([armijo, bfgs], size=300).show()

# %%
# .. optimizer-relatives:: bfgs
#
# The update
# ----------
#
# .. optimizer-update:: bfgs
#
# The form of the line search is that of the book: a length is doubled until a valid one must lie
# below, and then interpolated. SciPy's BFGS has another one first, from MINPACK, and this one in
# reserve; with that one, its path is the same as here. :doc:`/optimizers/plot_opt_lbfgs` builds the
# same matrix from a few pairs, for many parameters.
#
# What to see
# -----------
#
# Both search for the length of each step. Armijo's rule, on the left, goes along the gradient,
# which points across the valley; thirteen steps later it is about where it began. BFGS has the same
# gradients, but remembers how they changed. Its first steps are gradient descent, too; then the
# matrix knows the valley, and the path follows the bend. It has solved the function after
# :cost:`bfgs` gradient evaluations, the trials of the line search included.
#
# The matrix of the page shows :math:`c_2`, which is all that is left to choose: a small one
# searches longer, for an end of the step that is nearly level. On most functions that is wasted.
#
# **It shines** in valleys, along and across the axes: :cell:`bfgs rosenbrock 0.9`,
# :cell:`bfgs rotated_quadratic 0.9`, :cell:`bfgs beale 0.9`, :cell:`bfgs branin 0.9`.
#
# **It fails** among many minima, where it goes down into the nearest: :cell:`bfgs rastrigin 0.9`,
# :cell:`bfgs levi_n13 0.9`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: bfgs
#
# Every function at four values of c2
# -----------------------------------

sweep = og.sweep("bfgs")
print(sweep)
