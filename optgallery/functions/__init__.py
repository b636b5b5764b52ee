"""Two-dimensional test functions, each one entry of `FUNCTIONS`."""

# Importing a module adds its entries, from simple to hard: the order of every table.
# isort: off
from optgallery.functions import bowls  # noqa: F401
from optgallery.functions import valleys  # noqa: F401
from optgallery.functions import basins  # noqa: F401
from optgallery.functions import saddles  # noqa: F401
from optgallery.functions import ripples  # noqa: F401
from optgallery.functions import multimodal  # noqa: F401
from optgallery.functions import nonsmooth  # noqa: F401

# isort: on
from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.conversion import as_test_function
from optgallery.functions.logged import logged
from optgallery.functions.noisy import noisy
from optgallery.functions.transformed import rotated, scaled, shifted

__all__ = [
    "FUNCTIONS",
    "Domain",
    "TestFunction",
    "as_test_function",
    "logged",
    "noisy",
    "rotated",
    "scaled",
    "shifted",
]
