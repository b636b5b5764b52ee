r"""
Schedule-Free AdamW
===================

Adam's steps stay long until it has circled the minimum for a while. The mean of all iterates comes
to rest much sooner.
"""

import optgallery as og

runs = [og.run(name, "himmelblau", lr=1, steps=40) for name in ("adam", "schedule_free_adamw")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: schedule_free_adamw
#
# The update
# ----------
#
# .. optimizer-update:: schedule_free_adamw
#
# The gallery draws :math:`x`. Adam's :math:`\beta_1` averages gradients; here it is the weight of
# the average in the point where a gradient is taken. Weight decay and warm-up are off by default.
#
# What to see
# -----------
#
# The first step is the same: one unit along both axes. Adam's next three are as long; it shoots
# across the valley and moves erratically about the minimum. The second step of the mean is half as
# long and the next ones are no longer. It is more sideways, too, since there is no old gradient in
# it, and so it comes to another of the four minima. It runs a little past it, comes back, and after
# twenty steps is :distance:`runs[1] at 20 to 1 digit` away.
#
# **It shines** at large rates: :cell:`schedule_free_adamw himmelblau 1`, where Adam needs
# :cost:`adam himmelblau 1`, and :cell:`schedule_free_adamw beale 1`, which Adam does not solve.
#
# **It fails** where the way is long for the rate. The start counts as much in the mean as the last
# step does, until many steps outweigh it: :cell:`schedule_free_adamw sphere 0.1`, where Adam needs
# :cost:`adam sphere 0.1`, and :cell:`schedule_free_adamw rosenbrock 0.3`, where Adam ends at
# :value:`adam rosenbrock 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: schedule_free_adamw
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("schedule_free_adamw")
print(sweep)
