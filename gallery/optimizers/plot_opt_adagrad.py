r"""
Adagrad
=======

Adagrad divides by the sum of all squared gradients. Each one makes all later steps along its axis
shorter, so that it slows down by itself, without a schedule.
"""

import optgallery as og

runs = [og.run(name, "abs_ravine", lr=0.3) for name in ("rmsprop", "adagrad")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adagrad
#
# The update
# ----------
#
# With :math:`s_0 = 0`, and :math:`g_t` the gradient at :math:`\theta_{t-1}`,
#
# .. math::
#
#    s_t &= s_{t-1} + g_t^2 \\
#    \theta_t &= \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon}
#
# for each coordinate by itself. The first step is :math:`\eta` along each axis. If the gradient
# stays the same, the step number :math:`t` is :math:`\eta / \sqrt t`, and :math:`t` of them cover
# about :math:`2 \eta \sqrt t`: for twice the way it takes four times the steps. In the paper a
# constant :math:`\delta` stands where torch has :math:`\epsilon`; ``lr_decay``, 0 here, is torch's.
#
# What to see
# -----------
#
# The slopes of this ravine are the same everywhere, one ten times the other. Both optimizers divide
# by them, and go down on the diagonal. RMSprop does not slow down: its steps begin long and never
# become shorter than the rate along an axis, and so it leaps across the minimum until the end.
# Adagrad's begin at :length:`runs[1] at 1 along x` and shrink: the thirtieth is
# :length:`runs[1] at 30 along x`. It meets the crease, turns, and follows it to the minimum.
#
# **It shines** at large rates, which it brings down itself: :cell:`adagrad himmelblau 1`,
# :cell:`adagrad goldstein_price 1`, :cell:`adagrad beale 1`. RMSprop at 1 climbs or gets nowhere on
# the last two.
#
# **It fails** where the way is steep first and flat later. What it summed up on the wall is never
# taken back, and on the floor it hardly moves: :cell:`adagrad rosenbrock 0.1`,
# :cell:`adagrad matyas 0.1`. At small rates it gets nowhere at all: 200 equal gradients carry it
# 27 times the rate, where a steady pace would make 200: :cell:`adagrad sphere 0.01`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adagrad
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adagrad")
print(sweep)
