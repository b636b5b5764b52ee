r"""
NAdam
=====

Nesterov's momentum applies the next step's momentum in this one. NAdam builds that into Adam; the
effect is that the newest gradient counts for much more.
"""

import optgallery as og

runs = [og.run(name, "himmelblau", lr=0.3, steps=60) for name in ("adam", "nadam")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: nadam
#
# The update
# ----------
#
# With :math:`\psi`, which torch calls ``momentum_decay``,
#
# .. math::
#
#    \mu_t &= \beta_1 \left(1 - \tfrac{1}{2} \cdot 0.96^{\,t \psi}\right) \\
#    m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
#    v_t &= \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2 \\
#    \bar m_t &= \frac{\mu_{t+1}\, m_t}{1 - \prod_{i=1}^{t+1} \mu_i}
#    + \frac{(1 - \mu_t)\, g_t}{1 - \prod_{i=1}^{t} \mu_i} \\
#    \theta_t &= \theta_{t-1} - \alpha\, \frac{\bar m_t}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}
#
# In the paper :math:`m_t` too decays by :math:`\mu_t`; in torch, by :math:`\beta_1`. Here
# :math:`\mu_t` begins at 0.45, and two hundred steps later it is 0.46: more than half of the weight
# is the newest gradient's. Adam gives it a tenth.
#
# What to see
# -----------
#
# Adam arrives with the momentum of the whole way, runs past the minimum and circles it. NAdam turns
# with the slope at once, and comes to rest without circling it once.
#
# **It shines** at rates where Adam overshoots: :cell:`nadam himmelblau 0.3`, :cell:`nadam booth 1`.
#
# **It fails** where averaging was what helped. At a large rate nothing damps a jump from one wall
# of a valley to the other: :cell:`nadam himmelblau 1` goes back and forth between nearly the same
# two points until the end. And it lacks the momentum to leave a shallow basin:
# :cell:`nadam goldstein_price 0.3` ends in a local minimum that Adam at the same rate leaves.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: nadam
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("nadam")
print(sweep)
