"""Gradient clipping between ``backward()`` and ``step()``, as in a training loop."""

from collections.abc import Iterable
from math import isfinite
from numbers import Real
from typing import Any, Literal, NamedTuple, get_args

from torch import Tensor
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from optgallery.optim.hyperparameters import format_value

Quantity = Literal["norm", "value"]


class GradClip(NamedTuple):
    """A bound on gradients: on the norm over all parameters, or on each element."""

    by: Quantity
    limit: float

    def __str__(self) -> str:
        return f"clip {self.by} {format_value(self.limit)}"

    @property
    def given(self) -> float | tuple[str, float]:
        """The bound as an argument of `run`, in the shortest form."""
        limit = int(self.limit) if self.limit.is_integer() else self.limit
        return limit if self.by == "norm" else (self.by, limit)

    def __call__(self, params: Iterable[Tensor]) -> None:
        """Clip the gradients of parameters in place with torch's functions."""
        if self.by == "norm":
            clip_grad_norm_(params, self.limit)
        else:
            clip_grad_value_(params, self.limit)


def as_grad_clip(given: Any) -> GradClip | None:
    """Convert the argument of `run`: a number, ``("norm", number)`` or ``("value", number)``.

    Raises
    ------
    TypeError
        If it has another form.
    ValueError
        If the bound is not positive and finite.

    Examples
    --------
    >>> str(as_grad_clip(1)), str(as_grad_clip(("value", 0.5)))
    ('clip norm 1', 'clip value 0.5')
    """
    if given is None:
        return None
    pair: Any = given if isinstance(given, (tuple, list)) else ("norm", given)
    by: Any
    limit: Any
    by, limit = pair if len(pair) == 2 else ("", None)
    real = isinstance(limit, Real) and not isinstance(limit, bool)
    if not real or by not in get_args(Quantity):
        raise TypeError(
            'grad_clip must be a bound on the norm, such as 1.0, or ("norm", 1.0) or '
            f'("value", 0.5), got {given!r}'
        )
    if not (isfinite(limit) and limit > 0):
        raise ValueError(
            f"grad_clip must be positive and finite, got {given!r}; "
            "without it, or with None, nothing is clipped"
        )
    return GradClip(by, float(limit))
