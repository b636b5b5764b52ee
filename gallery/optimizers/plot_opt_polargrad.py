r"""
PolarGrad
=========

Muon forgets how large the gradient is. PolarGrad multiplies Muon's direction by the sum of the
singular values, so that steps become short where slopes do, and a run can come to rest.
"""

import optgallery as og

muon = og.run("muon", "three_hump_camel", lr=0.1, steps=250, weight_decay=0.0)
polargrad = og.run("polargrad", "three_hump_camel", lr=0.1, steps=250)
og.animate([muon, polargrad], size=300).show()

# %%
# .. optimizer-relatives:: polargrad
#
# The update
# ----------
#
# .. optimizer-update:: polargrad
#
# The gallery's row has one singular value, its length, and PolarGrad is gradient descent with a
# momentum of 0.95, at a twentieth of the rate. What it does to a matrix cannot be seen in the
# plane.
#
# What to see
# -----------
#
# Muon comes down the slope in steps of equal length, and at the minimum they are still as long: it
# goes round and round. PolarGrad's steps become three times as long while its average fills, for
# the slope is steep. It runs past the minimum and turns, and each swing is shorter than the last.
# At the end it is :distance:`polargrad` away, and Muon :distance:`muon`.
#
# **It shines** where slopes tell how far the minimum is: :cell:`polargrad sphere 0.3`,
# :cell:`polargrad booth 0.1`, :cell:`polargrad himmelblau 0.01`.
#
# **It fails** where they are steep. No step is too long for it:
# :cell:`polargrad goldstein_price 0.1`, :cell:`polargrad freudenstein_roth 1`, which Muon survives.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: polargrad
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("polargrad")
print(sweep)
