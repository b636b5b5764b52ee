"""TestFunction: a two-dimensional test function and all that is known of it."""

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
"""What is added to the gradient at an evaluation, numbered from 1 within its run."""


@dataclass(frozen=True, kw_only=True)
class TestFunction:
    r"""A test function of two variables, with what the literature knows of it.

    Parameters
    ----------
    name : str
        Identifier, as in ``FUNCTIONS["goldstein_price"]``; no path separators.
    title : str
        Name as people write it: ``"Goldstein-Price"``.
    formula : callable
        ``formula(x, y)`` on tensors of equal or broadcastable shapes, differentiable by autograd.
    latex : str
        The right-hand side of :math:`f(x, y) = \dots`.
    domain : Domain
        ``(xmin, xmax, ymin, ymax)`` of the picture.
    start : tuple of float
        Where runs start unless they say otherwise.
    minima : tuple of points
        All global minimisers inside the domain; empty where the infimum is not attained.
    minimum : float or None
        The least value (or the infimum); None if unknown.
    lower_outside : bool
        Whether values below the minimum lie outside the domain: a run that leaves the domain has
        then not solved the function.
    gradient_noise : callable or None
        ``gradient_noise(k)`` is added to the gradient that an optimizer is given at its k-th
        evaluation; see `functions.noisy`.
    made : Wrapping or None
        The call of a wrapper that made this function from another.
    dtype : torch.dtype
        The precision that the formula takes numbers and arrays in, and is drawn in: that of its
        data, where it has some.
    checks : tuple of ``(x, y, value)``
        Values worked out by hand from the published formula, away from the minima.
    description : str
        One sentence: why this function is hard, or what it shows.
    source : str
        Where the formula and its minima are published.
    tags : tuple of str
        What it shows, for filters: ``("valley", "polynomial")``.
    scale : {"linear", "log"}
        How its values are coloured: "log" where they span decades above the minimum.
    variant_of : str or None
        The name of the function that this one transforms. Variants stay out of the grid.

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
            Coordinates of broadcastable shapes. Beside a floating point tensor, a number or an
            array takes the tensor's dtype and device. Whole numbers are taken exactly.

        Returns
        -------
        tensor, array or float
            A tensor if either coordinate is one (autograd flows through it); otherwise a float64
            array, or a float where both coordinates are numbers. What the formula draws at random
            is the same in each call.

        Raises
        ------
        TypeError
            If a coordinate is no real number: None, text, a boolean, a complex number.
        ValueError
            If a coordinate has masked entries, or is a whole number with more digits than the
            dtype has. Whatever else the formula raises is raised.
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
            As :func:`numpy.meshgrid` lays them out: rows are y, columns are x. Values are NaN
            where the formula raises a ValueError or an arithmetic error.

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
        """Return how many of these points the formula may take at once."""
        # broadcasting makes at most their product
        return BLOCK_SIZE if x.numel() * y.numel() <= BLOCK_SIZE else self._max_points_per_call

    @cached_property
    def _max_points_per_call(self) -> int:
        return max_points_per_call(self.formula, self.start, self.dtype)


@dataclass(frozen=True)
class Wrapping:
    """The call that made a function from another, so that a run's code can repeat it.

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
