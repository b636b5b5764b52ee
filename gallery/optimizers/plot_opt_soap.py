r"""
SOAP
====

Adam divides each coordinate by its own root mean square. SOAP does so in the eigenbasis of
Shampoo's preconditioners. Whether a valley lies along the axes or across then makes no difference.
"""

import optgallery as og

runs = [og.run(name, "rotated_quadratic", lr=0.3, steps=40) for name in ("adam", "soap")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: soap
#
# The update
# ----------
#
# .. optimizer-update:: soap
#
# On the gallery's row :math:`Q_L` is a sign, and :math:`Q_R` rotates the plane.
#
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
# Facts and parameters
# --------------------
#
# .. optimizer-card:: soap
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("soap")
print(sweep)
