r"""
How a rate moves
================

Multiply a loss by four, or measure its parameters in other units: by what power of the factor does
the learning rate have to move, so that the path stays the same?
"""

import matplotlib.pyplot as plt

import optgallery as og

few = [og.rate_transfer(name, lr=0.003) for name in ("sgd", "madgrad", "adam", "lars")]
og.plot_rate_transfer(few)
plt.show()

# %%
# For gradient descent the answer is in its units. A step is the rate times the gradient; on
# :math:`c f` the gradient is :math:`c` times as long, so that the rate goes with :math:`c^{-1}`. On
# :math:`f(x / s)` the gradient is :math:`1 / s` as long, and the step should be :math:`s` times as
# long: the rate goes with :math:`s^2`. Adam divides by the size of its gradients. Only the length
# of its step is left, which is the rate: exponents 0 and 1. LARS and LAMB step by a share of the
# parameter's norm, and AdaHessian divides by curvature, as Newton's method does: 0 and 0, no rate
# to move.

for transfer in few:
    print(transfer, end="\n\n")

# %%
# Every optimizer
# ---------------

transfers = [og.rate_transfer(name, lr=0.003) for name in og.OPTIMIZERS]
og.plot_rate_transfer(transfers)
plt.show()

# %%
# An open mark means that no rate gives the same path, so that the exponent is only that of the
# nearest one. AdamW's decay is one reason: it multiplies the parameters by a number that depends on
# the rate but not on the unit. RAdam takes plain momentum steps at first, and AdaBound ends as SGD,
# so both have two units in one rate.
#
# The column at the right says whether the path turns with the function when that is rotated by 30
# degrees. For methods that treat each coordinate by itself it does not; the number is how far the
# path is from the rotated one, as a share of its size.
