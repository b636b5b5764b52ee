"""
Gradient noise
==============

In training, a mini-batch gives a noisy gradient. What becomes of optimizers that would come to rest
without noise?
"""

import optgallery as og

sphere = og.functions.noisy("sphere", 10)
runs = [og.run(name, sphere, lr=0.1) for name in ("momentum", "adam")]
og.animate(runs, size=300).show()

# %%
# Both components of each gradient have Gaussian noise with a standard deviation of 10. At the start
# the gradient is :gradient:`runs[0] at start`; close to the minimum there is hardly anything but
# noise. Momentum adds it up and is carried out of the picture, as far as
# :distance:`runs[0] at farthest`. Adam divides it by its own size: no coordinate moves by more than
# about the rate, and at the end it is :distance:`runs[1]` from the minimum.
#
# The same two at every rate, with less noise and with more. Each row is a standard deviation:

noise = og.sweep(["momentum", "adam"], "sphere", across={"noise": [0, 1, 10, 100]})
print(noise)

# %%
# **SGD with momentum**: the cloud around the minimum is ten times as wide with ten times the noise,
# and wider at a larger rate. So the rate has to be small where the noise is large:
# :cell:`momentum sphere 0.001 noise=10`, against :cell:`momentum sphere 0.3 noise=10`.
#
# **Adam**: noise makes no step longer, but fewer of them lead downhill. At 0.03 the run ends at
# :value:`adam sphere 0.03 noise=0` without noise, at :value:`adam sphere 0.03 noise=10` and at
# :value:`adam sphere 0.03 noise=100` with it: still on its way. From 0.3 on, the noise of 100
# carries it off.
#
# A mark with a check says that a run came close once, not that it stayed.
# :doc:`/guide/sweeps` has more on such tables, and other axes.
