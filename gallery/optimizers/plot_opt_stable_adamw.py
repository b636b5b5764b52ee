r"""
StableAdamW
===========

Adam divides by the size of past gradients. When they grow, its steps grow with them, just where the
function becomes steep. StableAdamW measures by how much, and shortens the step by that.
"""

import optgallery as og

beside = og.run("adamw", "easom", lr=0.1, betas=(0.9, 0.99), steps=60)
stable = og.run("stable_adamw", "easom", lr=0.1, steps=60)
og.animate([beside, stable], size=300).show()

# %%
# .. optimizer-relatives:: stable_adamw
#
# The update
# ----------
#
# .. optimizer-update:: stable_adamw
#
# What to see
# -----------
#
# AdamW has StableAdamW's betas here, so that the brake is all that differs. The run starts on the
# plain, and every step towards the hole meets a larger gradient. From the fourth to the sixteenth
# step RMS is above 1.5, and StableAdamW has between a half and two thirds of AdamW's rate. AdamW
# first passes the bottom too far away to count, and needs :cost:`beside` steps. StableAdamW comes
# later, passes nearer, and needs :cost:`stable`. The brake acts only on the way in: beyond, where
# gradients grow no more, StableAdamW overshoots as far as AdamW.
#
# The brake acts on every slope that steepens, also on one that leads to the minimum:

beside = og.run("adamw", "gramacy_lee", lr=0.1, betas=(0.9, 0.99), steps=80)
stable = og.run("stable_adamw", "gramacy_lee", lr=0.1, steps=80)
og.animate([beside, stable], size=300).show()

# %%
# At first, while both drift outward over the plain and turn, they are the same. On the way back
# into the hole the gradients grow, and StableAdamW comes past the bottom some fifteen steps later.
#
# **It shines** where coming in slowly brings it nearer: :cell:`stable_adamw easom 0.1`,
# :cell:`stable_adamw drop_wave 0.3`. AdamW needs twice as many steps on both.
#
# **It fails** where it has to come from far out on a plain: :cell:`stable_adamw gramacy_lee 1`, and
# :cell:`stable_adamw gramacy_lee 0.01`; AdamW solves both.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: stable_adamw
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("stable_adamw")
print(sweep)
