r"""
QHAdam
======

The longer an average of gradients, the later it follows a turn. QHAdam keeps a very long one, and
gives the newest gradient a share of every step beside it.
"""

import optgallery as og

settings = [{"nus": (1, 1)}, {}, {"nus": (1, 1), "betas": (0.9, 0.999)}]
runs = [og.run("qhadam", "himmelblau", lr=0.3, steps=100, **options) for options in settings]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: qhadam
#
# The update
# ----------
#
# .. optimizer-update:: qhadam
#
# The paper advises :math:`\nu_1 = 0.7`, and a :math:`\beta_1` of 0.995, which remembers some two
# hundred steps.
#
# What to see
# -----------
#
# The first has the long memory by itself and is Adam with a :math:`\beta_1` of 0.995. It runs far
# up the other side of the valley, turns late, and has not come to rest after a hundred steps: old
# gradients still push. The second, the default, has the same memory, but three tenths of the newest
# gradient in each step, and that is enough to bring it round. The third, with Adam's own
# :math:`\beta_1` of 0.9, is Adam but for rounding. It turns as late as an average of ten steps
# makes it, and circles the minimum.
#
# **It shines** at large rates, where Adam is thrown about: :cell:`qhadam beale 1`,
# :cell:`qhadam himmelblau 1`.
#
# **It fails** to forget. Where Adam comes to rest, the old gradients carry it past the minimum, and
# the way back is slow: :cell:`qhadam sphere 0.1`, where Adam needs :cost:`adam sphere 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: qhadam
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("qhadam")
print(sweep)
