r"""
Schedule-Free SGD
=================

An average of iterates is smooth, but lags behind. Here it also takes part: the point where the next
gradient is taken is nine tenths of the average.
"""

import optgallery as og

settings = [("sgd", 0.1), ("schedule_free_sgd", 0.1), ("schedule_free_sgd", 0.3)]
runs = [og.run(name, "booth", lr=lr, steps=60) for name, lr in settings]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: schedule_free_sgd
#
# The update
# ----------
#
# .. optimizer-update:: schedule_free_sgd
#
# The gallery draws :math:`x`. Here :math:`\beta = 0.9`, and there is no warm-up.
#
# What to see
# -----------
#
# The first step is the same. From then on SGD zigzags, and the average of zigzags is a smooth path
# down the valley. It passes the minimum and comes back slowly, because :math:`z` is far ahead of
# it.
#
# At 0.3 SGD would diverge. Here the first three steps are wild too: a mean of two or three points
# follows the last of them. But its share in the mean falls, and as :math:`x` becomes inert, a jump
# of :math:`z` moves the place of the gradient by only a tenth. SGD is stable while
# :math:`\gamma \lambda` is below 2, this in the long run below 20. At 1, which is 18 on Booth's
# function, the run first goes :distance:`schedule_free_sgd booth 1 at farthest to 1 digit` away:
# :cell:`schedule_free_sgd booth 1`.
#
# **It shines** at rates that are too large for SGD: :cell:`schedule_free_sgd booth 0.3`,
# :cell:`schedule_free_sgd rotated_quadratic 0.3`.
#
# **It fails** to forget where it came from. Where SGD's rate is right, the mean arrives later:
# :cell:`schedule_free_sgd himmelblau 0.01`, where SGD needs :cost:`sgd himmelblau 0.01`. And where
# walls steepen it diverges before the mean has become inert:
# :cell:`schedule_free_sgd zakharov 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: schedule_free_sgd
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("schedule_free_sgd")
print(sweep)
