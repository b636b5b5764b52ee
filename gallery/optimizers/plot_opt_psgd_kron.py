r"""
PSGD-Kron
=========

Other optimizers compute their preconditioner from averages. PSGD-Kron learns it, in steps of its
own and with the help of a random vector, until gradients that have gone through it are as large in
one direction as in any other.
"""

import optgallery as og

settings = [{"precondition_lr": 0}, {}]
runs = [og.run("psgd_kron", "matyas", lr=0.3, steps=80, **options) for options in settings]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: psgd_kron
#
# The update
# ----------
#
# .. optimizer-update:: psgd_kron
#
# A random vector grows in :math:`B` where the gradient shrinks in :math:`A`; where the two are
# alike, :math:`Q` stands still. The bound :math:`c = 1.1` keeps steps on a plane below
# :math:`1.56\, \eta`. On the gallery's row :math:`Q_L` is a number, and only :math:`Q_R` can turn a
# step.
#
# What to see
# -----------
#
# The first learns nothing, and is momentum with a bound. On the slope the bound limits it. On the
# floor its gradients are small and so are its steps, and after eighty of them a third of the way is
# still ahead. The second begins alike, for :math:`Q` is still the identity. But it learns to
# enlarge the gradients that come out small on the floor. Its steps there are about as long as on
# the slope, and after some fifty it is at the minimum. It cannot stop, for as gradients vanish,
# :math:`Q` grows.
#
# With another ``seed`` another vector is drawn. The path differs, but not by much.
#
# **It shines** at middle rates, in valleys of any direction: :cell:`psgd_kron leon 0.1`,
# :cell:`psgd_kron beale 0.1`, :cell:`psgd_kron zakharov 0.3`.
#
# **It fails** to settle, and a large rate leaves it circling the minimum in large steps:
# :cell:`psgd_kron rotated_quadratic 1`, :cell:`psgd_kron himmelblau 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: psgd_kron
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("psgd_kron")
print(sweep)
