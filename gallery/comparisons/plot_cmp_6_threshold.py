r"""
The threshold of stability
==========================

Gradient descent is stable where the curvature is below 2 divided by the learning rate. Down the
valley of Rosenbrock's function the curvature rises.
"""

import matplotlib.pyplot as plt

import optgallery as og

start = 0.5, 0.25  # on the floor of the valley
runs = [og.run("sgd", "rosenbrock", lr=lr, steps=1500, start=start) for lr in (0.0019, 0.0025)]
_, axes = plt.subplots(2, 1, figsize=(7, 7), layout="constrained")
for run, ax in zip(runs, axes, strict=True):
    found = og.stability(run)
    print(found, "first at step", found.crossing)
    og.plot_stability(found, ax=ax)
plt.show()

# %%
# The curvature is the largest eigenvalue of the Hessian. At the rate 0.0019 it stays below the
# dashed threshold, and the run follows the valley. At 0.0025 the threshold is lower. For some
# hundred steps after it is crossed nothing can be seen: the oscillation across the valley grows
# from next to nothing, by a little in each step. Then it is as wide as the valley, and throws the
# run to where the curvature is lower. There it is stable, until the curvature has risen once more.
#
# With momentum, the threshold is :math:`2 (1 + \beta) / \eta`, and all of it happens within two
# hundred steps:

heavy = [og.run("momentum", "rosenbrock", lr=lr, start=start) for lr in (0.003, 0.0045)]
og.animate(heavy, size=300).show()
og.plot_stability(og.stability(heavy[1]))
plt.show()

# %%
# For Adam, the threshold is 38 divided by the rate, and the eigenvalue is that of the Hessian
# divided by the root of the second moment: :func:`~optgallery.stability` computes both.
