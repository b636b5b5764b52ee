"""Matrices: the cells of a sweep, stored in a JSON file beside the page that shows them.

If a block of a script contains nothing but a sweep, its matrix can be rebuilt without running the
script. So when an optimizer changes, the pages of all functions get one new row each, and Sphinx
writes these pages again without reading them.
"""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from inspect import signature
from itertools import groupby
from pathlib import Path
from textwrap import indent
from typing import Any, Literal, NamedTuple

from optgallery.cache.store import Store
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, Axis
from optgallery.registry import Registry
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental.cells import MatrixCell, describe_cell, setting_title
from optgallery.sphinxext.incremental.dependencies import identify
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sweeps.sweep import LEARNING_RATES, Plan, Sweep, plan, sweep
from optgallery.sweeps.tables import head_of, row_titles, text_table
from optgallery.sweeps.tasks import CellName

_OUTPUT_AFTER_MATRIX = re.compile(
    r"(?P<matrices>(?:^\.\. trajectory-matrix:: .*\n\n*)+)"
    r"(?P<output>^\.\. rst-class:: sphx-glr-script-out\n\n \.\. code-block:: none\n\n"
    r"(?:^ {4}.*\n|^\n)+)",
    re.MULTILINE,
)

RowKind = Literal["optimizer", "function", "setting"]
"""The kind of a table's rows; its columns are learning rates, or values of an own axis."""


class NotRebuildableError(Exception):
    """The matrix cannot be rebuilt without running its script."""


class Content(NamedTuple):
    """The content of a matrix file."""

    steps: int
    lrs: tuple[float, ...]
    cells: list[MatrixCell]

    @classmethod
    def of(cls, swept: Sweep, store: Store) -> "Content":
        """Describe every run of a sweep, and draw those whose pictures are not in the store."""
        cells = [_cell(name, run, swept, store) for name, run in swept.items()]
        return cls(swept.steps, swept.lrs, cells)

    @classmethod
    def read(cls, path: Path) -> "Content":
        """Read the file."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content["steps"], tuple(content["lrs"]), content["cells"])

    def write(self, path: Path) -> None:
        """Write the file atomically."""
        write(path, self._text().encode())

    def tables(self) -> Iterator[tuple[str, RowKind, list[MatrixCell]]]:
        """Yield the title, the kind of the rows and the cells of each table.

        There is a table for each optimizer, or a single one if there is only one function; of a
        sweep across a further axis, a table for each optimizer and function.
        """
        if self.cells[0]["setting"]:
            titles = titles_of_rows("function", self.cells)
            pairs = groupby(self.cells, lambda cell: (cell["optimizer"], cell["function"]))
            for (_, function), cells in pairs:
                rows = list(cells)
                yield f"{rows[0]['optimizer_title']} on {titles[function]}", "setting", rows
            return
        if len({cell["function"] for cell in self.cells}) == 1:
            yield self.cells[0]["function_title"], "optimizer", self.cells
            return
        for _, cells in groupby(self.cells, lambda cell: cell["optimizer"]):
            rows = list(cells)
            yield rows[0]["optimizer_title"], "function", rows

    def printed(self) -> str:
        """Return the text that ``print`` shows for the sweep."""
        texts = []
        for title, kind, all_cells in self.tables():
            titles = titles_of_rows(kind, all_cells)
            for heads, cells in by_columns(kind, all_cells):
                notes: dict[str, list[str]] = {}
                for cell in cells:
                    notes.setdefault(titles[cell[kind]], []).append(cell["mark"])
                texts.append(text_table(title, heads, notes))
        return "\n\n".join(texts)

    @property
    def pictures(self) -> list[str]:
        """Store keys of the cells' pictures, and of the surfaces under their stills."""
        surfaces = {cell["surface_picture"] for cell in self.cells}
        return [*(cell["picture"] for cell in self.cells), *sorted(surfaces)]

    @property
    def failed(self) -> bool:
        """Whether a run raised an exception."""
        return any(cell["kind"] == "failed" for cell in self.cells)

    def _text(self) -> str:
        """Return the JSON, with one line for each cell."""
        head = json.dumps({"steps": self.steps, "lrs": self.lrs})
        cells = ",\n".join(json.dumps(cell) for cell in self.cells)
        return f'{head[:-1]}, "cells": [\n{cells}\n]}}\n'


def head_of_column(cell: MatrixCell) -> str:
    """Return the head of a cell's column: ``"lr 0.1"``, ``"damping 0.1"`` or ``"one run"``."""
    axis = None
    if cell["axis"] != "lr":
        values = () if cell["value"] is None else (cell["value"],)
        axis = Axis(cell["axis"] or None, values, cell["axis_title"])
    return head_of(axis, cell["value"])


def by_columns(
    kind: RowKind, cells: Sequence[MatrixCell]
) -> Iterator[tuple[list[str], list[MatrixCell]]]:
    """Yield the heads of columns, and the cells of all rows that have them; rates come first."""
    found: dict[tuple[str, ...], list[MatrixCell]] = {}
    for _, cells_of_row in groupby(cells, lambda cell: cell[kind]):
        row = list(cells_of_row)
        found.setdefault(tuple(map(head_of_column, row)), []).extend(row)
    for heads in sorted(found, key=lambda heads: found[heads][0]["axis"] != "lr"):
        yield list(heads), found[heads]


def titles_of_rows(kind: RowKind, cells: Sequence[MatrixCell]) -> dict[str, str]:
    """Return the titles of a table's rows by name, made unique as in a sweep."""
    if kind == "setting":
        return {cell["setting"]: setting_title(cell["setting"]) for cell in cells}
    title: Literal["optimizer_title", "function_title"]
    title = "optimizer_title" if kind == "optimizer" else "function_title"
    return row_titles({cell[kind]: cell[title] for cell in cells}.items())


class Request(NamedTuple):
    """The sweep of a block that contains nothing else, except perhaps printing its result."""

    variable: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    prints: bool

    @classmethod
    def of(cls, code: str) -> "Request | None":
        """Parse a block; return None if it does anything else.

        Examples
        --------
        >>> Request.of("rates = og.sweep('sgd', lrs=[0.1])")
        Request(variable='rates', arguments=('sgd',), options={'lrs': [0.1]}, prints=False)
        >>> Request.of("run = og.sweep('sgd').best('sgd', 'beale')")
        """
        match ast.parse(code).body:
            case [
                ast.Assign(
                    targets=[ast.Name(id=variable)],
                    value=ast.Call(func=ast.Attribute(ast.Name(), "sweep"), args=args) as call,
                ),
                *others,
            ] if [ast.unparse(other) for other in others] in ([], [f"print({variable})"]):
                pass
            case _:
                return None
        try:
            arguments = tuple(ast.literal_eval(argument) for argument in args)
            options = {str(o.arg): ast.literal_eval(o.value) for o in call.keywords}
        except ValueError:  # an argument is not a literal
            return None
        if not options.keys() <= signature(plan).parameters.keys():
            return None
        return cls(variable, arguments, options, bool(others))

    def plan(self) -> Plan[TestFunction]:
        """Return the optimizers, functions and rates that the sweep currently covers."""
        return plan(*self.arguments, **self.options)


class Matrix(NamedTuple):
    """A matrix that can be rebuilt without running its script.

    Attributes
    ----------
    request : Request
    file : str
        Name of the file of its cells, in the folder of the page's images.
    entries : list of list
        Kind, name and identity of each optimizer and each function.
    pictures : list of str
        Store keys of its cells' pictures.
    """

    request: Request
    file: str
    entries: list[list[str]]
    pictures: list[str]

    @classmethod
    def of(cls, request: Request, file: str, content: Content) -> "Matrix":
        """Return a matrix with the current identities of its entries.

        Raises
        ------
        UnidentifiableError, UnknownNameError
            If they cannot be determined, as for an entry that the script adds.
        """
        return cls(request, file, _entries(request.plan()), content.pictures)

    @classmethod
    def read(cls, request: list[Any], *rest: Any) -> "Matrix":
        """Convert from JSON."""
        return cls(Request(*request), *rest)

    def is_current(self, store: Store) -> bool:
        """Whether its entries are unchanged and its pictures are stored; raises as `of` does."""
        return self.entries == _entries(self.request.plan()) and all(
            key in store for key in self.pictures
        )

    def rebuilt(self, page: Path, store: Store) -> "Matrix":
        """Rebuild the cells of changed entries, and write the file.

        Parameters
        ----------
        page : Path
            The page, or the script beside it.
        store : Store
            The store of the runs and pictures.

        Raises
        ------
        NotRebuildableError
            If the file cannot be read, or a run failed. The file is then unchanged.
        """
        plan = self.request.plan()
        entries = _entries(plan)
        unchanged = {
            (kind, name) for kind, name, state in entries if [kind, name, state] in self.entries
        }
        path = images(page) / self.file
        try:
            before = Content.read(path)
        except (OSError, ValueError, KeyError) as error:
            raise NotRebuildableError(f"{path.name} cannot be read") from error
        after = _rebuilt(before, plan, unchanged, store)
        if after.failed:
            raise NotRebuildableError("a run failed")
        after.write(path)
        return self._replace(entries=entries, pictures=after.pictures)


def names_read(code: str) -> set[str]:
    """Return the names of the variables that a block reads."""
    return {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def with_reference(text: str, file: str, content: Content) -> str | None:
    """Replace the printed text of a sweep in a page by a directive that refers to the matrix file.

    Parameters
    ----------
    text : str
        The page's reST, as sphinx-gallery wrote it.
    file : str
        Name of the matrix file.
    content : Content
        Its content.

    Returns
    -------
    str or None
        None if the printed text does not occur exactly once.
    """
    printed = " .. code-block:: none\n\n" + indent(f"{content.printed()}\n", " " * 4)
    if text.count(printed) != 1:
        return None
    return text.replace(printed, f" .. printed-sweep:: images/{file}\n")


def with_output_first(text: str) -> str:
    """Move what a block prints before its matrices, which are many screens long.

    Parameters
    ----------
    text : str
        The page's reST, as sphinx-gallery wrote it: with the output after everything shown.
    """
    return _OUTPUT_AFTER_MATRIX.sub(r"\g<output>\g<matrices>", text)


def images(page: Path) -> Path:
    """Return the folder of the images of a page or a script."""
    return page.parent / "images"


def _cell(
    name: CellName, run: Trajectory, swept: Sweep | Plan[TestFunction], store: Store
) -> MatrixCell:
    fn = next(fn for fn in swept.functions if fn.name == name[1])
    return describe_cell(run, fn, _setting(name, swept), store)


def _setting(name: CellName, swept: Sweep | Plan[TestFunction]) -> str:
    """Return the value of a further axis as code writes it; an empty string without one."""
    return "" if swept.across is None else swept.across.setting(name[3])


def _entries(planned: Plan[TestFunction]) -> list[list[str]]:
    """Return kind, name and identity of the optimizers and functions of a sweep."""
    entries: list[tuple[Registry[Any], str]] = [(OPTIMIZERS, s.name) for s in planned.optimizers]
    entries += [(FUNCTIONS, fn.name) for fn in planned.functions]
    return [[registry.kind, name, identify(registry, name)] for registry, name in entries]


def _rebuilt(
    before: Content, planned: Plan[TestFunction], unchanged: set[tuple[str, str]], store: Store
) -> Content:
    """Return the content with all cells of the plan, reusing those of unchanged entries."""
    kept = {
        (cell["optimizer"], cell["function"], cell["value"], cell["setting"]): cell
        for cell in before.cells
        if {(OPTIMIZERS.kind, cell["optimizer"]), (FUNCTIONS.kind, cell["function"])} <= unchanged
        and cell["picture"] in store
    }
    names = list(planned.runs)
    cells = {name: kept.get((*name[:3], _setting(name, planned))) for name in names}
    across = {planned.across.name: planned.across.values} if planned.across else None
    for spec in planned.optimizers:
        lacking = {name[1] for name in names if name[0] == spec.name and cells[name] is None}
        if changed := [fn for fn in planned.functions if fn.name in lacking]:
            lrs = planned.lrs if spec.own_axis is None else LEARNING_RATES
            swept = sweep(spec, changed, lrs, across=across, steps=planned.steps, store=store)
            cells |= {name: _cell(name, run, planned, store) for name, run in swept.items()}
    return Content(planned.steps, planned.lrs, [cell for cell in cells.values() if cell])
