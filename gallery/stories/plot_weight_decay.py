r"""
Weight decay, and AdamW
=======================

Weight decay takes a small share of every parameter away at each step. Adam and AdamW have a setting
of the same name for it, which means two things.

.. predict:: Both have the rate 0.1 and a large weight decay of 1. Adam adds the decay to the
   gradient before it divides; AdamW takes it from the parameters, beside the step. Which of them
   still ends in a minimum of the function, the white circles?

   Adam, at :point:`runs[0]`. The walls' gradients are so large that the decay hardly counts in the
   sum, and what is left of it is divided by their size. AdamW ends at :point:`runs[1]`, where the
   function has no minimum: its decay is not divided. The step along the gradient is hardly longer
   than the rate in a coordinate, so that no coordinate can rest far beyond 1, where the decay is as
   long.
"""

import optgallery as og

runs = [og.run(name, "himmelblau", lr=0.1, weight_decay=1) for name in ("adam", "adamw")]
og.animate(runs, size=300).show()

# %%
# With Adam, how much a parameter decays depends on its gradients: one with large gradients hardly
# decays at all. With AdamW it is the same share for all, the rate times the weight decay, and the
# setting means what it says. That is why networks are trained with AdamW and not with Adam and a
# decay. For plain gradient descent there is no difference: it does not divide.
#
# **How much?** A coordinate of AdamW cannot rest beyond 1 divided by the weight decay. At the
# default of torch, 0.01, that is 100, out of reach here, and AdamW ends at :value:`small`. At 0.1
# it is 10, and the decay only shifts the end: to :point:`tenth`, with a value of :value:`tenth`.

small = og.run("adamw", "himmelblau", lr=0.1)
tenth = og.run("adamw", "himmelblau", lr=0.1, weight_decay=0.1)

# %%
# In training, a smaller weight is wanted for its own sake: networks with small weights often do
# better on new data. A test function has no new data, and what is seen here is the price.
#
# :explorer:`Play with AdamW at the weight decays 0, 0.1 and 1
# <fn=himmelblau&run=adamw@0.1,weight_decay=0& run=adamw@0.1,weight_decay=0.1&
# run=adamw@0.1,weight_decay=1>`. More on :doc:`AdamW's page </optimizers/plot_opt_adamw>`. Next:
# :doc:`plot_curvature`
