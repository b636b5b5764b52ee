r"""
The edge of trainability
========================

Which pairs of learning rate and momentum converge? Between those that do and those that do not runs
a border that stays ragged, however closely one looks.
"""

import matplotlib.pyplot as plt

import optgallery as og

whole = og.trainability("sgd", "himmelblau", budget=100)
zoom = og.trainability("sgd", "himmelblau", xlim=(0.012, 0.04), ylim=(0.1, 0.6), budget=100)
_, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
for found, ax in zip((whole, zoom), axes, strict=True):
    og.plot_trainability(found, ax=ax)
axes[0].plot([0.012, 0.04, 0.04, 0.012, 0.012], [0.1, 0.1, 0.6, 0.6, 0.1], "k-", lw=1.2)
axes[1].set_title("the rectangle, enlarged", fontsize="medium")
plt.show()

# %%
# Each pixel is a run. Blue ones converge, in the sense that their last values are below the first
# in the mean; the darker, the sooner. Orange ones do not; the darker, the sooner they diverge.
# Sohl-Dickstein (2024) drew such maps for the training of small networks. A function of two
# variables is enough: near the border a run is thrown to and fro before it settles or escapes, and
# which of them it does depends on every digit of the settings.
#
# On a quadratic the border is a smooth curve with a formula. Here it is for the heavy ball, whose
# rate must stay below :math:`2 (1 + \beta) / \lambda`, with the curvature :math:`\lambda = 2`. At
# the bottom, a momentum near 1 takes more than the 400 evaluations to come to rest:

sphere = og.trainability("sgd", "sphere", xlim=(0.1, 10), n=32, budget=400)
ax = og.plot_trainability(sphere)
ax.plot(2 - sphere.y, sphere.y, "k--", lw=1.5)
plt.show()
