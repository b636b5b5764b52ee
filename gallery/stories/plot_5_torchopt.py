"""
torchopt's ten, side by side
============================

The R package torchopt introduces itself with its ten optimizers on Beale's function, seen through a
logarithm. Here they are again, all from the same start and at the same learning rate.
"""

import matplotlib.pyplot as plt

import optgallery as og

names = ["adabelief", "adabound", "adahessian", "adamw", "madgrad"]
names += ["nadam", "qhadam", "radam", "swats", "yogi"]

# %%
# All at the same pace. The logarithm changes every gradient: it is steepest close to the minimum,
# where its value falls to minus infinity, so that no run comes to rest there.

runs = list(og.sweep(names, "log_beale", lrs=[0.1]).values())
og.animate(runs, size=220, columns=5).show()

# %%
# torchopt draws one optimizer at a time. The same call works here, with the same arguments:

og.test_optim("adabelief", opt_hparams={"lr": 0.1}, test_fn="log_beale")
plt.show()

# %%
# The function itself, without the logarithm, has a page of its own
# (:doc:`/functions/plot_fn_beale`). torchopt's own Beale has a sign error, and its minimum
# elsewhere; :doc:`/guide/torchopt` lists such differences.
