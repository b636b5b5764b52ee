r"""
ASGD
====

Where gradients are noisy, SGD ends in a cloud of points. The mean of the cloud is a better answer
than any point of it, and ASGD keeps that mean beside the parameters.
"""

import torch

import optgallery as og


class Average(torch.optim.ASGD):
    def train(self):
        (p,) = self.param_groups[0]["params"]
        p.data = self.state[p].get("theta", p.data)

    def eval(self):
        (p,) = self.param_groups[0]["params"]
        self.state[p]["theta"] = p.data
        p.data = self.state[p]["ax"].clone()


booth = og.functions.noisy("booth", 5)
runs = [og.run("asgd", booth, lr=0.1, **options) for options in ({}, {"lambd": 0.1})]
average = og.run(Average, booth, lr=0.1, t0=20)
og.animate([*runs, average], size=300).show()

# %%
# .. optimizer-relatives:: asgd
#
# The update
# ----------
#
# With :math:`g_t` the gradient at :math:`\theta_{t-1}`, :math:`\alpha = 0.75` and
# :math:`\eta_0 = \gamma`,
#
# .. math::
#
#    \theta_t &= (1 - \lambda \eta_{t-1})\, \theta_{t-1} - \eta_{t-1}\, g_t \\
#    \eta_t &= \gamma / (1 + \lambda \gamma t)^\alpha \\
#    a_t &= a_{t-1} + (\theta_t - a_{t-1}) / \max(1,\, t - 1 - t_0)
#
# Torch's class keeps :math:`a_t` as ``ax`` in its state; taking it is left to the user. By default
# averaging begins after a million steps, and :math:`\lambda = 0.0001`, which both lowers the rate
# and decays the parameters. For two hundred steps that is very nearly SGD.
#
# What to see
# -----------
#
# The first is the default. It comes to the minimum and is scattered about it to the end. The second
# lowers its rate to less than half on the way, and the cloud shrinks. The third steps like the
# first, but shows the average, from step 22 on: it comes to rest.
#
# **It shines** where a slightly lower rate is all that is needed: at :cell:`asgd sphere 1` SGD
# jumps between two points for ever.
#
# **It fails** where a rate is much too large, :cell:`asgd booth 0.3`, or too small,
# :cell:`asgd easom 0.01`, just as SGD does.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: asgd
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("asgd")
print(sweep)
