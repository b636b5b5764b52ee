r"""
LARS
====

On a steep wall momentum takes a step in proportion, and may never come back. LARS divides each
gradient by its own length before it adds it to the velocity. A cliff and a plain push alike.

.. optimizer-card:: lars

The update
----------

With :math:`g_t` the gradient at :math:`w_t`,

.. math::

   \lambda_t &= \eta\, \frac{\lVert w_t \rVert_2}
                {\lVert g_t \rVert_2 + \beta \lVert w_t \rVert_2} \\
   v_{t+1} &= m v_t + \gamma \lambda_t\, (g_t + \beta w_t) \\
   w_{t+1} &= w_t - v_{t+1}

The paper's :math:`\eta` is 0.001. The gallery takes 1, so that the rate :math:`\gamma` is the
length of a push, as a share of the distance from the origin.
"""

import optgallery as og

settings = [("momentum", 0.003), ("lars", 0.01)]
runs = [og.run(name, "rosenbrock", lr=lr, steps=140) for name, lr in settings]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# The wall's gradient throws momentum across the valley in its first step, and from wall to wall for
# a while; three times the rate would have thrown it away. LARS's first step is 0.016 long, a
# hundredth of its distance from the origin, and the longest is four times that. It follows the
# floor closely: once it has found it, it is never more than 0.05 above or below.
#
# **It shines** in steep country: :cell:`lars rosenbrock 0.1`. And it hits the origin at once if the
# slope points there, for at a rate of 1 the first step has just that length: :cell:`lars sphere 1`,
# :cell:`lars salomon 1`, :cell:`lars drop_wave 1`.
#
# **It fails** to keep near. The velocity sums up to ten pushes, and pushes grow with the distance.
# On the eggholder the first is 53 long already. It leaves, and the farther out it is, the faster it
# goes: :cell:`lars eggholder 0.1`.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("lars")
print(sweep)
