r"""
AdaMod
======

Adam's learning rate of a coordinate can jump from one step to the next. AdaMod keeps an exponential
moving average of it over a thousand steps, and never lets it exceed that average.
"""

import optgallery as og

settings = [("adam", {}), ("adamod", {"beta3": 0.99}), ("adamod", {})]
runs = [og.run(name, "beale", lr=1.0, **more) for name, more in settings]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adamod
#
# The update
# ----------
#
# .. optimizer-update:: adamod
#
# If :math:`\eta_t` were constant, the bound would with :math:`\beta_3 = 0.999` be a thousandth of
# it in the first step, a tenth in step 106, and after two hundred steps 18 %. On the runs of this
# gallery, AdaMod is therefore mostly a warm-up.
#
# What to see
# -----------
#
# A rate of 1 throws Adam over the ridge in four steps, into the wrong arm. AdaMod's first step, on
# the right, is a thousandth as long. By the time its steps have grown it has turned towards the
# minimum, and it has solved the function after :cost:`runs[2]` steps. With a :math:`\beta_3` of
# 0.99, in the middle, the average covers a hundred steps rather than a thousand. It follows the
# same curve in :cost:`runs[1]`, runs a little past the minimum, and comes back.
#
# **It shines** at rates that are too large for the start: :cell:`adamod beale 1`,
# :cell:`adamod six_hump_camel 1`, :cell:`adamod shubert 1`. Adam solves none of the three.
#
# **It fails** for want of time. What Adam does in :cost:`adam sphere 0.1` steps, AdaMod has not
# half done in two hundred: :cell:`adamod sphere 0.1`. Another such case is
# :cell:`adamod booth 0.3`, where Adam needs :cost:`adam booth 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adamod
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adamod")
print(sweep)
