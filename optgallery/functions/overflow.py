"""Values beyond the floating point range: infinity instead of the NaN of ``inf - inf``."""

from math import copysign, inf, isfinite, isnan, nan

import torch
from torch import Tensor

from optgallery.functions.coordinates import Point
from optgallery.functions.evaluation import NOT_DEFINED, Formula, value_of
from optgallery.functions.isolation import isolated


def infinite_if_beyond_range(value: Tensor, x: Tensor, y: Tensor) -> Tensor:
    r"""Return a polynomial's values, with :math:`\infty` where its terms overflowed.

    Far from the origin, the terms of a polynomial overflow to infinities of either sign, and their
    sum is NaN or :math:`-\infty`. A polynomial that is bounded below grows there in all directions,
    so its value exceeds the largest floating point number. All other values and their derivatives
    are unchanged, bit for bit.

    Parameters
    ----------
    value, x, y : tensor
        Values of a polynomial that is bounded below, and the coordinates of its points.

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
    if not isinstance(value, Tensor):  # a formula called with plain numbers
        return value
    known = (value > -inf) | _is_nan(x) | _is_nan(y)
    return torch.where(known, value, inf)


def value_beyond_range(formula: Formula, point: Point, dtype: torch.dtype = torch.float64) -> float:
    """Return the infinite value of a formula at a point where it is NaN because terms overflowed.

    From a point where terms overflow, the search goes towards the origin to the first point with a
    value that is not NaN. If that value is beyond the square root of the dtype's largest number,
    terms overflowed. A coordinate must still be greater than 1 there, to exclude a pole at the
    origin, such as a logarithm's.

    Parameters
    ----------
    formula : callable
    point : (float, float)
        A finite point at which the formula is NaN.
    dtype : torch.dtype
        The dtype of the evaluation.

    Returns
    -------
    float
        inf or -inf; NaN if the value is undefined for another reason.

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
    """Return where a coordinate, a tensor or a plain number, is NaN."""
    return coordinate.isnan() if isinstance(coordinate, Tensor) else isnan(coordinate)
