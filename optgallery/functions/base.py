"""TestFunction: a two-dimensional test function with its domain, minima and source."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from optgallery.functions.coordinates import Domain, Point, as_domain, as_point, as_tensors
from optgallery.functions.evaluation import (
    BLOCK_SIZE,
    Formula,
    at_points,
    call,
    max_points_per_call,
    on_grid,
)
from optgallery.registry import Registry, check_name

__all__ = [
    "FUNCTIONS",
    "Domain",
    "Formula",
    "GradientNoise",
    "Point",
    "TestFunction",
    "Wrapping",
    "as_point",
]

GradientNoise: TypeAlias = Callable[[int], Point]
"""Returns the noise added to the gradient at an evaluation, counted from 1 in each run."""


@dataclass(frozen=True, kw_only=True)
class TestFunction:
    r"""A test function of two variables, with its minima and other facts from the literature.

    Parameters
    ----------
    name : str
        Identifier, as in ``FUNCTIONS["goldstein_price"]``; no path separators.
    title : str
        Display name: ``"Goldstein-Price"``.
    formula : callable
        ``formula(x, y)`` on tensors of equal or broadcastable shapes, differentiable by autograd.
    latex : str
        The right-hand side of :math:`f(x, y) = \dots`.
    domain : Domain
        The rectangle ``(xmin, xmax, ymin, ymax)`` that is drawn.
    start : tuple of float
        The default start of a run.
    minima : tuple of points
        All global minimizers in the domain; empty if the infimum is not attained.
    minimum : float or None
        The global minimum :math:`f^*` in the domain (or the infimum); None if unknown.
    lower_outside : bool
        Whether the function has values below the minimum outside the domain. If so, points outside
        the domain do not count as solving it.
    gradient_noise : callable or None
        ``gradient_noise(k)`` is added to the gradient that an optimizer is given at its k-th
        evaluation; see `functions.noisy`.
    made : Wrapping or None
        The wrapper call that made this function from another one.
    dtype : torch.dtype
        The dtype in which the formula evaluates numbers and arrays, and is drawn; for a loss over
        data, that of the data.
    checks : tuple of ``(x, y, value)``
        Values derived by hand from the published formula, away from the minima.
    description : str
        One sentence on why this function is hard, or what it shows.
    source : str
        Where the formula and its minima are published.
    tags : tuple of str
        Properties, for filters: ``("valley", "polynomial")``.
    scale : {"linear", "log"}
        The colour scale: "log" if the values span decades above the minimum.
    variant_of : str or None
        The name of the function that this one transforms. Variants are not part of the grid.

    Examples
    --------
    >>> from optgallery import FUNCTIONS
    >>> beale = FUNCTIONS["beale"]
    >>> beale(0, 0)
    14.203125
    >>> x, y, z = beale.grid(100)
    >>> z.shape
    (100, 100)
    """

    __test__ = False  # pytest collects classes whose names start with Test

    name: str
    title: str
    formula: Formula
    domain: Domain
    start: Point
    latex: str = ""
    minima: tuple[Point, ...] = ()
    minimum: float | None = None
    checks: tuple[tuple[float, float, float], ...] = ()
    description: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    scale: Literal["linear", "log"] = "linear"
    variant_of: str | None = None
    lower_outside: bool = False
    gradient_noise: GradientNoise | None = None
    made: "Wrapping | None" = None
    dtype: torch.dtype = torch.float64

    def __post_init__(self) -> None:
        if self.scale not in ("linear", "log"):
            raise ValueError(f'scale must be "linear" or "log", got {self.scale!r}')
        if not isinstance(self.dtype, torch.dtype) or not self.dtype.is_floating_point:
            raise ValueError(f"dtype must be a floating point torch.dtype, got {self.dtype!r}")
        check_name(self.name, "test function")
        minima = tuple(as_point(m, "a minimum") for m in self.minima)
        object.__setattr__(self, "domain", as_domain(self.domain))
        object.__setattr__(self, "start", as_point(self.start, "start"))
        object.__setattr__(self, "minima", minima)

    def __call__(self, x: ArrayLike | Tensor, y: ArrayLike | Tensor) -> Any:
        """Evaluate the formula.

        Parameters
        ----------
        x, y : tensor, array or float
            Coordinates of broadcastable shapes. If one coordinate is a floating point tensor, a
            number or an array takes its dtype and device. Whole numbers are converted exactly.

        Returns
        -------
        tensor, array or float
            A tensor if either coordinate is one (autograd can differentiate it); otherwise a
            float64 array, or a float if both coordinates are numbers. Random numbers in the formula
            are the same in each call.

        Raises
        ------
        TypeError
            If a coordinate is not a real number: None, text, a boolean, a complex number.
        ValueError
            If a coordinate has masked entries, or is a whole number that the dtype cannot
            represent. Exceptions of the formula are passed on.
        """
        first, second = as_tensors(x, y, self.dtype)
        if isinstance(x, Tensor) or isinstance(y, Tensor):
            return call(self.formula, first, second)
        values = at_points(self.formula, first, second, self._most(first, second))
        return values if values.ndim else float(values)

    def grid(
        self, n: int | tuple[int, int] = 100
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Sample the function on a regular grid over its domain.

        Parameters
        ----------
        n : int or (int, int)
            Number of grid points along x and y, at least 2.

        Returns
        -------
        x, y, z : arrays of shape (ny, nx)
            In the layout of :func:`numpy.meshgrid`: rows are y, columns are x. Values are NaN where
            the formula raises a ValueError or an ArithmeticError.

        Raises
        ------
        ValueError
            If ``n`` is not one or two whole numbers >= 2.
        """
        nx, ny = _grid_points(n)
        xmin, xmax, ymin, ymax = self.domain
        x, y = np.meshgrid(np.linspace(xmin, xmax, nx), np.linspace(ymin, ymax, ny))
        tensors = as_tensors(x, y, self.dtype)
        return x, y, on_grid(self.formula, *tensors, self._most(*tensors))

    def _most(self, x: Tensor, y: Tensor) -> int:
        """Return how many of these points the formula may evaluate in one call."""
        # broadcasting makes at most their product
        return BLOCK_SIZE if x.numel() * y.numel() <= BLOCK_SIZE else self._max_points_per_call

    @cached_property
    def _max_points_per_call(self) -> int:
        return max_points_per_call(self.formula, self.start, self.dtype)


@dataclass(frozen=True)
class Wrapping:
    """The call that made a function from another one, so that a run's code can repeat it.

    Attributes
    ----------
    wrapper : str
        Its name in `optgallery.functions`.
    of : TestFunction
        Its first argument.
    arguments : tuple of (str, number)
        The others by name.
    """

    wrapper: str
    of: TestFunction
    arguments: tuple[tuple[str, float], ...] = ()


FUNCTIONS: Registry[TestFunction] = Registry("test function")


def _grid_points(n: Any) -> tuple[int, int]:
    pair = (n, n) if np.ndim(n) == 0 else tuple(n)
    if len(pair) != 2 or not all(isinstance(k, (int, np.integer)) and k >= 2 for k in pair):
        raise ValueError(f"n must be one or two whole numbers of grid points >= 2, got {n!r}")
    return int(pair[0]), int(pair[1])
