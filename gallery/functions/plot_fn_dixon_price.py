"""
Dixon-Price
===========

A boomerang with a minimum in either arm and a saddle at its bend. Both minima are right; the arm
that a run comes into first need not be the one it ends in.

.. function-card:: dixon_price
"""

import matplotlib.pyplot as plt

import optgallery as og

figure = plt.figure(figsize=(10, 4.4), layout="constrained")
og.plot_surface("dixon_price", ax=figure.add_subplot(1, 2, 1))
og.plot_surface_3d("dixon_price", ax=figure.add_subplot(1, 2, 2, projection="3d"))
plt.show()

# %%
# Three optimizers, each at its best rate
# ---------------------------------------

runs = [
    og.run("sgd", "dixon_price", lr=0.03, steps=120),
    og.run("momentum", "dixon_price", lr=0.003, steps=120),
    og.run("nesterov", "dixon_price", lr=0.01, steps=120),
]
og.animate(runs, size=300).show()

# %%
# SGD's second step ends on the outer wall of the lower arm, where the gradient is
# :slope:`runs[0] at 2` long. The third leads from there straight across into the upper arm. There
# it oscillates from side to side, less and less.
#
# Momentum passes the lower minimum at step :step:`runs[1] at solved`, close enough to count as
# solved and too fast to stay. It goes round the bend, passes the saddle at step 42 with next to no
# speed left, :length:`runs[1] at 42` a step, and goes down to the other minimum.
#
# Nesterov at three times that rate runs past the same minimum, and turns before the saddle. It
# takes the gradient where its momentum is about to lead, and so begins to brake a step earlier.

og.plot_loss(runs)
plt.show()

# %%
# Where runs end
# --------------
#
# .. basin-maps:: dixon_price
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: dixon_price
#
# Every optimizer at seven learning rates
# ---------------------------------------
#
# *Solved* does not say that a run has stayed. LAMB's steps are in proportion to its distance from
# the origin, at this rate three tenths of it. They lead it to the upper minimum in seven steps, and
# never let it rest: :cell:`lamb dixon_price 0.3`. RAdam begins with five steps of plain momentum,
# and at this rate they are enough to throw it out: :cell:`radam dixon_price 0.3`.

sweep = og.sweep(functions="dixon_price")
print(sweep)
