"""Draw the picture of the first page, as the package's author does once."""

from slow_descent import CANYON, SignDescent

import optgallery as og

run = og.run(SignDescent, CANYON, lr=0.1, steps=60)
og.animate(run, size=320, frames=20).save("docs/descent.gif")
