r"""
Too small, right, too large
===========================

One optimizer, one function, one start. Only the learning rate differs, and it decides everything.

.. predict:: Gradient descent multiplies the gradient by the learning rate, and takes that as its
   step. Here are three rates: 0.003, 0.03 and 0.115, about four times the one before. Which of them
   is closest to the minimum after 60 steps, and which is farthest away?

   0.03 is closest: it arrives. 0.003 is still on its way: the direction is right, sixty steps are
   not enough. And 0.115 is farther away than it was: it crosses the valley with every step, and
   each crossing is a little longer than the one before. Its value is :value:`runs[2]` now; at the
   start it was :value:`runs[2] at start`.
"""

import optgallery as og

runs = [og.run("sgd", "booth", lr=lr, steps=60) for lr in (0.003, 0.03, 0.115)]
og.animate(runs, size=300).show()

# %%
# **The limit can be computed.** Booth's function is quadratic, the largest eigenvalue of its
# Hessian is 18, and gradient descent is stable below :math:`2 / 18 \approx 0.111`, wherever it
# starts. The best rate lies close to that limit: 0.1 needs :cost:`sgd booth 0.1` gradient
# evaluations where 0.03 needs :cost:`runs[1]`. One rate further, at 0.3, the run ends at a value of
# :value:`sgd booth 0.3 to 1 digit`. For most functions the limit depends on the point, and is
# unknown. That is why every optimizer in this gallery is shown at seven rates, the same for all:

sweep = og.sweep("sgd", "booth")
print(sweep)

# %%
# :explorer:`Change the rate yourself
# <fn=booth&run=sgd@0.003&run=sgd@0.03&run=sgd@0.1&run=sgd@0.3>`, with the same start in the
# explorer. Next: :doc:`plot_momentum`
#
# .. _rates-of-training:
#
# Why training needs smaller rates
# --------------------------------
#
# Rates of 0.1 are common here; networks are trained at 0.001, Adam's default, and less.
# *Curvature*: the limit above is 2 divided by the sharpness, and a network's sharpness may be in
# the hundreds: in training by gradient descent it often grows until the rate is at the limit
# (`Cohen et al., 2021 <https://arxiv.org/abs/2103.00065>`__). *Dimension*: Adam moves each
# coordinate by about the rate, so that a step in :math:`d` dimensions is :math:`\sqrt d` times as
# long. At 0.1 that is 0.14 here; the 175 billion parameters of GPT-3 at its rate of 0.00006 (`Brown
# et al., 2020 <https://arxiv.org/abs/2005.14165>`__, table 2.1) make it 25. *Noise*: gradients of
# mini-batches are noisy, and the smaller the rate, the more of the noise is averaged out:
# :doc:`plot_7_noise`. *Steps*: a run here has two hundred, and needs long ones to arrive at all.
