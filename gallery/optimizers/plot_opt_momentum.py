r"""
SGD with momentum
=================

The components on which many gradients agree add up, and those on which they disagree cancel. That
makes it fast along a valley, and slow to stop at the end.
"""

import optgallery as og

runs = [og.run(name, "leon", lr=0.001, steps=60) for name in ("sgd", "momentum")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: momentum
#
# The update
# ----------
#
# With :math:`g_t` the gradient at :math:`\theta_{t-1}`, :math:`\mu = 0.9` and :math:`b_0 = 0`,
#
# .. math::
#
#    b_t &= \mu\, b_{t-1} + g_t \\
#    \theta_t &= \theta_{t-1} - \gamma\, b_t
#
# The buffer is a sum and no mean: on an even slope it grows to :math:`1 / (1 - \mu) = 10`
# gradients, and the step with it. Polyak keeps a share of the last step, not of the last sum. That
# is the same until the rate changes on the way.
#
# What to see
# -----------
#
# The first step is the same for both. Then SGD creeps along the floor. Momentum is carried across
# the floor and part of the way up the other side, is turned there, and is at the minimum after
# twenty steps. The oscillations between the walls show how little of it is lost in a step. It has
# too much left to stop, runs past the minimum, and hardly comes back.
#
# What carries it past a minimum carries it over small bumps, too:

runs = [og.run(name, "bohachevsky_1", lr=0.003, steps=100) for name in ("sgd", "momentum")]
og.animate(runs, size=300).show()

# %%
# SGD ends in the first hollow. Momentum passes it in the tenth step, at more than three times the
# pace that SGD ever has, and comes to rest at the bottom.
#
# **It shines** in long valleys that take a small rate: :cell:`momentum leon 0.001`,
# :cell:`momentum rotated_quadratic 0.01`, neither of which SGD solves at any of the seven rates.
#
# **It fails** to be quick where SGD is: :cell:`momentum sphere 0.3`, where SGD needs
# :cost:`sgd sphere 0.3`. And where walls grow steeper the higher it is carried, it diverges at
# rates that SGD can take: :cell:`momentum himmelblau 0.03`, :cell:`momentum styblinski_tang 0.03`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: momentum
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("momentum")
print(sweep)
