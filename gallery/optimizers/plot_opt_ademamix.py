r"""
AdEMAMix
========

Adam's mean of gradients goes back some ten steps. AdEMAMix keeps it, and adds a second mean, so
slow that the first gradient still counts in it when the last one comes.

.. optimizer-card:: ademamix

The update
----------

With :math:`g^{(t)}` the gradient at :math:`\theta^{(t-1)}`, and Adam's :math:`\hat m_1^{(t)}` and
:math:`\hat \nu^{(t)}`, corrected for their bias,

.. math::

   m_2^{(t)} &= \beta_3\, m_2^{(t-1)} + (1 - \beta_3)\, g^{(t)} \\
   \theta^{(t)} &= \theta^{(t-1)} - \eta \left(
   \frac{\hat m_1^{(t)} + \alpha\, m_2^{(t)}}{\sqrt{\hat \nu^{(t)}} + \epsilon}
   + \lambda\, \theta^{(t-1)}\right)

The slow mean is not corrected for its bias: it starts from nothing. With the default
:math:`\alpha = 2` and :math:`\beta_3 = 0.9999`, two hundred equal gradients bring it to 2 % of the
fast one, and :math:`\alpha` times it to 4 %. It is made for long training, where :math:`\alpha` and
:math:`\beta_3` may also be raised little by little; here neither is, unless one asks for it.
"""

import optgallery as og

slow = {"alpha": 10, "betas": (0.9, 0.999, 0.999)}
runs = [og.run("ademamix", "rosenbrock", lr=0.1, **mix) for mix in ({"alpha": 0}, {}, slow)]
og.animate(runs, size=300).show()

# %%
# What to see
# -----------
#
# Without the second mean, with the default, and with a weighty one. The first is Adam, and the
# second ends hardly farther on. In the third, two hundred equal gradients would let the slow mean
# push 1.8 times as hard as the fast one. For fifty steps it is only a little ahead. But on the
# valley's floor all gradients point the same way, the slow mean grows by each of them, and in the
# last hundred steps it goes more than half as far again as Adam does.
#
# What has been gathered has to be worn off again:

runs = [og.run("ademamix", "booth", lr=0.1, **mix) for mix in ({}, slow)]
og.animate(runs, size=300).show()

# %%
# The weighty mean brings the run down in 67 steps; the default needs 115. But then it does not
# stop. It has only seen gradients that point one way, runs on past the minimum until about step
# 120, and is still on its way back at the end.
#
# **It shines**, a little, where Adam's way is long and straight: :cell:`ademamix zakharov 0.03`
# ends below Adam, and :cell:`ademamix leon 0.3` needs seven steps less.
#
# **It fails** where Adam does: it is led into the same dent of :cell:`ademamix ackley 0.1`, and
# is as slow to start as Adam at a small rate, :cell:`ademamix booth 0.01`.
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("ademamix")
print(sweep)
