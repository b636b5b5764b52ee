r"""
Where runs end
==============

Himmelblau's function has four minima. The colour of a start says in which of them its run ends, and
a paler one that it takes longer.
"""
# sphinx_gallery_thumbnail_number = 1

import matplotlib.pyplot as plt

import optgallery as og

maps = [og.basins(name, "himmelblau", lr=lr) for name, lr in (("sgd", 0.01), ("momentum", 0.01))]
_, axes = plt.subplots(1, 2, figsize=(11, 5.6), layout="constrained")
for found, ax in zip(maps, axes, strict=True):
    og.plot_basins(found, ax=ax)
plt.show()

# %%
# Gradient descent rolls down the nearest slope, and the borders between its basins are curves. With
# momentum, runs overshoot: they cross borders, and starts close to each other end at different
# minima.

for found in maps:
    print(found, end="\n\n")

# %%
# The entropy over boxes of five by five starts puts a number on it. Where it exceeds :math:`\ln 2 =
# 0.69` on the boundary, that is fractal: however closely one looks, a small change of the start may
# change the end. A run of any pixel can be repeated:

run = maps[1].run(row=48, column=20)
og.animate(run).show()
