r"""
What Muon does
==============

A matrix learns eight pairs of keys and values, some common and some rare. SGD learns the rare ones
last. Muon moves as far in every direction of the matrix, and learns them along with the others.

.. predict:: Each dot is what the matrix gives for a key, and the ring of its colour is the value to
   be learnt. The large yellow pair is the most common one; the small blue one is 23 times as rare.
   With SGD on the left it comes last by far. When does it come with Muon, on the right?

   At about the same time as the most common one. The gradient is almost all about common pairs: SGD
   moves as the gradient does, and the singular values of its steps, under the picture, are as far
   apart. Muon makes both singular values of its step about the same, so that a direction with a
   small gradient gets a step as long as the other.
"""

import matplotlib.pyplot as plt

import optgallery as og


def falling(step):
    return 1 - step / 120


problem = og.PROBLEMS["associative_memory"]
sgd = og.run("sgd", problem, lr=3.0, steps=120, schedule=falling)
muon = og.run("muon", problem, lr=0.3, weight_decay=0, steps=120, schedule=falling)
og.animate([sgd, muon], size=300).show()

# %%
# The steps until each pair stays within a tenth of its way, from the most common to the rarest:

print("SGD ", sgd.steps_until(0.1))
print("Muon", muon.steps_until(0.1))

# %%
# **Fastest is another matter.** Muon's steps are as long as its rate, however near it is. At a
# constant rate it goes round the values without end; above, a rate that falls to 0 along a line
# lets it settle. The steps of SGD become shorter by themselves, and here it ends lower than Muon.

constant = og.run("muon", problem, lr=0.3, weight_decay=0, steps=120)
_, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
og.plot_loss([sgd, muon, constant], ax=axes[0])
og.plot_singular_values(muon, ax=axes[1], updates=True)
plt.show()

# %%
# The page of :doc:`Muon </optimizers/plot_opt_muon>` has its formula, and :doc:`/guide/matrices`
# more problems whose parameters are matrices.
