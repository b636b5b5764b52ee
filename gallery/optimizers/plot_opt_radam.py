r"""
RAdam
=====

Adam divides by a second moment that at first is an average over very few gradients, and unreliable.
RAdam measures how large its variance is. Until that is small enough, it does not divide at all.
"""

import optgallery as og

run = og.run("radam", "rosenbrock", lr=0.003, steps=60)
og.animate(run).show()

# %%
# .. optimizer-relatives:: radam
#
# The update
# ----------
#
# With Adam's averages :math:`m_t` and :math:`v_t`, and the length of the longest average that is
# possible, :math:`\rho_\infty = 2 / (1 - \beta_2) - 1`,
#
# .. math::
#
#    \rho_t &= \rho_\infty - \frac{2\,t\,\beta_2^t}{1 - \beta_2^t} \\
#    r_t &= \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\,\rho_\infty}
#                      {(\rho_\infty - 4)(\rho_\infty - 2)\,\rho_t}} \\
#    \theta_t &= \theta_{t-1} - \alpha\,\frac{m_t}{1 - \beta_1^t} \cdot \begin{cases}
#    r_t \sqrt{1 - \beta_2^t} / (\sqrt{v_t} + \epsilon) & \rho_t > 5 \\
#    1 & \text{otherwise}
#    \end{cases}
#
# The paper divides from :math:`\rho_t > 4` on; torch waits for 5. With :math:`\beta_2 = 0.999` that
# is the sixth step, where :math:`r_t` is 0.026; after two hundred steps it is still only 0.31.
#
# What to see
# -----------
#
# Five steps in proportion to the gradient, which is large: over the valley's floor, up its wall and
# back. Then the division begins, the sixth step is 0.026 times one of Adam's, and the point all but
# stands still.
#
# **It shines** where the first five steps cover most of the way. On Ackley's function they pass
# over the dents, in the first of which it is caught at smaller rates: :cell:`radam ackley 0.3`,
# :cell:`radam ackley 0.1`.
#
# **It fails** where gradients are so large that five such steps lead away. The division begins with
# the sixth, and by then it can be too late: :cell:`radam goldstein_price 0.001`,
# :cell:`radam rosenbrock 0.03`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: radam
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("radam")
print(sweep)
