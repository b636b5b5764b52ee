r"""
Armijo's rule
=============

Gradient descent with a check: a step that does not bring the value down far enough is cut in half,
and again, until it does. No run goes up, whatever the learning rate.
"""

import optgallery as og

runs = [og.run(name, "beale", lr=0.3, steps=60) for name in ("sgd", "armijo")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: armijo
#
# The update
# ----------
#
# .. optimizer-update:: armijo
#
# The learning rate :math:`\eta` is the first length that is tried in each step. A step costs a
# gradient evaluation at its point and one for each length: a rate that is too large is not wrong
# any more, but it costs evaluations.
#
# What to see
# -----------
#
# On the left SGD takes the first step on trust, lands outside the picture and diverges. On the
# right the gradient and the rate are the same, and the first length fails; so do shorter ones. Then
# the run goes down, in each of its steps. It does not find the minimum: it has gone down into the
# narrow valley on the other side, whose walls keep its steps short, and 60 steps have cost
# :evaluations:`runs[1]` evaluations.
#
# **It shines** where the best rate is unknown, or not the same everywhere: :cell:`armijo booth 1`,
# :cell:`armijo sphere 1`, :cell:`armijo himmelblau 1`.
#
# **It fails** where gradient descent does: the rule finds the length of a step, not a better
# direction. :cell:`armijo rotated_quadratic 0.001`, :cell:`armijo rastrigin 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: armijo
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("armijo")
print(sweep)
