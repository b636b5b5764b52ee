r"""
LAMB
====

LAMB rescales Adam's step to a length that does not depend on gradients: always the same share of
the distance from the origin.
"""

import optgallery as og

runs = [og.run("lamb", name, lr=0.1, steps=80) for name in ("sphere", "booth")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: lamb
#
# The update
# ----------
#
# .. optimizer-update:: lamb
#
# The paper allows a function :math:`\phi` of the first norm; here it is the norm itself.
#
# What to see
# -----------
#
# Every step of both is a tenth as long as the way to the origin. The sphere's minimum is there, and
# the steps shrink with the distance. Booth's minimum is at (1, 3). A step there is
# :length:`runs[1] to 1 digit` long, at the very minimum too, and LAMB wanders about it to the end.
# In a network that is what a schedule is for; here the rate stays constant.
#
# **It shines** on the sphere's kind, with the minimum at the origin:
# :cell:`lamb rotated_quadratic 0.3`. And where coordinates are large, small rates are large steps:
# :cell:`lamb schwefel 0.003`, :cell:`lamb eggholder 0.01`.
#
# **It fails** at a rate of 1, where a step is as long as the whole vector. One straight inward ends
# at the origin, but one outward doubles the distance, and the next is twice as long:
# :cell:`lamb rosenbrock 1`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: lamb
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("lamb")
print(sweep)
