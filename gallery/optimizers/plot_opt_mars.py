r"""
MARS
====

The difference of two gradients tells where the gradient is going. MARS adds a share of it before
averaging, and so begins to turn while AdamW's average still points the old way.
"""

import optgallery as og

settings = [("adamw", {}), ("mars", {"gamma": 0}), ("mars", {})]
runs = [og.run(name, "rotated_quadratic", lr=0.3, steps=60, **more) for name, more in settings]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: mars
#
# The update
# ----------
#
# .. optimizer-update:: mars
#
# With the defaults, :math:`\gamma = 0.025` and :math:`\beta_1 = 0.95`, 0.475 times the change is
# added. It is there to cancel the noise of batches. Here there is no noise, and what remains acts
# on the path.
#
# What to see
# -----------
#
# AdamW runs up the opposite wall and oscillates along the valley. MARS without the difference, in
# the middle, has only the bound and its own betas, and oscillates as well. With the difference it
# does not: as it comes down the wall, the slope across the valley shrinks from step to step, and
# the difference points back. The path meets the floor in two steps and does not leave it again. It
# has solved the function after :cost:`runs[2]` steps, the one in the middle not within these sixty.
# Along the floor the slope changes little, and nothing brakes: it runs on past the minimum, and
# comes back.
#
# Where the first gradients are huge, the bound matters by itself. They are clipped to length 1, the
# root mean square stays small, and later steps stay long:

runs = [og.run(name, "rosenbrock", lr=0.1, steps=100, **more) for name, more in settings]
og.animate(runs, size=300).show()

# %%
# AdamW still divides by the slope of the wall that it started on. Both others reach the minimum
# within these hundred steps.
#
# **It shines** in valleys: :cell:`mars rotated_quadratic 1`, :cell:`mars zakharov 1`,
# :cell:`mars rosenbrock 0.1`.
#
# **It fails** where overshooting is the way out of a local minimum: :cell:`mars bohachevsky_1 0.1`
# and :cell:`mars goldstein_price 0.3`, which AdamW solves.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: mars
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("mars")
print(sweep)
