r"""
Muon
====

Signum takes the sign of every coordinate. Muon takes the sign of the whole matrix: all its singular
values become about 1. A matrix of one row has only one, its length, so there every step is equally
long and may point anywhere.
"""

import optgallery as og

runs = [og.run(name, "rosenbrock", lr=0.03, steps=140) for name in ("signum", "muon")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: muon
#
# The update
# ----------
#
# With :math:`g_t` the gradient at :math:`\theta_{t-1}`, a matrix, and
# :math:`(a, b, c) = (3.4445, -4.7750, 2.0315)`,
#
# .. math::
#
#    B_t &= \mu B_{t-1} + g_t, \qquad \tilde B_t = g_t + \mu B_t \\
#    X_0 &= \tilde B_t / \lVert \tilde B_t \rVert_F \\
#    X_{i+1} &= a X_i + \left(b X_i X_i^T + c (X_i X_i^T)^2\right) X_i, \qquad i = 0, \dots, 4 \\
#    \theta_t &= (1 - \gamma \lambda)\, \theta_{t-1} - \gamma X_5
#
# The five rounds are made for speed and reach 1 only roughly. From a row of length 1 they make one
# of length 0.7. Torch computes them in bfloat16, so a little more or less. The weight decay, 0.1 by
# default, is not in the post that introduced Muon.
#
# What to see
# -----------
#
# Signum has four directions, the diagonals. It goes down the valley in zigzags, and crosses the
# floor more than thirty times. Muon may go anywhere. It runs up the opposite wall, comes back, and
# is across the floor five times in its first 45 steps. Then it has the floor's direction, and
# crosses it once more on the whole way round the bend. How steep the walls are matters to neither:
# all steps are about equally long.
#
# **It shines** in valleys that bend, at a rate that fits their width: :cell:`muon leon 0.1`,
# :cell:`muon beale 0.3`.
#
# **It fails** to settle. At the minimum its steps are as long as at the start, and a momentum of
# 0.95 carries it off again: :cell:`muon rosenbrock 0.1`. At the end of that run it is
# :distance:`muon rosenbrock 0.1` away. With a falling rate it settles:
# :doc:`/stories/plot_6_falling_rate`.
#
# Far out it fails to follow the gradient. The decay takes a tenth of :math:`\gamma \theta`, which
# outweighs any step beyond a distance of 7 from the origin. On the eggholder it starts at
# :distance:`muon eggholder 0.1 at start from (0, 0)` and is pulled inward, whatever the gradient:
# :cell:`muon eggholder 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: muon
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("muon")
print(sweep)
