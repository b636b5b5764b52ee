r"""
L-BFGS
======

The gradients at two points tell the curvature between them. L-BFGS keeps such pairs, builds from
them what Newton's method takes from second derivatives, and tries each step before it takes it.
"""

import optgallery as og

options = {"lr": 1.0, "steps": 60, "max_iter": 1, "max_eval": 25}
searched = og.run("lbfgs", "rosenbrock", **options)
trusting = og.run("lbfgs", "rosenbrock", line_search_fn=None, **options)
og.animate([trusting, searched]).show()

# %%
# .. optimizer-relatives:: lbfgs
#
# The update
# ----------
#
# With :math:`g_k` the gradient at :math:`x_k`, :math:`s_k = x_{k+1} - x_k`,
# :math:`y_k = g_{k+1} - g_k`, :math:`\rho_k = 1 / (y_k^T s_k)` and
# :math:`V_k = I - \rho_k\, y_k s_k^T`,
#
# .. math::
#
#    H_{k+1} &= V_k^T H_k V_k + \rho_k\, s_k s_k^T \\
#    x_{k+1} &= x_k - t_k H_k g_k
#
# computed again at each :math:`k` from the pairs still remembered (in torch the last hundred), with
# :math:`I\, (y_k^T s_k) / (y_k^T y_k)` to begin with. The line search looks for a :math:`t_k` that
# meets the strong Wolfe conditions, with :math:`d = -H_k g_k`:
#
# .. math::
#
#    f(x_k + t d) &\le f(x_k) + 10^{-4}\, t\, g_k^T d \\
#    |\nabla f(x_k + t d)^T d| &\le 0.9\, |g_k^T d|
#
# **The learning rate is the first** :math:`t` **that is tried.** In the very first step, where no
# pair is known, it is divided by :math:`\|g\|_1` if that is above 1. A trial that is too short is
# either lengthened, which costs gradients, or accepted, which costs steps. Without a line search,
# :math:`t_k` is the learning rate.
#
# What to see
# -----------
#
# With the line search no step goes up, round the whole bend and into the minimum. Without it the
# first step is taken on trust and lands higher than it began, and step :step:`trusting at highest`
# far outside, where the value is :value:`trusting at highest`. It comes back, and even sooner: it
# has solved the function after :cost:`trusting` gradient evaluations, the other after
# :cost:`searched`. On Bukin and on the flower it does not come back.
#
# The animation shows every :math:`k`. By default torch takes up to twenty of them in one step, as
# in the matrix below, and one step may cost two dozen gradients:

print("gradients after 0, 1, 2 steps:", og.run("lbfgs", "rosenbrock", lr=1.0).evaluations[:3])

# %%
# **It shines** wherever one basin leads to the minimum: :cell:`lbfgs rosenbrock 1`,
# :cell:`lbfgs matyas 1`, :cell:`lbfgs beale 1`.
#
# **It fails** where the nearest basin is the wrong one. What goes only down seldom comes out:
# :cell:`lbfgs rastrigin 0.1`, :cell:`lbfgs goldstein_price 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: lbfgs
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("lbfgs")
print(sweep)
