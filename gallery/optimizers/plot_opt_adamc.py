r"""
AdamC
=====

Weight decay pulls towards zero, and AdamW's pull against the gradient is as strong at the end of a
schedule as at its beginning. AdamC lets the pull fade with the learning rate.
"""

from functools import partial

from torch.optim.lr_scheduler import CosineAnnealingLR

import optgallery as og

falling = {"schedule": partial(CosineAnnealingLR, T_max=200), "lr": 0.3, "weight_decay": 1.0}
runs = [og.run(name, "himmelblau", **falling) for name in ("adamw", "adamc")]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: adamc
#
# The update
# ----------
#
# .. optimizer-update:: adamc
#
# At half of the largest rate AdamC's decay is a quarter of what it was, AdamW's a half. The
# functions here have no layers and no normalization: the page shows what the correction does, and
# not the gradients of a network.
#
# What to see
# -----------
#
# The decay is a hundred times the default, so that one sees it. Both runs stop where decay and
# normalized gradient cancel, half way to the minimum. AdamW stays there: a falling rate shortens
# both steps alike. AdamC goes on as its decay fades, and ends
# :distance:`runs[1]` from the minimum, AdamW :distance:`runs[0]`.
#
# At a constant rate there is nothing to correct. In the matrix, every cell is that of
# :doc:`AdamW <plot_opt_adamw>`, where it shines and **it fails** as AdamW does.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: adamc
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("adamc")
print(sweep)
