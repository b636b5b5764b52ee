r"""
Cautious AdamW
==============

Past a minimum, momentum goes on uphill until it has decayed. Cautious AdamW looks at each
coordinate's sign: where momentum and gradient disagree, it does not move at all.
"""

import optgallery as og

runs = [og.run(name, "sphere", lr=0.3, steps=50) for name in ("adamw", "cautious_adamw")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: cautious_adamw
#
# The update
# ----------
#
# .. optimizer-update:: cautious_adamw
#
# The paper writes :math:`\xi = 1`; the authors' code, and this one, have 0.
#
# What to see
# -----------
#
# Until :math:`y` is just past 0 both are the same. AdamW's momentum runs on and round the minimum.
# Cautious AdamW holds :math:`y` where it is, and the path turns level: three double steps in
# :math:`x`. Then :math:`x` is past 0 too. No sign agrees any more, and for some twenty steps only
# the weight decay moves the point, until the averages have turned.
#
# What is cut off here is useless. It is not always:

runs = [og.run(name, "ackley", lr=0.3, steps=100) for name in ("adamw", "cautious_adamw")]
og.animate(runs, size=300).show()

# %%
# AdamW is carried uphill, out of the first dent and over the next ones. Cautious AdamW never goes
# uphill, and stays in the dent that it met first.
#
# **It shines** where AdamW circles a minimum: :cell:`cautious_adamw sphere 0.3`, where AdamW needs
# :cost:`adamw sphere 0.3`, and :cell:`cautious_adamw himmelblau 0.3`, where it needs
# :cost:`adamw himmelblau 0.3`.
#
# **It fails** where the way to the minimum goes uphill first: :cell:`cautious_adamw ackley 0.3`,
# :cell:`cautious_adamw goldstein_price 0.1`, :cell:`cautious_adamw drop_wave 0.3`. AdamW solves all
# three.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: cautious_adamw
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("cautious_adamw")
print(sweep)
