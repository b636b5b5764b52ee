"""Ranges of hyper-parameters besides those that most optimizers have."""

from optgallery.optim.base import Range

FINITE = Range("of any sign", lambda _: True)
