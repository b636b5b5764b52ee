r"""
NovoGrad
========

Adam keeps a second moment for every coordinate. NovoGrad keeps one for all, a moving average of the
gradient's squared length, and begins it with the very first gradient.
"""

import optgallery as og

runs = [og.run("novograd", "easom", lr=lr) for lr in (0.003, 0.01)]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: novograd
#
# The update
# ----------
#
# .. optimizer-update:: novograd
#
# The first step has the length :math:`\lambda`. While gradients keep their direction and size,
# steps grow to 20 times that.
#
# What to see
# -----------
#
# It starts on Easom's plain, with a gradient of length :slope:`runs[0] at start`. Then comes the
# hole, whose walls are nearly forty times as steep. The second moment follows by a fiftieth in each
# step, so gradients enter the sum with a length of more than four, and steps become more than
# thirty times as long as the first. At a rate of 0.003 the far wall turns it back. At 0.01 it is
# out again in twenty steps, and on the plain beyond only the decay of the sum slows it down.
#
# **It shines** where even steps over long distances are needed, whatever the slope:
# :cell:`novograd eggholder 0.3`, :cell:`novograd schwefel 0.3`.
#
# **It fails** where the function is flat at the start and steep later: :cell:`novograd easom 0.01`,
# :cell:`novograd gramacy_lee 0.01`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: novograd
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("novograd")
print(sweep)
