"""The setting along which an optimizer's runs are shown, where that is not its learning rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from optgallery.optim.hyperparameters import format_value


@dataclass(frozen=True)
class Axis:
    """A hyper-parameter in place of the learning rate, and the values that are shown of it.

    An optimizer with nothing to choose has an axis without a hyper-parameter: one run on each
    function, whose value is None.

    Parameters
    ----------
    parameter : str or None
        The hyper-parameter: ``"damping"``.
    values : sequence of float
        Its values, distinct and finite, in the order in which they are shown.
    title : str
        Its name in captions and heads of tables; that of the hyper-parameter, with spaces for
        underscores, if not given.

    Examples
    --------
    >>> radius = Axis("max_radius", [0.1, 1.0, 10.0], title="radius")
    >>> [radius.words(value) for value in radius.values]
    ['radius 0.1', 'radius 1', 'radius 10']
    >>> Axis().values
    (None,)
    """

    parameter: str | None = None
    values: Sequence[float | None] = ()
    title: str = ""

    def __post_init__(self) -> None:
        if self.parameter is None:
            if self.values not in ((), (None,)) or self.title:
                raise ValueError(
                    "an axis with values needs the name of its hyper-parameter: "
                    f'Axis("damping", {list(self.values)!r})'
                )
            object.__setattr__(self, "values", (None,))
            return
        if not isinstance(self.parameter, str) or not self.parameter.isidentifier():
            raise ValueError(f"an axis is the name of a hyper-parameter, got {self.parameter!r}")
        if self.parameter == "lr":
            raise ValueError("the learning rate is the axis of every optimizer without another")
        values = tuple(self._checked(value) for value in self.values)
        if not values:
            raise ValueError(f"the axis {self.parameter} needs at least one value, got none")
        if twice := [value for i, value in enumerate(values) if value in values[:i]]:
            raise ValueError(
                f"values of {self.parameter} must be distinct, got {twice[0]!r} more than once"
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "title", self.title or self.parameter.replace("_", " "))

    def _checked(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"values of {self.parameter} must be numbers, got {value!r}")
        if not math.isfinite(value):
            raise ValueError(f"values of {self.parameter} must be finite, got {value!r}")
        return value  # a whole number stays one, as a class may require it

    def words(self, value: float | None) -> str:
        """Return a value in words, ``"damping 0.1"``; an empty string where there is no choice."""
        return "" if value is None else f"{self.title} {format_value(value)}"
