r"""
Shampoo
=======

AdaGrad gives every coordinate a rate of its own, and cannot adapt to a rotated valley. Shampoo
keeps the products of the coordinates too, so its rates belong to directions.
"""

import optgallery as og

runs = [og.run(name, "rotated_quadratic", lr=1.0, steps=100) for name in ("adagrad", "shampoo")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: shampoo
#
# The update
# ----------
#
# .. optimizer-update:: shampoo
#
# On the gallery's row :math:`L` is a number, the sum of all squared gradients, and shortens every
# direction alike. Only :math:`R` tells them apart, by a fourth root of what each has summed.
#
# What to see
# -----------
#
# The first steps throw both from wall to wall, less far each time. Then AdaGrad creeps. The wall
# faces between the coordinates, so its gradients have gone into both, and the floor has to share
# their rate. With the first gradient, an eigenvector of Shampoo's :math:`R` is already within five
# degrees of the wall's direction. From the sixth step on it multiplies what points along the floor
# by about twice as much as what points at the wall. After a hundred steps what is left of the way
# is less than a third of what AdaGrad has left.
#
# **It shines** where the valley lies across the coordinates. AdaGrad has not arrived at the end:
# :cell:`shampoo rotated_quadratic 1`.
#
# **It fails** where a fourth root is too little. Along the axes AdaGrad may take a square root, and
# on the absolute ravine it needs :cost:`adagrad abs_ravine 1` gradient evaluations:
# :cell:`shampoo abs_ravine 1`. And it never forgets: the steps become shorter while the way is
# still long, so small rates get nowhere even on a bowl, :cell:`shampoo sphere 0.1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: shampoo
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("shampoo")
print(sweep)
