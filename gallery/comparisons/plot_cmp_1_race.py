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
# step costs is another matter. L-BFGS solves the function, down to a thousandth of the height of
# the start, with step :step:`runs[5] at solved`. But its line searches make that
# :cost:`runs[5]` gradient evaluations; AdamW takes :cost:`runs[3]`, Rprop :cost:`runs[2]`. First is
# not lowest: at the end, the value of AdamW is :value:`runs[3]`, and that of Rprop
# :value:`runs[2]`.

og.plot_loss(runs)
plt.show()

# %%
# One start on one function decides nothing. :doc:`plot_cmp_3_profile` runs the race on many.
