"""Two-dimensional test functions, each one entry of `FUNCTIONS`."""

from optgallery.functions import (  # noqa: F401  (importing a module adds its entries)
    basins,
    bowls,
    multimodal,
    nonsmooth,
    saddles,
    valleys,
)
from optgallery.functions.base import FUNCTIONS, Domain, TestFunction, as_test_function
from optgallery.functions.logged import logged

__all__ = ["FUNCTIONS", "Domain", "TestFunction", "as_test_function", "logged"]
