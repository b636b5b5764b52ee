r"""
DiffGrad
========

A gradient that stays the same means that the minimum is far, one that changes that it is near.
DiffGrad halves Adam's step for the first and leaves it whole for the second.
"""

import optgallery as og

runs = [og.run(name, "abs_ravine", lr=0.3, steps=100) for name in ("adam", "diffgrad")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: diffgrad
#
# The update
# ----------
#
# .. optimizer-update:: diffgrad
#
# Where the gradient changes by 1, the coefficient is 0.73, and where it changes by 5, 0.99.
# Multiply Booth's function by a thousand, and DiffGrad is all but Adam on it.
#
# What to see
# -----------
#
# On this function the gradient is the same all the way down. Adam takes full steps of 0.3 in both
# coordinates. DiffGrad takes one nearly full step in :math:`y`, because the gradient before the
# first counts as 0, and half steps from then on. After ten steps Adam has crossed the crease, and
# DiffGrad has come about half as far. In the crease the gradient jumps, the brake is off for a
# step, and DiffGrad overshoots almost as far as Adam. Along the crease nothing jumps yet: it runs
# past the middle to :math:`x =` :point:`runs[1] at right along x`, and Adam to
# :point:`runs[0] at right along x`.
#
# **It shines** where half of Adam's pace is the better one: :cell:`diffgrad abs_ravine 0.1`, where
# Adam does not get near enough, and :cell:`diffgrad bohachevsky_1 0.3`, where Adam is carried over
# into the next hollow.
#
# **It fails** on long gentle slopes, where the gradient seldom changes by as much as 1 from step to
# step, and the brake stays on: :cell:`diffgrad booth 0.1`, where Adam needs :cost:`adam booth 0.1`,
# and :cell:`diffgrad matyas 0.3`, where Adam needs :cost:`adam matyas 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: diffgrad
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("diffgrad")
print(sweep)
