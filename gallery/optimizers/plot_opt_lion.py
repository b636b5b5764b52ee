r"""
Lion
====

Every step is as long as every other. That makes Lion indifferent to how steep it is, and unable to
stop.

.. optimizer-card:: lion

The update
----------

With :math:`g_t` the gradient at :math:`\theta_{t-1}`, and :math:`m_0 = 0`,

.. math::

   c_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t \\
   \theta_t &= \theta_{t-1} - \eta\, \mathrm{sign}(c_t) \\
   m_t &= \beta_2 m_{t-1} + (1 - \beta_2)\, g_t

With :math:`\beta_1 = 0.9` a tenth of what steers is the newest gradient, and with
:math:`\beta_2 = 0.99` only a hundredth of what is remembered.
"""

import optgallery as og

runs = [og.run(name, "sphere", lr=0.3, steps=60) for name in ("adam", "lion")]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# Lion goes on diagonals, for both coordinates move by 0.3. Each turns late, since the mean still
# remembers the way down: the first passes 0 at step 14 and goes on to 2. Adam overshoots as well,
# but its steps shrink with the gradient. Lion's do not, and once it has come back it steps to and
# fro between the same places to the end.
#
# Along a flat floor the same stubbornness is speed:

runs = [og.run(name, "beale", lr=0.1, steps=60) for name in ("adam", "lion")]
og.animate(runs, size=300).show()

# %%
# Adam slows down with the slope. Lion is there after half of the steps, and walks on, out of the
# picture.
#
# **It shines** on long, gentle ways: :cell:`lion rotated_quadratic 0.1` and
# :cell:`lion matyas 0.1`, neither of which Adam solves at that rate.
#
# **It fails** where the rate is longer than the minimum is wide: :cell:`lion sphere 0.3`, where
# Adam needs 56, :cell:`lion beale 0.3`, where it needs 29.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("lion")
print(sweep)
