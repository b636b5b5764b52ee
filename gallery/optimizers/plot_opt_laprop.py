r"""
LaProp
======

Adam averages gradients and divides the average by their recent size, old gradients included. LaProp
divides each gradient when it comes, and averages the quotients.
"""

import optgallery as og

runs = [og.run(name, "beale", lr=1.0, steps=100) for name in ("adam", "laprop")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: laprop
#
# The update
# ----------
#
# .. optimizer-update:: laprop
#
# The first gradient, however steep, is 1 in LaProp's average, and stays so. In Adam it counts for
# more and more while the root shrinks.
#
# What to see
# -----------
#
# The first step is the same, as large as the rate in both coordinates. In :math:`y` the first
# gradient is by far the largest, and by step 4 the root mean square has shrunk to half of it. In
# Adam's step it therefore counts twice. Adam crosses the ridge at :math:`y = 1` and goes down into
# the wrong arm. In LaProp it counts once. LaProp turns below the ridge, and at step 9 is in the
# valley of the minimum.
#
# Turning sooner has a price. On Goldstein and Price's function there is a local minimum on the way,
# at :math:`(-0.6, -0.4)`:

runs = [og.run(name, "goldstein_price", lr=0.1) for name in ("adam", "laprop")]
og.animate(runs, size=300).show()

# %%
# Adam passes through its basin, and its first gradients, divided by a root that has shrunk, carry
# it out again. In LaProp they weigh less, and it stays.
#
# **It shines** at large rates, where Adam is carried away by its first gradients:
# :cell:`laprop beale 1`, :cell:`laprop rosenbrock 1`.
#
# **It fails** where it takes their weight to leave a local minimum:
# :cell:`laprop goldstein_price 0.1`, :cell:`laprop drop_wave 0.3`, both of which Adam solves.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: laprop
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("laprop")
print(sweep)
