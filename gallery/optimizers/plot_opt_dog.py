r"""
DoG
===

DoG is gradient descent without a step size to tune. The farther it is from its start, the longer
its steps; the larger the gradients so far, the shorter.
"""

import optgallery as og

guesses = (1e-6, 1e-4, 1e-2)
runs = [og.run("dog", "himmelblau", lr=1.0, reps_rel=rho, steps=120) for rho in guesses]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: dog
#
# The update
# ----------
#
# .. optimizer-update:: dog
#
# The first step is :math:`r_\epsilon` long, by default some millionths. The learning rate :math:`c`
# multiplies every step, and is meant to be 1. The paper returns an average of the iterates; here,
# as in the authors' package, it is the last one.
#
# What to see
# -----------
#
# From left to right the first step is a hundred times as long. All three end in the same minimum,
# after :cost:`runs[0]`, :cost:`runs[1]` and :cost:`runs[2]` gradient evaluations. While the
# gradient stays as it is, each step multiplies the distance, by 1.7 at first and by 1.2 after
# twenty steps, and so a first step a hundred times shorter costs little more than twenty. After a
# long first step few gradients have been summed when the slope steepens. Its step 18 is
# :length:`runs[2] at 18` long and goes far past the minimum, while the shortest start has no step
# as long as 1.
#
# The sum under the root never shrinks, and one rate serves all directions:

runs = [og.run(name, "rotated_quadratic", lr=1.0) for name in ("adam", "dog")]
og.animate(runs, size=300).show()

# %%
# DoG takes some fifty steps to come down the wall. Then only the slope along the floor is left, and
# it is small beside the sum so far. The steps are about a hundredth long, and the minimum is
# :distance:`runs[1] at 60 to 1 digit` away.
#
# **It shines** in round basins, at whatever distance: :cell:`dog schwefel 1`,
# :cell:`dog himmelblau 1`, :cell:`dog schaffer_n4 1`.
#
# **It fails** in valleys, :cell:`dog rotated_quadratic 1`, :cell:`dog rosenbrock 1`; and with any
# other learning rate than the one that is meant: :cell:`dog himmelblau 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: dog
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("dog")
print(sweep)
