r"""
Tiger
=====

Tiger is Signum with a memory three times as long. An optimizer that steps by the sign of an average
turns when the average does, and Tiger's turns late.

.. optimizer-card:: tiger

The update
----------

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, and :math:`m_0 = 0`,

.. math::

   m_t &= \beta m_{t-1} + (1 - \beta)\, g_t \\
   \theta_t &= \theta_{t-1} - \eta \left(\mathrm{sign}(m_t) + \lambda\, \theta_{t-1}\right)

for each coordinate by itself. Lion takes the sign of a second, quicker average and keeps the slow
one for memory; here one does for both. The default :math:`\beta` of 0.965 remembers some 29 steps,
Signum's 0.9 some 10. The decay :math:`\lambda = 0.01` takes a thousandth of :math:`\theta` away
with each step at a rate of 0.1. The author would scale :math:`\eta` with each weight matrix; here
it is what is given.
"""

import optgallery as og

og.animate([og.run(name, "sphere", lr=0.1) for name in ("signum", "tiger")], size=300).show()

# %%
# What to see
# -----------
#
# Both walk the diagonal, and are at :math:`y = 0` after 25 steps. Signum goes on for nine more
# before its average gives way, Tiger for fifteen. It is the same along :math:`x`: Signum turns 0.9
# behind the minimum, Tiger 2.0. The next swing, to the west, ends 0.5 and 1.4 behind it.
#
# What costs steps in a bowl carries it through a hole that is not the deepest:

runs = [og.run(name, "styblinski_tang", lr=0.1) for name in ("signum", "tiger")]
og.animate(runs, size=300).show()

# %%
# Both arrive in the hole on the right and run through it, to the west. Signum's average turns
# before the slope does. Tiger's still points west on the rim, and from there it is downhill again,
# into the hole with the minimum.
#
# **It shines** where that momentum is wanted: :cell:`tiger styblinski_tang 0.1`, and in bent
# valleys: :cell:`tiger rosenbrock 0.03`, :cell:`tiger leon 0.1`. Signum at the same rates solves
# none of the three.
#
# **It fails** to stop in time. It swings where Signum has long arrived:
# :cell:`tiger himmelblau 0.1`, where Signum needs 48, and :cell:`tiger beale 0.1`, where it
# needs 33.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("tiger")
print(sweep)
