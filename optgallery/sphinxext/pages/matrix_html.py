"""The HTML tables of a matrix.

A page has hundreds of cells, of which a visitor opens a few. So an attribute that differs between
the cells of a table only by row and learning rate is written once, on the table, and the page's
script fills these in. A cell with another value has the attribute itself.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from optgallery.optim import OPTIMIZERS
from optgallery.runs.outcome import SHORT_LEGEND
from optgallery.sphinxext.explorer.axes import axis_file
from optgallery.sphinxext.explorer.directive import (
    FOLDER,
    explorer_page,
    guide_address,
    shown_axes,
)
from optgallery.sphinxext.incremental.cells import (
    GRID_STEPS,
    MatrixCell,
    grid_stem,
    parsed,
    value_text,
)
from optgallery.sphinxext.incremental.matrices import Content, RowKind, titles_of_rows
from optgallery.sphinxext.incremental.project import grid_of
from optgallery.sphinxext.incremental.site_files import quoted
from optgallery.sphinxext.pages.stills import still_of_cell
from optgallery.sphinxext.templates import render

View = Literal["numbers", "pictures"]
"""What the cells of a table show."""

FEW_ROWS = 12
"""The most rows of a table without groups that shows pictures, unless its directive says more."""

FEW_RATES = 9
"""The most learning rates of a table that fits every screen; a wider one scrolls sideways."""


class Count(NamedTuple):
    """How many runs of some rows solved their functions at one learning rate."""

    solved: int
    of: int

    @property
    def shade(self) -> int:
        """How strong the colour of the cell is, in percent."""
        return round(100 * self.solved / self.of) if self.of else 0


class SharedAttribute:
    """A ``data-`` attribute of cells: one pattern for the table, and the values that differ."""

    def __init__(
        self, key: str, kind: RowKind, cells: list[MatrixCell], value: Callable[[MatrixCell], str]
    ) -> None:
        self.key, self.kind, self.value = key, kind, value
        first = cells[0]
        text = value(first)
        self.pattern = text.replace(first[kind], "{row}").replace(key_of(first), "{lr}")

    def of_cell(self, cell: MatrixCell) -> str | None:
        """Return the value of a cell, or None if it follows the pattern."""
        value = self.value(cell)
        filled = self.pattern.replace("{row}", cell[self.kind]).replace("{lr}", key_of(cell))
        return None if filled == value else value


class Columns(NamedTuple):
    """What the columns of a table are: learning rates, or values of the rows' own axis.

    Attributes
    ----------
    axis : str
        The hyper-parameter; empty if there is nothing to choose.
    title : str
        Its name in words.
    values : tuple of float or None
    """

    axis: str
    title: str
    values: tuple[float | None, ...]

    @classmethod
    def of(cls, row: Sequence[MatrixCell]) -> "Columns":
        """Return the columns of the cells of one row."""
        return cls(row[0]["axis"], row[0]["axis_title"], tuple(cell["value"] for cell in row))

    @property
    def words(self) -> str:
        """What differs from one column to the next."""
        return {"lr": "learning rate", "": "run"}.get(self.axis, self.title)

    @property
    def heads(self) -> list[dict[str, str]]:
        """The heads: the value as attributes of cells have it, what precedes it, and its text."""
        if not self.axis:
            return [{"key": "default", "before": "", "text": "one run"}]
        return [
            {"key": repr(value), "before": self.title, "text": value_text(value)}
            for value in self.values
        ]


class Table:
    """A table whose columns are learning rates and whose rows are of the given ``kind``.

    The columns are values of another axis if all rows have the same one. Else a row with an axis of
    its own states its values in its cells; its only cell, if there is nothing to choose, is as wide
    as all columns.

    Each cell is a link to its GIF, which the page's script turns into a player.
    """

    def __init__(
        self,
        page: HTML5Translator,
        content: Content,
        kind: RowKind,
        cells: list[MatrixCell],
        view: View | None = None,
    ) -> None:
        self.page, self.content, self.kind, self.cells, self.view = page, content, kind, cells, view
        self.titles = titles_of_rows(kind, cells)
        self.columns, self.width = self._columns()
        self.builder = page.builder
        self.here = self.builder.get_target_uri(self.builder.current_docname)
        self.explorer = explorer_page(self.builder.env, self.builder.config)
        further = self.explorer is not None and any(cell["setting"] for cell in cells)
        self.axes = shown_axes(self.builder.env) if further else {}
        self.attributes = [
            SharedAttribute("code", kind, cells, lambda cell: str(cell["code"])),
            SharedAttribute("explorer", kind, cells, self._explorer_address),
            SharedAttribute("runs", kind, cells, self._place_of_run),
            SharedAttribute("size", kind, cells, lambda cell: f"{cell['width']} {cell['height']}"),
        ]

    def html(self, title: str) -> str:
        """Return the table and its legend."""
        rows = len(self.titles)
        groups = list(self._groups())
        return render(
            "matrix",
            title=title,
            label=f"{title}: {self._rows_in_words()}{self._columns_in_words()}",
            steps=self.content.steps,
            legend=SHORT_LEGEND,
            columns=self.columns,
            width=self.width,
            wide=self.width > FEW_RATES,
            number=self._number(),
            view=self.view or ("pictures" if rows <= FEW_ROWS else "numbers"),
            patterns={
                **{f"data-{a.key}": a.pattern for a in self.attributes},
                "data-guide": guide_address(self.page),
            },
            rows=rows,
            groups=groups,
            total=self._counts(self.cells) if len(groups) > 1 else None,
        )

    def _columns(self) -> tuple[Columns, int]:
        """Return the columns that the heads state, and how many cells a row has at most."""
        rows = [Columns.of(list(row)) for _, row in groupby(self.cells, lambda c: c[self.kind])]
        rates = [row for row in rows if row.axis == "lr"]
        several = Columns("lr", "lr", self.content.lrs) if len(set(rows)) > 1 else rows[0]
        chosen = rates[0] if rates else several
        return chosen, max(len(row.values) for row in (chosen, *rows))

    def _columns_in_words(self) -> str:
        if self.columns.axis == "lr":
            return " by learning rates"
        return f" by {self.columns.title}" if self.columns.axis else ""

    def _rows_in_words(self) -> str:
        if self.kind != "setting":
            return f"{self.kind}s"
        return f"values of {self.cells[0]['setting'].partition('=')[0]}"

    def _number(self) -> int:
        """Return the number of the table on its page."""
        number: int = self.page.__dict__.get("optgallery_tables", 0) + 1
        self.page.__dict__["optgallery_tables"] = number
        return number

    def _groups(self) -> Iterator[dict[str, Any]]:
        """Yield the rows by family of the optimizers or kind of the functions, with their heads.

        A family may stand in several places of the registry, whose order is otherwise kept. There
        are no heads if there is only one group, or only few rows.
        """
        groups: dict[str, list[MatrixCell]] = {}
        grouped = len(self.titles) > FEW_ROWS
        for cell in self.cells:
            name = group_of(self.kind, cell) if grouped else ""
            groups.setdefault(name, []).append(cell)
        for name, cells in groups.items():
            yield {
                "title": (name or "other").capitalize() if len(groups) > 1 else "",
                "counts": self._counts(cells),
                "rows": list(self._rows(cells)),
            }

    def _counts(self, cells: Sequence[MatrixCell]) -> list[Count]:
        """Return how many of the cells are solved at each value of the heads."""
        columns = [
            [cell for cell in cells if (cell["axis"], cell["value"]) == (self.columns.axis, value)]
            for value in self.columns.values
        ]
        return [
            Count(sum(cell["kind"] == "solved" for cell in column), len(column))
            for column in columns
        ]

    def _rows(self, cells: Sequence[MatrixCell]) -> Iterator[dict[str, Any]]:
        for name, cells_of_row in groupby(cells, lambda cell: cell[self.kind]):
            row = list(cells_of_row)
            columns = Columns.of(row)
            own = columns if columns != self.columns else None
            yield {
                "name": name,
                "title": self.titles[name],
                "page": self._page_of(name),
                "cells": [self._cell(cell, own=own is not None) for cell in row],
                "own": own,
                "empty": self.width - len(row) if columns.axis else 0,
            }

    def _page_of(self, name: str) -> str | None:
        """Return the address of a row's page, or None."""
        pages = {
            "function": f"functions/plot_fn_{name}",
            "optimizer": f"optimizers/plot_opt_{name}",
        }
        page = pages.get(self.kind)
        if page not in self.builder.env.found_docs:
            return None
        return self.builder.get_relative_uri(self.builder.current_docname, page)

    def _cell(self, cell: MatrixCell, *, own: bool) -> dict[str, Any]:
        # the script fills in the values of the heads, which are not those of this row
        attributes = {
            f"data-{a.key}": a.value(cell) if own else a.of_cell(cell) for a in self.attributes
        }
        return {
            "run": cell,
            "id": self._unused_id(cell),
            "stem": relative_uri(self.here, quote(cell["stem"])),
            **still_of_cell(self.page, cell),
            "own": attributes,
            "at": value_text(cell["value"]) if own and cell["axis"] else "",
            "span": self.width if not cell["axis"] and self.width > 1 else None,
        }

    def _unused_id(self, cell: MatrixCell) -> str | None:
        """Return the id of a cell, or None if an earlier cell on the page shows the same run."""
        used: set[str] = self.page.__dict__.setdefault("optgallery_cells", set())
        anchor = id_of(cell)
        if anchor in used:
            return None
        used.add(anchor)
        return anchor

    def _in_grid(self, cell: MatrixCell) -> bool:
        """Whether the explorer offers a cell's run."""
        grid = grid_of(self.builder.config)
        name = cell["optimizer"], cell["function"], cell["value"]
        if cell["stem"] == grid_stem(*name, cell["setting"]):
            return grid.has(*name) and grid.steps == GRID_STEPS
        own = {spec.name for spec in grid.optimizers} - OPTIMIZERS.keys()
        plain = not cell["setting"] and cell["steps"] == grid.steps
        return plain and cell["optimizer"] in own and grid.has(*name)

    def _explorer_address(self, cell: MatrixCell) -> str:
        """Return the address of a cell of the grid in the explorer; empty if it is not there."""
        optimizer, function, setting = cell["optimizer"], cell["function"], cell["setting"]
        if self.explorer is None or not self._in_grid(cell):
            return ""
        optimizer, function = (quote(name, safe="") for name in (optimizer, function))
        further = f",{setting.replace('+', '%2B')}" if setting else ""  # a plus would be a space
        state = f"fn={function}&run={optimizer}@{key_of(cell)}{further}"
        return f"{relative_uri(self.here, self.builder.get_target_uri(self.explorer))}#{state}"

    def _place_of_run(self, cell: MatrixCell) -> str:
        """Return where a run is in the explorer's data; empty if it is not there.

        That is the folder, the file, the learning rate, and which setting of the axis it has.
        """
        pair = cell["optimizer"], cell["function"]
        if self.explorer is None or not self._in_grid(cell):
            return ""
        across, number = None, 0
        if found := parsed(cell["setting"]):
            across = self.axes.get(pair, {}).get(found[0])
            if across is None or found[1] not in across.values:
                return ""
            number = across.values.index(found[1])
        folder = relative_uri(self.here, f"{FOLDER}/")
        file = f"{quoted(cell['function'])}/{quoted(cell['optimizer'])}"
        further = axis_file(across) if across else ""
        return f"{folder} {file}{further} {key_of(cell)} {number}"


def group_of(kind: RowKind, cell: MatrixCell) -> str:
    """Return the group of a cell's row: the family of an optimizer, or the kind of a function."""
    return {"optimizer": cell["family"], "function": cell["tag"], "setting": ""}[kind]


def key_of(cell: MatrixCell) -> str:
    """Return a cell's value as its attributes have it: a number, or ``default``."""
    return "default" if cell["value"] is None else repr(cell["value"])


def id_of(cell: MatrixCell) -> str:
    """Return the id of a cell on its page."""
    return cell_id(cell["stem"], cell["axis"])


def cell_id(stem: str, axis: str = "lr") -> str:
    """Return the id of a cell on its page: ``radam-beale-lr-0.1`` for ``cells/radam/beale/0.1``.

    Examples
    --------
    >>> cell_id("cells/newton/beale/default", "")
    'newton-beale-default'
    """
    optimizer, function, value = Path(stem).parts[-3:]
    return "-".join(part for part in (optimizer, function, axis, value) if part)
