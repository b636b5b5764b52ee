r"""
NAdamW
======

AdamW answers a turn of the slope some ten steps late. Nesterov's momentum looks one gradient ahead:
NAdamW turns earlier, and keeps nearly all of the momentum.
"""

import optgallery as og

names = ("adamw", "nadam", "nadamw")
runs = [og.run(name, "three_hump_camel", lr=0.3, steps=60) for name in names]
og.animate(runs, size=300).show()

# %%
# .. optimizer-relatives:: nadamw
#
# The update
# ----------
#
# .. optimizer-update:: nadamw
#
# With :math:`\beta_1 = 0.9` the newest gradient has the weight 0.19 in :math:`\bar m_t` after many
# steps, and 0.1 in Adam's average. In PyTorch's :doc:`NAdam <plot_opt_nadam>` it has 0.55, because
# a schedule begins at half of :math:`\beta_1`.
#
# What to see
# -----------
#
# Three optimizers, three answers to the same slope. AdamW runs past the minimum in the middle and
# comes back in a loop. NAdam has so little momentum that it turns into the small basin on the right
# and stays there. NAdamW passes that basin, overshoots less than half as far to the left as
# AdamW, and needs :cost:`runs[2]` gradients instead of :cost:`runs[0]`.
#
# **It shines** at rates where AdamW overshoots: :cell:`nadamw booth 1`, where AdamW needs
# :cost:`adamw booth 1`, and :cell:`nadamw himmelblau 1`, where it needs
# :cost:`adamw himmelblau 1`.
#
# **It fails** where overshooting is what leaves a basin: :cell:`nadamw drop_wave 0.3` stays in a
# ring that AdamW leaves. And it may miss what AdamW meets by its longer way:
# :cell:`nadamw goldstein_price 0.3`, where AdamW needs :cost:`adamw goldstein_price 0.3`.
#
# Facts and parameters
# --------------------
#
# .. optimizer-card:: nadamw
#
# Every function at seven learning rates
# --------------------------------------

sweep = og.sweep("nadamw")
print(sweep)
