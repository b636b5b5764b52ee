r"""
AdEMAMix
========

Adam's moving average of gradients goes back some ten steps. AdEMAMix keeps it, and adds a second
one, so slow that the first gradient still counts in it when the last one comes.
"""

import optgallery as og

slow = {"alpha": 10, "betas": (0.9, 0.999, 0.999)}
runs = [og.run("ademamix", "rosenbrock", lr=0.1, **mix) for mix in ({"alpha": 0}, {}, slow)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: ademamix
#
# The update
# ----------
#
# .. optimizer-update:: ademamix
#
# With the default :math:`\alpha = 2` and :math:`\beta_3 = 0.9999`, two hundred equal gradients
# bring the slow average to 2 % of the fast one, and :math:`\alpha` times it to 4 %. It is made for
# long training. Here neither :math:`\alpha` nor :math:`\beta_3` follows a schedule, unless one asks
# for it.
#
# What to see
# -----------
#
# Without the second average, with the default, and with a large weight. The first is Adam, and the
# second ends hardly farther on. In the third, after two hundred equal gradients the slow average
# would contribute 1.8 times as much as the fast one. For fifty steps it is only a little ahead. But
# on the valley's floor all gradients point the same way, the slow average grows with each of them,
# and in the last hundred steps the run goes more than half as far again as Adam does.
#
# What has accumulated has to be cancelled again:

runs = [og.run("ademamix", "booth", lr=0.1, **mix) for mix in ({}, slow)]
og.animate(runs, size=300).show()

# %%
# The large weight solves the function in :cost:`runs[1]` steps; the default needs :cost:`runs[0]`.
# But then it does not stop. It has only averaged gradients that point one way, runs far past the
# minimum, and is still on its way back at the end.
#
# **It shines**, a little, where Adam's way is long and straight: :cell:`ademamix zakharov 0.03`
# ends below Adam, and in :cell:`ademamix leon 0.3` Adam needs :cost:`adam leon 0.3`.
#
# **It fails** where Adam does: it is led into the same dent of :cell:`ademamix ackley 0.1`, and
# is as slow to start as Adam at a small rate, :cell:`ademamix booth 0.01`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: ademamix
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("ademamix")
print(sweep)
