"""Values beyond the range of floating point numbers: infinite, not the NaN of inf - inf."""

from math import copysign, inf, isfinite, isnan, nan

import torch
from torch import Tensor

from optgallery.functions.coordinates import Point
from optgallery.functions.evaluation import NOT_DEFINED, Formula, value_of
from optgallery.functions.isolation import isolated


def infinite_if_beyond_range(value: Tensor, x: Tensor, y: Tensor) -> Tensor:
    r"""Return a polynomial's value, :math:`\infty` where its terms overflowed.

    Far out the terms of a polynomial are infinite, with either sign, and their sum is NaN or
    :math:`-\infty`. One that is bounded below grows there in all directions, so that its value is
    then too large for any floating point number. All other values, and their derivatives, keep
    their bits.

    Parameters
    ----------
    value, x, y : tensor
        Values of a polynomial that is bounded below, and where.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> x = torch.tensor([2.0, 1e30, float("nan")])
    >>> x**4 - 16 * x**2
    tensor([-48.,  nan,  nan])
    >>> infinite_if_beyond_range(x**4 - 16 * x**2, x, x)
    tensor([-48.,  inf,  nan])
    """
    if not isinstance(value, Tensor):  # of plain numbers, as people try a formula
        return value
    known = (value > -inf) | _is_nan(x) | _is_nan(y)
    return torch.where(known, value, inf)


def value_beyond_range(formula: Formula, point: Point, dtype: torch.dtype = torch.float64) -> float:
    """Return what a value that came out as NaN is, if that is because terms overflowed.

    Going towards the origin from a point where terms overflow, the first value that is a number is
    still huge, above the square root of the largest number of the dtype, and so is not a pole at
    the origin, as that of a logarithm: a coordinate there is still greater than 1.

    Parameters
    ----------
    formula : callable
    point : (float, float)
        A finite point at which the formula is NaN.
    dtype : torch.dtype
        What it was evaluated in.

    Returns
    -------
    float
        inf or -inf; NaN if it is undefined for another reason.

    Examples
    --------
    >>> value_beyond_range(lambda x, y: x**4 - 16 * x**2 + y**2, (1e200, 0.0))
    inf
    >>> value_beyond_range(lambda x, y: torch.log(x) + y, (-1.0, 0.0))
    nan
    """

    def at(halvings: int) -> float:
        x, y = (torch.tensor(c * 0.5**halvings, dtype=dtype) for c in point)
        try:
            return float(value_of(formula, x, y))
        except NOT_DEFINED:
            return nan

    with isolated(0):
        undefined, defined = 0, 1100  # there every coordinate is 0
        while defined - undefined > 1:
            middle = (undefined + defined) // 2
            if isnan(at(middle)):
                undefined = middle
            else:
                defined = middle
        value = at(defined)
    far = max(map(abs, point)) * 0.5**defined > 1
    huge = far and abs(value) > torch.finfo(dtype).max ** 0.5
    return copysign(inf, value) if huge and all(map(isfinite, point)) else nan


def _is_nan(coordinate: Tensor | float) -> Tensor | bool:
    """Say where a coordinate is NaN, which may also be a plain number."""
    return coordinate.isnan() if isinstance(coordinate, Tensor) else isnan(coordinate)
