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
from optgallery.sphinxext.incremental.cells import GRID_STEPS, MatrixCell, grid_stem, parsed
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
        self.pattern = text.replace(first[kind], "{row}").replace(repr(first["lr"]), "{lr}")

    def of_cell(self, cell: MatrixCell) -> str | None:
        """Return the value of a cell, or None if it follows the pattern."""
        value = self.value(cell)
        filled = self.pattern.replace("{row}", cell[self.kind]).replace("{lr}", repr(cell["lr"]))
        return None if filled == value else value


class Table:
    """A table whose columns are learning rates and whose rows are of the given ``kind``.

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
            label=f"{title}: {self._rows_in_words()} by learning rates",
            steps=self.content.steps,
            legend=SHORT_LEGEND,
            lrs=self.content.lrs,
            wide=len(self.content.lrs) > FEW_RATES,
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
        """Return how many of the cells are solved at each learning rate."""
        columns = [[cell for cell in cells if cell["lr"] == lr] for lr in self.content.lrs]
        return [
            Count(sum(cell["kind"] == "solved" for cell in column), len(column))
            for column in columns
        ]

    def _rows(self, cells: Sequence[MatrixCell]) -> Iterator[dict[str, Any]]:
        for name, row in groupby(cells, lambda cell: cell[self.kind]):
            yield {
                "name": name,
                "title": self.titles[name],
                "page": self._page_of(name),
                "cells": [self._cell(cell) for cell in row],
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

    def _cell(self, cell: MatrixCell) -> dict[str, Any]:
        return {
            "run": cell,
            "id": self._unused_id(cell),
            "stem": relative_uri(self.here, quote(cell["stem"])),
            **still_of_cell(self.page, cell),
            "own": {f"data-{a.key}": a.of_cell(cell) for a in self.attributes},
        }

    def _unused_id(self, cell: MatrixCell) -> str | None:
        """Return the id of a cell, or None if an earlier cell on the page shows the same run."""
        used: set[str] = self.page.__dict__.setdefault("optgallery_cells", set())
        anchor = cell_id(cell["stem"])
        if anchor in used:
            return None
        used.add(anchor)
        return anchor

    def _in_grid(self, cell: MatrixCell) -> bool:
        """Whether the explorer offers a cell's run."""
        grid = grid_of(self.builder.config)
        name = cell["optimizer"], cell["function"], cell["lr"]
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
        state = f"fn={function}&run={optimizer}@{cell['lr']!r}{further}"
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
        return f"{folder} {file}{further} {cell['lr']!r} {number}"


def group_of(kind: RowKind, cell: MatrixCell) -> str:
    """Return the group of a cell's row: the family of an optimizer, or the kind of a function."""
    return {"optimizer": cell["family"], "function": cell["tag"], "setting": ""}[kind]


def cell_id(stem: str) -> str:
    """Return the id of a cell on its page: ``radam-beale-lr-0.1`` for ``cells/radam/beale/0.1``."""
    optimizer, function, rate = Path(stem).parts[-3:]
    return f"{optimizer}-{function}-lr-{rate}"
