"""Logarithms of test functions: the form in which torchopt optimizes six of its twelve."""

from dataclasses import dataclass
from math import inf, log
from typing import Any

import torch
from torch import Tensor

from optgallery.functions import basins, bowls, valleys  # noqa: F401  (adds the entries used below)
from optgallery.functions.base import FUNCTIONS, Formula, TestFunction, Wrapping
from optgallery.functions.conversion import as_test_function
from optgallery.functions.latex import enclosed


@dataclass(frozen=True)  # unlike a partial or a closure it equals its unpickled copy
class Log:
    """The natural logarithm of a formula's value."""

    formula: Formula

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Evaluate the formula and take the logarithm."""
        return torch.log(self.formula(x, y))


def logged(test_fn: Any) -> TestFunction:
    r"""Make the function :math:`\log f` from a function :math:`f \ge 0`.

    The logarithm has the same minima but other gradients: :math:`\nabla \log f = \nabla f / f`.
    Where :math:`f = 0` its value is :math:`-\infty` and its gradient is undefined, so a run that
    reaches such a point ends there, with this reason.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes; a function without negative values.

    Returns
    -------
    TestFunction
        A variant named ``log_`` and the function's name, with linear colours. Its ``minimum`` is
        :math:`\log f^*`, which is :math:`-\infty` if :math:`f^* = 0`: no value is within a finite
        distance of that. If the function's gradient is noisy, the same noise is added to the
        gradient of the logarithm.

    Raises
    ------
    TypeError
        If ``test_fn`` is not a test function.
    ValueError
        If the function is known to have negative values, or is unknown.

    Examples
    --------
    >>> log_sphere = logged("sphere")
    >>> log_sphere.name, log_sphere(0, 1), log_sphere.minimum
    ('log_sphere', 0.0, -inf)
    """
    f = as_test_function(test_fn, dtype=None)
    if f.minimum is not None and f.minimum < 0:
        raise ValueError(
            f"logged() needs a function without negative values, but {f.name} goes down to "
            f"{f.minimum:g}; add a constant to it first"
        )
    # "log Beale scaled by (1, 1), values by 2" is twice the logarithm
    ends_open = f.made is not None and f.made.wrapper != "logged"
    return TestFunction(
        name=f"log_{f.name}",
        title=f"log ({f.title})" if ends_open else f"log {f.title}",
        formula=Log(f.formula),
        latex=enclosed(r"\log\left(", f.latex, r"\right)"),
        domain=f.domain,
        start=f.start,
        minima=f.minima,
        minimum=_log(f.minimum) if f.minimum is not None else None,
        checks=tuple((x, y, _log(value)) for x, y, value in f.checks),
        description=f"The logarithm of {f.title}, as torchopt optimizes it: the same minima, other "
        "gradients, and minus infinity where the value was zero.",
        source=f.source,
        tags=("logged", *f.tags),
        variant_of=f.variant_of or f.name,
        lower_outside=f.lower_outside,
        gradient_noise=f.gradient_noise,
        made=Wrapping("logged", f),
        dtype=f.dtype,
    )


def _log(value: float) -> float:
    return log(value) if value > 0 else -inf


for name in ("beale", "booth", "goldstein_price", "himmelblau", "matyas", "rosenbrock"):
    FUNCTIONS.add(logged(FUNCTIONS[name]))
