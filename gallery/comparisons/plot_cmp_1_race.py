"""
A race
======

Six optimizers on one function, from one start, each at the rate at which it solves most problems.
"""

import matplotlib.pyplot as plt

import optgallery as og

entrants = {"sgd": 0.03, "momentum": 0.01, "rprop": 0.1, "adamw": 0.3, "lion": 0.1, "lbfgs": 1.0}
runs = [og.run(name, "beale", lr=lr, steps=120) for name, lr in entrants.items()]
og.animate(runs, size=220, columns=3).show()

# %%
# The panels are in step: in each frame every optimizer has taken the same number of steps. What a
# step costs is another matter. Rprop has solved the function, down to a thousandth of the height of
# the start, after :cost:`runs[2]` gradient evaluations, AdamW after :cost:`runs[3]`. L-BFGS needs
# only :step:`runs[5] at solved` steps, and :cost:`runs[5]` evaluations, since its line search takes
# several in a step.

og.plot_loss(runs)
plt.show()

# %%
# One start on one function decides nothing. :doc:`plot_cmp_3_profile` runs the race on many.
