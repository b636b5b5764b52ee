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
# The border can be computed. Booth's function is quadratic, the largest eigenvalue of its second
# derivative is 18, and gradient descent is stable below :math:`2 / 18 \approx 0.111`, wherever it
# starts. For most functions the border moves with the place, and nobody knows it. That is why every
# optimizer in this gallery is shown at seven learning rates, the same for all.

og.plot_loss(runs)
plt.show()

# %%
# The rate that is best lies close to the border: 0.1 needs 16 gradients where 0.03 needs 55. One
# rate further, at 0.3, the run ends at a value with more than 250 digits.

sweep = og.sweep("sgd", "booth")
print(sweep)
