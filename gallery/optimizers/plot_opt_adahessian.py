r"""
AdaHessian
==========

Long steps where the function is flat, short steps where it curves: AdaHessian divides by the
curvature along each coordinate, which it estimates with random signs.
"""

import optgallery as og

runs = [og.run("adahessian", "himmelblau", lr=0.3, hessian_power=k, steps=100) for k in (0.5, 1)]
og.animate(runs).show()

# %%
# .. optimizer-relatives:: adahessian
#
# The update
# ----------
#
# .. optimizer-update:: adahessian
#
# In two dimensions there are two possible estimates: :math:`D_t` is the Hessian's diagonal, plus or
# minus :math:`\partial^2 f / \partial x\, \partial y`. The signs come from the optimizer's own
# generator, which has a seed: a run repeats itself, and leaves torch's generator alone. Where the
# mixed derivative is zero, as on the sphere, every seed gives the same path. The product :math:`H_t
# z` is one more pass through the function; the counts on this page are of gradients alone.
#
# What to see
# -----------
#
# **Negative curvature**: the runs start on the shoulder of the hill, where it is :math:`-52` along
# :math:`x`. Divided by that, the step would lead up. The square in :math:`v_t` takes the sign
# away, and both runs go down.
#
# **The power** :math:`k` decides what :math:`\eta` means. At 1, as in the paper, it is a share of
# Newton's step, and a function a hundred times as high changes nothing. At 0.5, as in the R package
# torchopt, that makes all steps ten times as long. Here five of them lead farther to the right than
# twenty-five of the other's, then over the minimum and back. :doc:`/stories/plot_3_adahessian`
# shows both powers on the flower.
#
# **Zero curvature** leaves only :math:`\epsilon` to divide by. On a plane, a step with the defaults
# is 1500 times the gradient.
#
# **It shines** where the curvatures along the coordinates say it all:
# :cell:`adahessian sphere 1`. At Bukin's crease, too: the curvature grows faster than the slope,
# and the nearer, the shorter the steps: :cell:`adahessian bukin_n6 0.3`.
#
# **It fails** in a valley across the axes. The diagonal has the curvature of its walls in both
# coordinates, not the direction between them: :cell:`adahessian rosenbrock 0.1`,
# :cell:`adahessian rosenbrock 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adahessian
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adahessian")
print(sweep)
