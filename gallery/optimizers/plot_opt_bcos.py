r"""
BCOS
====

Adam divides the momentum by an average of squared gradients, which is slow to forget a large one.
BCOS divides it by what its square should be now, so that steps on a gentle slope are as long as on
a steep one.
"""

import optgallery as og

runs = [og.run(name, "griewank", lr=0.1, steps=100) for name in ("adamw", "bcos")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: bcos
#
# The update
# ----------
#
# .. optimizer-update:: bcos
#
# With :math:`\beta = 0.9` the momentum before the step has the weight 0.97 in :math:`v_t`, and the
# squared gradient 0.01. The authors' decay :math:`\lambda` is 0.1, ten times that of AdamW.
#
# What to see
# -----------
#
# Both set out along the diagonal, and both are turned by the walls. In AdamW's :math:`v` the steep
# start still counts, its steps become shorter, and it ends in the nearest basin. BCOS has forgotten
# the start after some ten steps. It walks on with steps of a tenth along each coordinate, over the
# saddle, to the minimum.
#
# In a curved valley the same makes it fast, and keeps it from resting:

runs = [og.run(name, "rosenbrock", lr=0.1) for name in ("adamw", "bcos")]
og.animate(runs, size=300).show()

# %%
# AdamW has divided by the wall on which it started ever since. BCOS follows the whole valley and
# solves the function after :cost:`runs[1]` gradients. But its steps are as long there as anywhere,
# and the decay pulls: it goes back down the valley, to
# :math:`x =` :point:`runs[1] along x` at the end.
#
# **It shines** where the start is steep and the way is gentle: :cell:`bcos griewank 0.1`,
# :cell:`bcos leon 0.1`, :cell:`bcos matyas 0.1`. AdamW solves none of the three.
#
# **It fails** where the rate is longer than the minimum is wide: :cell:`bcos sphere 0.3`, where
# AdamW needs :cost:`adamw sphere 0.3`, and :cell:`bcos goldstein_price 0.3`, where it needs
# :cost:`adamw goldstein_price 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: bcos
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("bcos")
print(sweep)
