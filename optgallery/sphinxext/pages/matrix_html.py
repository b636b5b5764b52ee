"""The tables of a matrix, as they stand in a page.

A page has hundreds of cells, and a visitor opens few of them. So what the cells of a table say
alike, save for their row and their rate, stands once at the table, where the script of the pages
fills them in; a cell that says something else says it itself.
"""

from collections.abc import Callable, Iterator
from html import escape
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from optgallery.sphinxext.explorer.directive import explorer_page
from optgallery.sphinxext.incremental.matrices import (
    Content,
    MatrixCell,
    RowKind,
    grid_stem,
    titles_of_rows,
)


class Wording:
    """Words that cells carry for the script, with row and rate left open where cells are alike."""

    def __init__(
        self, key: str, kind: RowKind, cells: list[MatrixCell], say: Callable[[MatrixCell], str]
    ) -> None:
        self.key, self.kind, self.say = key, kind, say
        first = cells[0]
        self.alike = say(first).replace(first[kind], "{row}").replace(repr(first["lr"]), "{lr}")

    def of_table(self) -> str:
        """Return the attribute of the table."""
        return f' data-{self.key}="{escape(self.alike)}"'

    def of_cell(self, cell: MatrixCell) -> str:
        """Return the attribute of a cell, if it is not like the others."""
        words = self.say(cell)
        filled = self.alike.replace("{row}", cell[self.kind]).replace("{lr}", repr(cell["lr"]))
        return "" if filled == words else f' data-{self.key}="{escape(words)}"'


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
        label = f"{escape(title)}: {self.kind}s by learning rates"
        head = "".join(
            f'<th scope="col" data-lr="{lr!r}">lr {lr:g}</th>' for lr in self.content.lrs
        )
        rows = list(self._rows())
        alike = "".join(wording.of_table() for wording in self.wordings)
        # the words stand before the table, not in its caption, which would scroll away with it
        return (
            f'<p class="og-legend">{_legend(title, self.content.steps)}</p>\n'
            f'<div class="og-matrix" style="--og-rows: {len(rows)}" tabindex="0" role="region" '
            f'aria-label="{label}">'
            f'<table aria-label="{label}"{alike}><thead><tr><td></td>{head}</tr></thead>\n'
            f"<tbody>{''.join(rows)}</tbody></table></div>\n"
        )

    def _rows(self) -> Iterator[str]:
        for name, row in groupby(self.cells, lambda cell: cell[self.kind]):
            cells = list(row)
            yield (
                f'<tr data-row="{escape(name)}">'
                f'<th scope="row">{self._row_title(cells[0])}</th>'
                + "".join(map(self._cell, cells))
                + "</tr>\n"
            )

    def _row_title(self, cell: MatrixCell) -> str:
        page = {
            "function": f"functions/plot_fn_{cell['function']}",
            "optimizer": f"optimizers/plot_opt_{cell['optimizer']}",
        }[self.kind]
        title = escape(self.titles[cell[self.kind]])
        if page in self.builder.env.found_docs:
            uri = self.builder.get_relative_uri(self.builder.current_docname, page)
            return f'<a href="{uri}">{title}</a>'
        return title

    def _cell(self, cell: MatrixCell) -> str:
        stem = relative_uri(self.here, quote(cell["stem"]))
        address = f' id="{escape(anchor)}"' if (anchor := self._unused_id(cell)) else ""
        words = "".join(wording.of_cell(cell) for wording in self.wordings)
        return (
            f'<td class="og-cell {cell["css_class"]}"{address}>'
            f'<a class="og-tile" href="{stem}.gif"{words}>'
            f'<img src="{stem}.png" width="{cell["width"]}" height="{cell["height"]}" '
            f'alt="{escape(cell["summary"])}" loading="lazy" class="dark-light"></a>'
            f'<span class="og-note" aria-hidden="true">{cell["mark"]}</span></td>'
        )

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


def _legend(title: str, steps: int) -> str:
    return (
        f"<strong>{escape(title)}</strong>, {steps} steps each. "
        '<span class="og-solved"><span class="og-note">✓ n</span></span> came within a '
        "thousandth of the way to the least value, after n gradient evaluations; "
        '<span class="og-note">f</span> did not, and ended at f; '
        '<span class="og-climbed"><span class="og-note">↗</span></span> ended above its start; '
        '<span class="og-diverged"><span class="og-note">✗</span></span> diverged; '
        '<span class="og-failed"><span class="og-note">!</span></span> raised an exception. '
        "Touch a picture and it moves; choose it for its story and its code."
    )
