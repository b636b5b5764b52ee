"""Tables of numbers about optimizers, with confidence intervals."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.profiles import text_table

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers in a table with a row for each optimizer.

    Attributes
    ----------
    title : str
        The meaning of the numbers.
    names : tuple of str
        The optimizers.
    columns : tuple of str
    values : array of shape (n, columns)
    low, high : array of shape (n, columns), optional
        Limits of confidence intervals; NaN for a number without one.
    lrs : tuple of float
        The learning rates of the columns, if each has one.
    of : int
        If the numbers are counts, the total.
    constant : tuple of bool
        For each optimizer, whether it has no learning rate, so that its number is the same in all
        columns; it is printed once.

    Examples
    --------
    >>> table = Table("solved", ("SGD",), ("lr 0.1", "lr 1"), np.array([[3.0, 1.0]]), of=4)
    >>> table["SGD", "lr 1"], table.share.tolist()
    (1.0, [[0.75, 0.25]])
    """

    title: str
    names: tuple[str, ...]
    columns: tuple[str, ...]
    values: Array
    low: Array | None = None
    high: Array | None = None
    lrs: tuple[float, ...] = ()
    of: int = 0
    constant: tuple[bool, ...] = ()

    def __getitem__(self, cell: tuple[str, str]) -> float:
        name, column = cell
        return float(self.values[_place(self.names, name), _place(self.columns, column)])

    def interval(self, name: str, column: str) -> tuple[float, float]:
        """Return the confidence interval of a number; (NaN, NaN) if it has none."""
        if self.low is None or self.high is None:
            return float("nan"), float("nan")
        cell = _place(self.names, name), _place(self.columns, column)
        return float(self.low[cell]), float(self.high[cell])

    def __iter__(self) -> Iterator[tuple[str, dict[str, float]]]:
        for name, row in zip(self.names, self.values.tolist(), strict=True):
            yield name, dict(zip(self.columns, row, strict=True))

    @property
    def share(self) -> Array:
        """Counts as shares of the total."""
        if not self.of:
            raise ValueError(f"the numbers of the table {self.title!r} are not counts")
        return self.values / self.of

    def __repr__(self) -> str:
        return f"<Table: {self.title}, {len(self.names)} optimizers>"

    def __str__(self) -> str:
        title = f"{self.title}, of {self.of}" if self.of else self.title
        return text_table(title, self.columns, dict(self._cells()))

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(column)}</th>' for column in self.columns)
        body = ""
        for i, (name, cells) in enumerate(self._cells()):
            row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            if self._is_constant(i):
                row = f'<td colspan="{len(cells)}">{escape(cells[0])}</td>'
            body += f'<tr><th scope="row">{escape(name)}</th>{row}</tr>'
        return (
            f"<table><caption>{escape(self.title)}</caption>"
            f"<thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _cells(self) -> Iterator[tuple[str, list[str]]]:
        for i, name in enumerate(self.names):
            cells = [self._cell(i, j) for j in range(len(self.columns))]
            if self._is_constant(i):
                yield f"{name} (no learning rate)", [cells[0], *[""] * (len(cells) - 1)]
            else:
                yield name, cells

    def _is_constant(self, i: int) -> bool:
        return bool(self.constant) and self.constant[i]

    def _cell(self, i: int, j: int) -> str:
        value = "-" if np.isnan(self.values[i, j]) else f"{self.values[i, j]:.3g}"
        if self.low is None or self.high is None or not np.isfinite(self.low[i, j]):
            return value
        return f"{value} ({self.low[i, j]:.2g}-{self.high[i, j]:.2g})"


def _place(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise KeyError(f"{name!r} is not in the table; there are {', '.join(names)}")
    return names.index(name)
