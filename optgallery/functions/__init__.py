"""Two-dimensional test functions, each one entry of `FUNCTIONS`."""

from optgallery.functions import (  # noqa: F401  (importing a module adds its entries)
    valleys,
)
from optgallery.functions.base import FUNCTIONS, Domain, TestFunction, as_test_function

__all__ = ["FUNCTIONS", "Domain", "TestFunction", "as_test_function"]
