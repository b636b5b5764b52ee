r"""
QHM
===

A moving average over a thousand steps is very steady, and far too late to follow. QHM steps by the
newest gradient and by that average together.
"""

import optgallery as og

runs = [og.run("qhm", "booth", lr=0.1, steps=100, **share) for share in ({"nu": 0}, {"nu": 1}, {})]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: qhm
#
# The update
# ----------
#
# .. optimizer-update:: qhm
#
# The paper advises :math:`\beta = 0.999` and :math:`\nu = 0.7`. The average has no bias correction:
# after 200 steps on an even slope it has come to 0.18 of the gradient.
#
# What to see
# -----------
#
# With :math:`\nu = 0` it is gradient descent: the step across the valley is almost twice too long,
# and the path zigzags. With :math:`\nu = 1` it is the average alone, which for a long time is next
# to nothing; then it speeds up, and nothing brakes it. The third, the default, takes three tenths
# of the gradient. That is a step short enough to go down the wall without crossing the floor. The
# average comes to point down the valley, carries the point past the minimum in the end, and decays
# so slowly that the point stays there.
#
# **It shines** where gradient descent goes too far. At first three tenths of a gradient are nearly
# all there is in a step, and the rate may be three times as large: :cell:`qhm booth 0.3`,
# :cell:`qhm sphere 1`, both too much for SGD.
#
# **It fails** for the same reason where the rate is right already: :cell:`qhm booth 0.1`, where SGD
# needs :cost:`sgd booth 0.1`. In two hundred steps the average never makes up for its seven tenths:
# :cell:`qhm rotated_quadratic 0.03`, where SGD ends at :value:`sgd rotated_quadratic 0.03`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: qhm
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("qhm")
print(sweep)
