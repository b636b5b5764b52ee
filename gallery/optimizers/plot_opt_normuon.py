r"""
NorMuon
=======

An orthogonal matrix need not have rows of equal length. NorMuon evens them out after Muon's
orthogonalization, so that each neuron of a layer moves equally far over time.
"""

import optgallery as og

muon = og.run("muon", "goldstein_price", lr=0.1, steps=60, weight_decay=0.0)
normuon = og.run("normuon", "goldstein_price", lr=0.1, steps=60)
og.animate([muon, normuon], size=300).show()

# %%
# .. optimizer-relatives:: normuon
#
# The update
# ----------
#
# .. optimizer-update:: normuon
#
# In the gallery :math:`x` and :math:`y` are a column: two neurons of one weight each, so that there
# are rows to even out. Orthogonalizing a column only makes it 0.7 long; then each coordinate is
# divided by its own root mean square. As a row, which Muon has in the gallery, the two would have
# one second moment, and the path would be Muon's.
#
# What to see
# -----------
#
# Both begin with the same momentum. Muon moves along it, straight through the basin and on into the
# flat corner: whatever the slope, a step is 0.07 long. NorMuon's step is longer by the root of two,
# which is the factor for a matrix twice as tall as wide, and its direction is another: it begins on
# a diagonal, as signs would, and later a coordinate that was small is enlarged. It turns and comes
# down into the basin of the minimum, in :cost:`normuon` gradient evaluations.
#
# **It shines** where one slope is much steeper than the other, as here. At none of the gallery's
# rates does Muon solve this function; NorMuon does at three: :cell:`normuon goldstein_price 0.03`,
# :cell:`normuon goldstein_price 0.1`, :cell:`normuon goldstein_price 0.3`.
#
# **It fails** to settle, as Muon does: :cell:`normuon rosenbrock 0.3`, :cell:`normuon leon 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: normuon
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("normuon")
print(sweep)
