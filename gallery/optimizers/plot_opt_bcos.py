r"""
BCOS
====

Adam divides the momentum by an average of squared gradients, which is slow to forget a large one.
BCOS divides it by an estimate of its present size, so that steps on a gentle slope are as long as
on a steep one.
"""

import optgallery as og

runs = [og.run(name, "rosenbrock", lr=0.1, steps=100) for name in ("adamw", "bcos")]
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
# squared gradient 0.01. The authors' decay :math:`\lambda` is 0.1, which pulls visibly towards the
# origin; the gallery's is that of AdamW, 0.01.
#
# What to see
# -----------
#
# The start is on a wall. AdamW has divided by its steepness ever since, and is still near the start
# after a hundred steps. BCOS has forgotten it after some twenty. It follows the whole valley with
# steps of nearly a tenth, and solves the function after :cost:`runs[1]` gradients.
#
# It has no reason to stop there. As the slope vanishes the momentum does, but so does the estimate
# of its size, and steps remain as long: BCOS goes back down the valley in zigzags. The rate has to
# fall.
#
# **It shines** where the start is steep and the way is gentle: :cell:`bcos rosenbrock 0.1`,
# :cell:`bcos leon 0.1`, :cell:`bcos matyas 0.1`. AdamW solves none of the three.
#
# **It fails** where the rate is longer than the minimum is wide: :cell:`bcos beale 0.3`, where
# AdamW needs :cost:`adamw beale 0.3`, and :cell:`bcos goldstein_price 0.3`, where it needs
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
