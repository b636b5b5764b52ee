"""
Signs and rates
===============

Two optimizers of this package on its own function, and on Rosenbrock's.
"""

import matplotlib.pyplot as plt
from slow_descent import CANYON, Decaying, SignDescent

import optgallery as og

runs = [og.run(cls, CANYON, lr=0.1, steps=60) for cls in (SignDescent, Decaying)]
og.animate(runs, size=220, frames=20).show()

# %%
# Their values, by matplotlib.

og.plot_loss(runs, ax=plt.figure(figsize=(5, 3)).add_subplot())
plt.title("Values along the way")
plt.show()

# %%
# At several rates.

rates = og.sweep([SignDescent, Decaying], ["rosenbrock", "booth"], [0.01, 0.1], steps=60)
