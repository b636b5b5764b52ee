r"""
Yogi
====

After large gradients Adam's steps are small, and grow again as it forgets them. Yogi forgets more
slowly, and the more slowly the smaller the gradients have become.
"""

import optgallery as og

runs = [og.run(name, "himmelblau", lr=1.0, betas=(0.9, 0.9)) for name in ("adam", "yogi")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: yogi
#
# The update
# ----------
#
# .. optimizer-update:: yogi
#
# What to see
# -----------
#
# With a :math:`\beta_2` of 0.9 Adam forgets in ten steps. The first ten steps are nearly the same.
# But then Adam's :math:`v_t` shrinks along with the gradients, its steps stay long, and it moves
# about the minimum to the end. Yogi's :math:`v_t` remembers the slope it came down, and its steps
# shrink.
#
# On a long flat floor the same memory slows it down:

runs = [og.run(name, "rosenbrock", lr=0.3, betas=(0.9, 0.9)) for name in ("adam", "yogi")]
og.animate(runs, size=300).show()

# %%
# The walls' gradients stay in Yogi's :math:`v_t`, and the floor's are too small to reduce it.
#
# **It shines** and **it fails** elsewhere much as Adam does: with the default of 0.999 Adam too
# keeps four fifths of its :math:`v_t` over two hundred steps. :cell:`yogi booth 0.3`: Adam needs
# :cost:`adam booth 0.3`. The two differ where gradients are small from the start, and Yogi's first
# steps with them: :cell:`yogi easom 1`, where Adam needs :cost:`adam easom 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: yogi
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("yogi")
print(sweep)
