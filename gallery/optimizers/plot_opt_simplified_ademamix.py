r"""
Simplified AdEMAMix
===================

AdEMAMix mixes a fast and a slow average of the gradients. Simplified AdEMAMix keeps the slow one,
as a sum, and gives the newest gradient a weight of its own: too little swings, too much hops.
"""

import optgallery as og

weights = (0, 10, 100)
runs = [og.run("simplified_ademamix", "booth", lr=0.01, alpha=alpha) for alpha in weights]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: simplified_ademamix
#
# The update
# ----------
#
# .. optimizer-update:: simplified_ademamix
#
# With the default :math:`\beta_1 = 0.99` the sum grows to a hundred equal gradients. The class's
# default for :math:`\alpha` is that of the authors, 0. The gallery uses 10: the values that they
# report, from nearly 0 to 100, depend on the noise of the gradients, and here there is none.
#
# What to see
# -----------
#
# With :math:`\alpha = 0` only the sum drives the point. It gathers speed until the minimum, has a
# hundred gradients to forget there, and goes far to the other side of the valley. With 10 it does
# so once: across the valley, where gradients change their sign, the newest one holds against the
# sum. After :cost:`runs[1]` gradients the function is solved. With 100 the newest gradient alone
# makes a step of 1, and the point hops around the minimum.
#
# **It shines** in long valleys at small rates, since its steps grow as long as gradients agree:
# :cell:`simplified_ademamix rosenbrock 0.01`, :cell:`simplified_ademamix leon 0.01`,
# :cell:`simplified_ademamix nesterov_chebyshev 0.003`. Adam at these rates is still on its way.
#
# **It fails** at Adam's rates, where a first step is eleven times as long:
# :cell:`simplified_ademamix booth 0.3`, where Adam needs :cost:`adam booth 0.3`, and
# :cell:`simplified_ademamix sphere 1`, where it needs :cost:`adam sphere 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: simplified_ademamix
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("simplified_ademamix")
print(sweep)
