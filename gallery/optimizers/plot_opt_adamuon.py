r"""
AdaMuon
=======

AdaMuon orthogonalizes the signs of the momentum, divides each element by its root mean square, as
Adam does, and makes all steps as long as Adam's are.
"""

import optgallery as og

runs = [
    og.run("muon", "leon", lr=0.1, steps=100, weight_decay=0.0),
    og.run("adamuon", "leon", lr=0.3, steps=100),
]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adamuon
#
# The update
# ----------
#
# .. optimizer-update:: adamuon
#
# What to see
# -----------
#
# Two coordinates are one row, and a row of signs has elements of equal size. Neither the rounds nor
# the second moment can change that: what is left is a sign. Every step moves both coordinates by a
# fifth of the rate, here :length:`runs[1] at 5 along x`, on one of the four diagonals, where Muon
# may go anywhere. In the plane AdaMuon is Lion, at a fifth of the rate, with 0.9025 and 0.95 for
# its two averages:

lion = og.run("lion", "leon", lr=0.06, steps=100, betas=(0.95**2, 0.95), weight_decay=0.05)
og.animate([runs[1], lion], size=300).show()

# %%
# The two paths are one. They come near the minimum and turn back in the valley, for a step never
# gets shorter. On a matrix with more rows and columns the signs are orthogonalized together, and
# the elements of a step differ.
#
# **It shines** where slopes are steep, for it does not see how steep: :cell:`adamuon leon 0.3`,
# :cell:`adamuon goldstein_price 0.3`, :cell:`adamuon freudenstein_roth 0.3`.
#
# **It fails** at rates that suit Muon, since it moves a fifth of them: :cell:`adamuon sphere 0.03`,
# :cell:`adamuon rosenbrock 0.03`. At large ones it jumps across: :cell:`adamuon rosenbrock 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adamuon
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adamuon")
print(sweep)
