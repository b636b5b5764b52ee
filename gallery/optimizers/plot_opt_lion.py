r"""
Lion
====

All steps are equally long. That makes Lion independent of the steepness, and unable to stop.
"""

import optgallery as og

runs = [og.run(name, "sphere", lr=0.3, steps=60) for name in ("adam", "lion")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: lion
#
# The update
# ----------
#
# .. optimizer-update:: lion
#
# With :math:`\beta_1 = 0.9` a tenth of what decides the sign is the newest gradient, and with
# :math:`\beta_2 = 0.99` only a hundredth of what is remembered. The decay :math:`\lambda` is 0
# here.
#
# What to see
# -----------
#
# Lion goes on diagonals, for both coordinates move by 0.3. Each turns late, since the moving
# average still remembers the way down: :math:`x` goes on to
# :point:`runs[1] at right along x to 1 digit`. Adam overshoots as well, but its steps shrink with
# the gradient. Lion's do not, and once it has come back it steps to and fro between the same places
# to the end.
#
# Along a flat floor the same steps are fast:

runs = [og.run(name, "beale", lr=0.1, steps=60) for name in ("adam", "lion")]
og.animate(runs, size=300).show()

# %%
# Adam slows down with the slope. Lion is there after half of the steps, and goes on, out of the
# picture.
#
# **It shines** on long, gentle ways: :cell:`lion rotated_quadratic 0.1` and
# :cell:`lion matyas 0.1`, neither of which Adam solves at that rate.
#
# **It fails** where the rate is longer than the minimum is wide: :cell:`lion sphere 0.3`, where
# Adam needs :cost:`adam sphere 0.3`, :cell:`lion beale 0.3`, where it needs :cost:`adam beale 0.3`.
# A falling rate ends that: :doc:`/stories/plot_6_falling_rate`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: lion
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("lion")
print(sweep)
