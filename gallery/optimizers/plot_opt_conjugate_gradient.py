r"""
Conjugate gradients
===================

Steps along the gradient undo each other in a valley. Conjugate gradients add to each direction a
share of the last one, as much as keeps the new step from spoiling what the last one has achieved.
"""

import optgallery as og

armijo = og.run("armijo", "rotated_quadratic", lr=1.0, steps=20)
conjugate = og.run("conjugate_gradient", "rotated_quadratic", c2=0.01, steps=20)
og.animate([armijo, conjugate], size=300).show()

# %%
# .. optimizer-relatives:: conjugate_gradient
#
# The update
# ----------
#
# .. optimizer-update:: conjugate_gradient
#
# It looks like momentum, with a share that is computed in each step instead of a constant, and it
# needs no more memory than that. What it needs is a good line search: the share is right if the
# last step ended where the slope along it was zero. So :math:`c_2` is smaller here than for BFGS.
# SciPy's method is the same, and takes the same path if it has the same line search.
#
# What to see
# -----------
#
# On a quadratic of two variables the second direction leads into the minimum. On the left, steps
# along the gradient cross the valley and hardly advance; after 20 of them the value is
# :value:`armijo`. On the right the first step is one across the valley, too. The second one is
# :length:`conjugate at 2` long and ends :distance:`conjugate at 2` from the minimum. After
# :cost:`conjugate` gradient evaluations, all trials included, the function is solved.
#
# The matrix of the page shows :math:`c_2`. A loose search leaves a slope along the direction, and
# with it the share is wrong: on Matyas, :cost:`conjugate_gradient matyas 0.1` evaluations at 0.1
# become :cost:`conjugate_gradient matyas 0.9` at 0.9.
#
# **It shines** on quadratics and what is like them:
# :cell:`conjugate_gradient rotated_quadratic 0.01`, :cell:`conjugate_gradient booth 0.01`,
# :cell:`conjugate_gradient beale 0.1`.
#
# **It fails** among many minima: :cell:`conjugate_gradient rastrigin 0.1`,
# :cell:`conjugate_gradient levi_n13 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: conjugate_gradient
#
# Every function at four values of c2
# -----------------------------------

sweep = og.sweep("conjugate_gradient")
print(sweep)
