r"""
AggMo
=====

The more of the last step momentum keeps, the faster it becomes along a valley, and the longer it
oscillates across. AggMo averages three velocities, and where one of them oscillates, the others
damp it.
"""

import optgallery as og

runs = [
    *(og.run("momentum", "rotated_quadratic", lr=0.01, steps=120, momentum=m) for m in (0.9, 0.99)),
    og.run("aggmo", "rotated_quadratic", lr=0.01, steps=120),
]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: aggmo
#
# The update
# ----------
#
# .. optimizer-update:: aggmo
#
# Here :math:`K = 3`, and the dampings :math:`\beta` are 0, 0.9 and 0.99. On an even slope the three
# velocities grow to 1, 10 and 100 gradients, and the step to their mean, 37.
#
# What to see
# -----------
#
# Momentum of 0.9 oscillates down the trough. Momentum of 0.99 is fast, and oscillates across and
# along to the end. AggMo crosses the floor a few times, less far each time than either of them, and
# after thirty steps moves along it in a straight line. Along the floor the velocity of 0.99 leads.
# It is at the minimum before momentum of 0.9 is, and then runs past it by almost half of the way it
# came.
#
# **It shines** in long troughs, and at rates at which one momentum is still slow:
# :cell:`aggmo rotated_quadratic 0.003`, where momentum needs
# :cost:`momentum rotated_quadratic 0.003`, and :cell:`aggmo rotated_quadratic 0.001`, where it does
# not arrive.
#
# **It fails** to stop. In a short bowl the fast velocity only takes it too far:
# :cell:`aggmo booth 0.003`, where momentum needs :cost:`momentum booth 0.003`. In Leon's valley it
# passes the minimum, and runs on to where the walls are so steep that it diverges:
# :cell:`aggmo leon 0.001`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: aggmo
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("aggmo")
print(sweep)
