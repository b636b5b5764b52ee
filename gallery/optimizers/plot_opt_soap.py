r"""
SOAP
====

Adam divides each coordinate by its own root mean square. SOAP does so in the eigenbasis of
Shampoo's preconditioners. Whether a valley lies along the axes or across then makes no difference.

.. optimizer-card:: soap

The update
----------

With :math:`G_t` the gradient at :math:`W_t`, a matrix, and the eigenbasis in the columns of
:math:`Q_L` and :math:`Q_R`,

.. math::

   M_t &= \beta_1 M_{t-1} + (1 - \beta_1)\, G_t \\
   G'_t &= Q_L^T G_t Q_R, \qquad M'_t = Q_L^T M_t Q_R \\
   V_t &= \beta_2 V_{t-1} + (1 - \beta_2)\, G'_t \odot G'_t \\
   N'_t &= \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}\, \frac{M'_t}{\sqrt{V_t} + \epsilon} \\
   W_{t+1} &= (1 - \eta \lambda)\, (W_t - \eta\, Q_L N'_t Q_R^T) \\
   L_t &= \beta_2 L_{t-1} + (1 - \beta_2)\, G_t G_t^T, \qquad
   R_t = \beta_2 R_{t-1} + (1 - \beta_2)\, G_t^T G_t

Every ten steps :math:`Q_L = \operatorname{qr}(L_t Q_L)` and
:math:`Q_R = \operatorname{qr}(R_t Q_R)`, one step of the power iteration. The very first gradient
only sets the first eigenbasis and moves nothing. On the gallery's row :math:`Q_L` is a sign, and
:math:`Q_R` rotates the plane.
"""

import optgallery as og

runs = [og.run(name, "rotated_quadratic", lr=0.3, steps=40) for name in ("adam", "soap")]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# The wall's gradients fill both of Adam's second moments, for the wall faces between the
# coordinates. Along the floor the steps are therefore short: after twenty of them three quarters of
# the way lie ahead. SOAP stands still for one step. From then on one vector of its basis points
# nearly up the wall, the other nearly along the floor. The small component along the floor is
# divided by a small number, and SOAP turns in a curve and runs down the floor with long steps, past
# the minimum. If the valley lay along the coordinates, its path would be the same. Adam's would
# not.
#
# **It shines** in narrow valleys that run anywhere and bend: :cell:`soap rosenbrock 0.1`,
# :cell:`soap nesterov_chebyshev 0.1`. Adam solves neither at that rate.
#
# **It fails** to slow down in time. Its moving average covers twenty gradients, twice as many as
# Adam's, and when they become small so do the squares that it divides by. At a large rate it is
# lost: :cell:`soap leon 1`, where Adam needs :cost:`adam leon 1`.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("soap")
print(sweep)
