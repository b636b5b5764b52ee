"""TestFunction: a two-dimensional test function and all that is known of it."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from inspect import signature
from math import isfinite
from typing import Any, Literal, NamedTuple, TypeAlias
from warnings import catch_warnings, simplefilter

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from optgallery.registry import Registry

Formula: TypeAlias = Callable[[Tensor, Tensor], Tensor]
Point: TypeAlias = tuple[float, float]
GradientNoise: TypeAlias = Callable[[int], Point]
"""What is added to the gradient at an evaluation, numbered from 1 within its run."""


class Domain(NamedTuple):
    """The rectangle in which a function is drawn. It does not bound an optimizer."""

    xmin: float
    xmax: float
    ymin: float
    ymax: float

    def contains(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say of each point, in an array of shape (..., 2), whether it lies in the rectangle."""
        x, y = points[..., 0], points[..., 1]
        inside: NDArray[np.bool_] = (
            (self.xmin <= x) & (x <= self.xmax) & (self.ymin <= y) & (y <= self.ymax)
        )
        return inside


@dataclass(frozen=True, kw_only=True)
class TestFunction:
    r"""A test function of two variables, with what the literature knows of it.

    Parameters
    ----------
    name : str
        Identifier, as in ``FUNCTIONS["goldstein_price"]``.
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

    def __post_init__(self) -> None:
        if self.scale not in ("linear", "log"):
            raise ValueError(f'scale must be "linear" or "log", got {self.scale!r}')
        minima = tuple(as_point(m, "a minimum") for m in self.minima)
        object.__setattr__(self, "domain", _as_domain(self.domain))
        object.__setattr__(self, "start", as_point(self.start, "start"))
        object.__setattr__(self, "minima", minima)

    def __call__(self, x: ArrayLike | Tensor, y: ArrayLike | Tensor) -> Any:
        """Evaluate the formula.

        Parameters
        ----------
        x, y : tensor, array or float
            Coordinates of broadcastable shapes. Beside a tensor, a number or an array takes the
            tensor's dtype and device.

        Returns
        -------
        tensor, array or float
            A tensor if either coordinate is one (autograd flows through it); otherwise a float64
            array, or a float where both coordinates are numbers.
        """
        if isinstance(x, Tensor):
            return self.formula(x, torch.as_tensor(y, dtype=x.dtype, device=x.device))
        if isinstance(y, Tensor):
            return self.formula(torch.as_tensor(x, dtype=y.dtype, device=y.device), y)
        tensors = [torch.as_tensor(np.array(c, dtype=np.float64)) for c in (x, y)]
        with torch.no_grad():
            values: NDArray[np.float64] = self.formula(*tensors).numpy()
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
            As :func:`numpy.meshgrid` lays them out: rows are y, columns are x.

        Raises
        ------
        ValueError
            If ``n`` is not one or two whole numbers >= 2.
        """
        nx, ny = _grid_points(n)
        xmin, xmax, ymin, ymax = self.domain
        x, y = np.meshgrid(np.linspace(xmin, xmax, nx), np.linspace(ymin, ymax, ny))
        return x, y, self(x, y)


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

_DOMAIN_KEYS = ("x0", "y0", "xmin", "xmax", "ymin", "ymax")


def as_test_function(test_fn: Any) -> TestFunction:
    """Turn a name, a `TestFunction` or a ``(callable, domain)`` pair into a `TestFunction`.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        The domain of a pair is a mapping with ``x0, y0, xmin, xmax, ymin, ymax``, or a function
        without arguments that returns one, as torchopt has it.

    Returns
    -------
    TestFunction
        A pair's is named after the callable. It is coloured logarithmically where half of its
        domain lies in the lowest tenth of its range of values, else linearly; for another scale, or
        known minima, construct a `TestFunction`.

    Raises
    ------
    TypeError
        If it is none of these, or the callable does not return a tensor.
    ValueError
        If the name is unknown, the domain lacks a key or is no rectangle, or the callable does not
        return one differentiable value for each point.

    Examples
    --------
    >>> box = {"x0": 1, "y0": 2, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
    >>> cone = as_test_function((torch.hypot, box))
    >>> cone.name, cone.start, cone(3, 4)
    ('hypot', (1.0, 2.0), 5.0)
    """
    if isinstance(test_fn, str):
        return FUNCTIONS[test_fn]
    if isinstance(test_fn, TestFunction):
        if FUNCTIONS.get(test_fn.name) != test_fn:  # entries have passed the tests
            _check_formula(test_fn.formula, test_fn.name)
        return test_fn
    if isinstance(test_fn, (tuple, list)) and len(test_fn) == 2 and callable(test_fn[0]):
        return _from_pair(*test_fn)
    raise TypeError(
        "test_fn must be a name, a TestFunction or a pair (callable, domain), "
        f"got {type(test_fn).__name__}: {test_fn!r}"
    )


def _from_pair(formula: Formula, domain: Any) -> TestFunction:
    if callable(domain):
        domain = domain()
    if not isinstance(domain, Mapping):
        raise TypeError(
            "the domain of a (callable, domain) pair must be a mapping with "
            f"{', '.join(_DOMAIN_KEYS)}, got {type(domain).__name__}: {domain!r}"
        )
    if missing := [key for key in _DOMAIN_KEYS if key not in domain]:
        raise ValueError(
            f"the domain lacks {', '.join(missing)}; it must have {', '.join(_DOMAIN_KEYS)}"
        )
    name = getattr(formula, "__name__", "custom").strip("<>")
    _check_formula(formula, name)
    pair = TestFunction(
        name=name,
        title=name,
        formula=formula,
        domain=_as_domain(domain[key] for key in _DOMAIN_KEYS[2:]),
        start=as_point((domain["x0"], domain["y0"]), "the start (x0, y0)"),
    )
    return replace(pair, scale="log") if _spans_decades(pair) else pair


def _check_formula(formula: Formula, name: str) -> None:
    """Refuse a formula that does not map tensors of one shape to a differentiable one of it."""
    if not callable(formula):
        raise TypeError(f"the formula of {name} must be a function of x and y, got {formula!r}")
    with suppress(ValueError):  # compiled functions may have no signature
        try:
            signature(formula).bind(None, None)
        except TypeError as error:
            raise TypeError(f"{name} must take two arguments, x and y: {error}") from None
    for shape in ((2, 3), ()):
        x, y = torch.full(shape, 0.5, dtype=torch.float64), torch.ones(shape, dtype=torch.float64)
        value = _evaluate(formula, name, x, y)
        if value.shape != shape:
            raise ValueError(
                f"{name}(x, y) must return one value for each point: for x and y of shape {shape} "
                f"it returned shape {tuple(value.shape)}"
            )
    value = _evaluate(formula, name, x.requires_grad_(), y.requires_grad_())
    if not value.requires_grad:
        raise ValueError(
            f"{name}(x, y) must depend on x and y in a way that autograd can follow, but its value "
            "has no gradient; write it with torch functions and without detach()"
        )


def _evaluate(formula: Formula, name: str, x: Tensor, y: Tensor) -> Tensor:
    """Call a formula and insist on a tensor."""
    try:
        with catch_warnings():
            simplefilter("ignore")  # about NumPy or math on tensors: the verdict here is clearer
            value = formula(x, y)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{name}(x, y) must accept tensors of any one shape, but failed on shape "
            f"{tuple(x.shape)}: {error}; write it with torch functions and without `if`"
        ) from error
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name}(x, y) must return a tensor, got {type(value).__name__}; "
            "write it with torch functions"
        )
    if not value.is_floating_point():
        raise TypeError(f"{name}(x, y) must return real numbers, got {value.dtype}")
    return value


def _spans_decades(test_function: TestFunction) -> bool:
    """Say whether half of the domain lies in the lowest tenth of the range of values."""
    z = test_function.grid(50)[2]
    z = z[np.isfinite(z)]
    return bool(z.size and np.median(z) - z.min() < 0.1 * (z.max() - z.min()))


def _as_domain(bounds: Iterable[Any]) -> Domain:
    bounds = tuple(bounds)
    try:
        xmin, xmax, ymin, ymax = domain = Domain(*map(float, bounds))
    except (TypeError, ValueError):
        raise ValueError(
            f"domain must be four numbers (xmin, xmax, ymin, ymax), got {bounds}"
        ) from None
    if not all(map(isfinite, domain)) or xmin >= xmax or ymin >= ymax:
        raise ValueError(
            f"domain must be finite with xmin < xmax and ymin < ymax, got {tuple(domain)}"
        )
    return domain


def _grid_points(n: Any) -> tuple[int, int]:
    pair = (n, n) if np.ndim(n) == 0 else tuple(n)
    if len(pair) != 2 or not all(isinstance(k, (int, np.integer)) and k >= 2 for k in pair):
        raise ValueError(f"n must be one or two whole numbers of grid points >= 2, got {n!r}")
    return int(pair[0]), int(pair[1])


def as_point(point: Any, what: str) -> Point:
    """Return ``point`` as two floats, or raise a ValueError that names ``what`` it was for."""
    try:
        x, y = (float(c) for c in point)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{what} must be two numbers (x, y), got {point!r}") from None
    if not (isfinite(x) and isfinite(y)):
        raise ValueError(f"{what} must be finite, got ({x}, {y})")
    return x, y
