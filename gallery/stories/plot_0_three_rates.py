r"""
Too small, right, too large
===========================

One optimizer, one function, one start. Only the learning rate differs, and it decides everything.
"""

import matplotlib.pyplot as plt

import optgallery as og

runs = [og.run("sgd", "booth", lr=lr, steps=60) for lr in (0.003, 0.03, 0.115)]
og.animate(runs, size=300).show()

# %%
# Gradient descent multiplies the gradient by the learning rate and takes that as its step. At 0.003
# it creeps: the direction is right, sixty steps are not enough. At 0.03 it arrives. At 0.115 it
# crosses the valley with every step, and each crossing is a little longer than the one before.
#
# The limit can be computed. Booth's function is quadratic, the largest eigenvalue of its Hessian is
# 18, and gradient descent is stable below :math:`2 / 18 \approx 0.111`, wherever it starts. For
# most functions the limit depends on the point, and is unknown. That is why every optimizer in this
# gallery is shown at seven learning rates, the same for all.

og.plot_loss(runs)
plt.show()

# %%
# The best rate lies close to that limit: 0.1 needs :cost:`sgd booth 0.1` gradient evaluations where
# 0.03 needs :cost:`runs[1]`. One rate further, at 0.3, the run ends at a value of
# :value:`sgd booth 0.3 to 1 digit`.

sweep = og.sweep("sgd", "booth")
print(sweep)
