r"""
AdaBelief
=========

Adam divides by how large the gradient is. AdaBelief divides by how far it is from its moving
average. On a steady slope that difference vanishes, and the steps grow longer and longer.
"""

import optgallery as og

runs = [og.run(name, "himmelblau", lr=0.01) for name in ("adam", "adabelief")]
og.animate(runs).show()

# %%
# .. optimizer-relatives:: adabelief
#
# The update
# ----------
#
# .. optimizer-update:: adabelief
#
# Adam has :math:`g_t^2` where :math:`(g_t - m_t)^2` stands. If the gradient never changed, all of
# Adam's steps would be :math:`\alpha` long. AdaBelief's first is :math:`\alpha / \beta_1`, its
# hundredth five times :math:`\alpha`, its thousandth twenty times. In the end only :math:`\epsilon`
# would limit that. It is added in every step and comes to :math:`\epsilon / (1 - \beta_2)` under
# the root. So the default of :math:`10^{-16}` weighs :math:`3.2 \cdot 10^{-7}` against the
# gradient's deviations, and the :math:`10^{-8}` of the R package torchopt weighs 0.0032.
#
# What to see
# -----------
#
# After two hundred steps Adam is still on the slope. AdaBelief is twice as fast after thirty steps
# and four times as fast after seventy. In the basin the gradient turns, and the long steps end at
# once: it turns round a little beyond the minimum, and converges from there.
#
# **It shines** at rates that are far too small for Adam: :cell:`adabelief himmelblau 0.003`,
# :cell:`adabelief easom 0.003`.
#
# **It fails** on ripples, where every gradient differs from the average. At the same rates Adam
# ends lower: :cell:`adabelief ackley 0.3`, :cell:`adabelief levi_n13 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adabelief
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adabelief")
print(sweep)
