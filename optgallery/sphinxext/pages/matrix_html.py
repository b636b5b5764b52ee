"""The tables of a matrix, as they stand in a page.

A page has hundreds of cells, and a visitor opens few of them. So what the cells of a table say
alike, save for their row and their rate, stands once at the table, where the script of the pages
fills them in; a cell that says something else says it itself.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from optgallery.runs.outcome import LEGEND
from optgallery.sphinxext.explorer.directive import explorer_page
from optgallery.sphinxext.incremental.matrices import (
    Content,
    MatrixCell,
    RowKind,
    grid_stem,
    titles_of_rows,
)
from optgallery.sphinxext.templates import render


class Wording:
    """Words that cells carry for the script, with row and rate left open where cells are alike."""

    def __init__(
        self, key: str, kind: RowKind, cells: list[MatrixCell], say: Callable[[MatrixCell], str]
    ) -> None:
        self.key, self.kind, self.say = key, kind, say
        first = cells[0]
        self.alike = say(first).replace(first[kind], "{row}").replace(repr(first["lr"]), "{lr}")

    def of_cell(self, cell: MatrixCell) -> str | None:
        """Return the words of a cell, or None if it is like the others."""
        words = self.say(cell)
        filled = self.alike.replace("{row}", cell[self.kind]).replace("{lr}", repr(cell["lr"]))
        return None if filled == words else words


class Table:
    """A table with learning rates across; down are functions or optimizers, which ``kind`` says.

    Each cell is a link to its GIF, which the script of the pages turns into a player.
    """

    def __init__(
        self, page: HTML5Translator, content: Content, kind: RowKind, cells: list[MatrixCell]
    ) -> None:
        self.page, self.content, self.kind, self.cells = page, content, kind, cells
        self.titles = titles_of_rows(kind, cells)
        self.builder = page.builder
        self.here = self.builder.get_target_uri(self.builder.current_docname)
        self.explorer = explorer_page(self.builder.env, self.builder.config)
        self.wordings = [
            Wording("code", kind, cells, lambda cell: str(cell["code"])),
            Wording("explorer", kind, cells, self._in_explorer),
        ]

    def html(self, title: str) -> str:
        """Return the table, below words that explain its notes."""
        return render(
            "matrix",
            title=title,
            label=f"{title}: {self.kind}s by learning rates",
            steps=self.content.steps,
            legend=LEGEND,
            lrs=self.content.lrs,
            alike={f"data-{wording.key}": wording.alike for wording in self.wordings},
            rows=list(self._rows()),
        )

    def _rows(self) -> Iterator[dict[str, Any]]:
        for name, row in groupby(self.cells, lambda cell: cell[self.kind]):
            yield {
                "name": name,
                "title": self.titles[name],
                "page": self._page_of(name),
                "cells": [self._cell(cell) for cell in row],
            }

    def _page_of(self, name: str) -> str | None:
        """Return the address of a row's page, if there is one."""
        pages = {
            "function": f"functions/plot_fn_{name}",
            "optimizer": f"optimizers/plot_opt_{name}",
        }
        page = pages[self.kind]
        if page not in self.builder.env.found_docs:
            return None
        return self.builder.get_relative_uri(self.builder.current_docname, page)

    def _cell(self, cell: MatrixCell) -> dict[str, Any]:
        return {
            "run": cell,
            "id": self._unused_id(cell),
            "stem": relative_uri(self.here, quote(cell["stem"])),
            "own": {f"data-{wording.key}": wording.of_cell(cell) for wording in self.wordings},
        }

    def _unused_id(self, cell: MatrixCell) -> str | None:
        """Name a cell on its page; where a page shows a run twice, only the first has the name."""
        taken: set[str] = self.page.__dict__.setdefault("optgallery_cells", set())
        anchor = cell_id(cell["stem"])
        if anchor in taken:
            return None
        taken.add(anchor)
        return anchor

    def _in_explorer(self, cell: MatrixCell) -> str:
        """Return the address of a cell of the grid in the explorer, if there is one."""
        optimizer, function = cell["optimizer"], cell["function"]
        if self.explorer is None or cell["stem"] != grid_stem(optimizer, function, cell["lr"]):
            return ""
        optimizer, function = (quote(name, safe="") for name in (optimizer, function))
        state = f"fn={function}&run={optimizer}@{cell['lr']!r}"
        return f"{relative_uri(self.here, self.builder.get_target_uri(self.explorer))}#{state}"


def cell_id(stem: str) -> str:
    """Turn ``cells/radam/beale/0.1`` into ``radam-beale-lr-0.1``, a cell's address on its page."""
    optimizer, function, rate = Path(stem).parts[-3:]
    return f"{optimizer}-{function}-lr-{rate}"
