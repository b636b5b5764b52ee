r"""
LARS
====

On a steep wall momentum takes a step in proportion, and may never come back. LARS divides each
gradient by its own length before it adds it to the velocity: steep and flat count alike.
"""

import optgallery as og

settings = [("momentum", 0.003), ("lars", 0.01)]
runs = [og.run(name, "rosenbrock", lr=lr, steps=140) for name, lr in settings]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: lars
#
# The update
# ----------
#
# .. optimizer-update:: lars
#
# The paper's :math:`\eta` is 0.001. The gallery takes 1, so that the rate :math:`\gamma` is what
# each gradient adds, as a share of the distance from the origin.
#
# What to see
# -----------
#
# The wall's gradient throws momentum across the valley in its first step, and from wall to wall for
# a while; at three times the rate it would have diverged. LARS's first step is
# :length:`runs[1] at 1` long, a hundredth of its distance from the origin, and the longest is four
# times that. Once it has found the floor it follows it closely.
#
# **It shines** where gradients are large: :cell:`lars rosenbrock 0.1`. And it hits the origin at
# once if the gradient points there, for at a rate of 1 the first step has just that length:
# :cell:`lars sphere 1`, :cell:`lars salomon 1`, :cell:`lars drop_wave 1`.
#
# **It fails** to stay near. The velocity sums up to ten of these steps, and they grow with the
# distance. On the eggholder the first is :length:`lars eggholder 0.1 at 1` long already. It leaves,
# and the farther out it is, the faster it goes: :cell:`lars eggholder 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: lars
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("lars")
print(sweep)
