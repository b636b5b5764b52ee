"""Matrices: the cells of a sweep in a file, beside the page that shows them.

A function's page sweeps over all optimizers. When one of them changes, so does one row of its
matrix, and nothing else on the page. So the matrix of a block that only sweeps can be rebuilt
without running the script, and the page is written again without being read.
"""

import ast
import hashlib
import json
from collections.abc import Iterator, Sequence
from inspect import signature
from itertools import groupby, product
from pathlib import Path
from textwrap import indent
from typing import Any, Literal, NamedTuple, TypedDict, cast

from optgallery.cache.store import Store
from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.registry import Registry
from optgallery.runs.outcome import Kind
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental.dependencies import identify
from optgallery.sphinxext.incremental.pictures import drawn, picture_key, tile
from optgallery.sphinxext.incremental.site_files import quoted, write
from optgallery.sweeps.sweep import (
    LEARNING_RATES,
    Plan,
    Sweep,
    plan,
    row_titles,
    sweep,
    table,
)

GRID_STEPS = signature(sweep).parameters["steps"].default

RowKind = Literal["optimizer", "function"]
"""What the rows of a table are; its columns are learning rates."""


class MatrixCell(TypedDict):
    """A run as a page shows it, written as JSON beside the page and beside its GIF."""

    optimizer: str
    optimizer_title: str
    function: str
    function_title: str
    lr: float
    steps: int
    stem: str
    """Address of its GIF, still and JSON on the site, without their endings."""
    picture: str
    """Key of its GIF and still in the store."""
    width: int
    height: int
    summary: str
    outcome: str
    code: str
    kind: Kind
    css_class: str
    mark: str


class NotRenewableError(Exception):
    """A matrix that only its script can make."""


class Content(NamedTuple):
    """What the file of a matrix holds."""

    steps: int
    lrs: tuple[float, ...]
    cells: list[MatrixCell]

    @classmethod
    def of(cls, swept: Sweep, store: Store) -> "Content":
        """Describe every run of a sweep, and draw those that never were."""
        return cls(swept.steps, swept.lrs, [_cell(run, store) for run in swept.values()])

    @classmethod
    def read(cls, path: Path) -> "Content":
        """Read a file that was written."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content["steps"], tuple(content["lrs"]), content["cells"])

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        write(path, self._text().encode())

    def tables(self) -> Iterator[tuple[str, RowKind, list[MatrixCell]]]:
        """Yield the title of each table, what its rows are, and its cells.

        That is a table for each optimizer, or a single one if there is only one function.
        """
        if len({cell["function"] for cell in self.cells}) == 1:
            yield self.cells[0]["function_title"], "optimizer", self.cells
            return
        for _, cells in groupby(self.cells, lambda cell: cell["optimizer"]):
            rows = list(cells)
            yield rows[0]["optimizer_title"], "function", rows

    def printed(self) -> str:
        """Return the words of the sweep, as ``print`` shows them."""
        words = []
        for title, kind, cells in self.tables():
            titles = titles_of_rows(kind, cells)
            notes: dict[str, list[str]] = {}
            for cell in cells:
                notes.setdefault(titles[cell[kind]], []).append(cell["mark"])
            words.append(table(title, self.lrs, notes))
        return "\n\n".join(words)

    @property
    def pictures(self) -> list[str]:
        """Keys of the cells' pictures in the store."""
        return [cell["picture"] for cell in self.cells]

    @property
    def failed(self) -> bool:
        """Whether a run raised an exception."""
        return any(cell["kind"] == "failed" for cell in self.cells)

    def _text(self) -> str:
        """Spell it with a line for each cell."""
        head = json.dumps({"steps": self.steps, "lrs": self.lrs})
        cells = ",\n".join(json.dumps(cell) for cell in self.cells)
        return f'{head[:-1]}, "cells": [\n{cells}\n]}}\n'


def titles_of_rows(kind: RowKind, cells: Sequence[MatrixCell]) -> dict[str, str]:
    """Return the titles of a table's rows by name, told apart as those of a sweep are."""
    title: Literal["optimizer_title", "function_title"]
    title = "optimizer_title" if kind == "optimizer" else "function_title"
    return row_titles({cell[kind]: cell[title] for cell in cells}.items())


class Request(NamedTuple):
    """What a block asks for that only sweeps, and perhaps prints what came of it."""

    variable: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    prints: bool

    @classmethod
    def of(cls, code: str) -> "Request | None":
        """Read a block; None if it does anything else.

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
        except ValueError:  # it sweeps over what was computed before
            return None
        if not options.keys() <= signature(plan).parameters.keys():
            return None
        return cls(variable, arguments, options, bool(others))

    def plan(self) -> Plan:
        """Return what it covers at this moment."""
        return plan(*self.arguments, **self.options)


class Matrix(NamedTuple):
    """The matrix of a block that only sweeps.

    Attributes
    ----------
    request : Request
    file : str
        Name of the file that holds its cells, in the folder of the page's images.
    made_from : list of list
        Kind, name and identity of each optimizer and each function, in their order.
    pictures : list of str
        Keys of its cells' pictures in the store.
    """

    request: Request
    file: str
    made_from: list[list[str]]
    pictures: list[str]

    @classmethod
    def of(cls, request: Request, file: str, content: Content) -> "Matrix":
        """Note what a matrix was made from, at this moment.

        Raises
        ------
        UnidentifiableError, UnknownNameError
            If that cannot be told, as of an entry that only the script knows.
        """
        return cls(request, file, _entries(request.plan()), content.pictures)

    @classmethod
    def read(cls, request: list[Any], *rest: Any) -> "Matrix":
        """Return what was written as JSON."""
        return cls(Request(*request), *rest)

    def is_current(self, store: Store) -> bool:
        """Whether it would be made from the same again; raises as `of` does."""
        return self.made_from == _entries(self.request.plan()) and all(
            key in store for key in self.pictures
        )

    def renewed(self, page: Path, store: Store) -> "Matrix":
        """Rebuild it, cells of unchanged entries apart.

        Parameters
        ----------
        page : Path
            The page, or the script beside it.
        store : Store
            From which the runs and their pictures are taken.

        Raises
        ------
        NotRenewableError
            If there is no longer what the script left, or if a run failed: nothing is changed then.
        """
        asked = self.request.plan()
        entries = _entries(asked)
        same = {
            (kind, name) for kind, name, state in entries if [kind, name, state] in self.made_from
        }
        path = images(page) / self.file
        try:
            before = Content.read(path)
        except (OSError, ValueError, KeyError) as error:
            raise NotRenewableError(f"{path.name} cannot be read") from error
        after = _renewed(before, asked, same, store)
        if after.failed:
            raise NotRenewableError("a run failed")
        after.write(path)
        return self._replace(made_from=entries, pictures=after.pictures)


def names_read(code: str) -> set[str]:
    """Return the names of variables whose values a block asks for."""
    return {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def with_reference(text: str, file: str, content: Content) -> str | None:
    """Return a page that refers to the words of a sweep, where it had those that were printed.

    Parameters
    ----------
    text : str
        sphinx-gallery's reST.
    file, content
        Of the matrix.

    Returns
    -------
    str or None
        None if they do not stand in it just once.
    """
    printed = " .. code-block:: none\n\n" + indent(f"{content.printed()}\n", " " * 4)
    if text.count(printed) != 1:
        return None
    return text.replace(printed, f" .. printed-sweep:: images/{file}\n")


def images(page: Path) -> Path:
    """Return the folder of the images of a page, or of the script that it was made from."""
    return page.parent / "images"


def cell_stem(trajectory: Trajectory) -> str:
    """Name a cell's files: plainly if it belongs to the grid, else with a digest of its run."""
    spec, fn = trajectory.optimizer, trajectory.test_fn
    rate = trajectory.lr if isinstance(trajectory.lr, float) else None
    stem = grid_stem(spec.name, fn.name, rate)
    known = OPTIMIZERS.peek(spec.name) == spec and FUNCTIONS.peek(fn.name) == fn
    plain = trajectory.steps == GRID_STEPS and not trajectory.additions
    if known and plain and trajectory.lr in LEARNING_RATES:
        return stem
    # the code alone cannot tell two functions apart that a script defines under one name
    run = trajectory.code().encode() + trajectory.points.tobytes() + trajectory.values.tobytes()
    return f"{stem}-{short_digest(run)[:8]}"


def grid_stem(optimizer: str, function: str, lr: float | None) -> str:
    """Name the files of a cell of the grid, as opposed to others of the same optimizer and rate."""
    return f"cells/{quoted(optimizer)}/{quoted(function)}/{'default' if lr is None else f'{lr:g}'}"


def short_digest(content: bytes) -> str:
    """Return what stands in a page for a file, so that the page changes when the file does."""
    return hashlib.sha256(content).hexdigest()[:16]


def _cell(trajectory: Trajectory, store: Store) -> MatrixCell:
    """Draw one trajectory, if it never was, and describe it for the page."""
    animation = tile(trajectory)
    key = picture_key(animation)
    outcome = trajectory.outcome
    width, height = drawn(animation, store, key).size
    return {
        "optimizer": trajectory.optimizer.name,
        "optimizer_title": trajectory.optimizer.title,
        "function": trajectory.test_fn.name,
        "function_title": trajectory.test_fn.title,
        "lr": cast(float, trajectory.lr),
        "steps": trajectory.steps,
        "stem": cell_stem(trajectory),
        "picture": key,
        "width": width,
        "height": height,
        "summary": trajectory.summary,
        "outcome": str(outcome),
        "code": trajectory.code(),
        "kind": outcome.kind,
        "css_class": outcome.css_class,
        "mark": outcome.mark,
    }


def _entries(asked: Plan) -> list[list[str]]:
    """Return kind, name and identity of the optimizers and functions of a sweep."""
    entries: list[tuple[Registry[Any], str]] = [(OPTIMIZERS, s.name) for s in asked.optimizers]
    entries += [(FUNCTIONS, fn.name) for fn in asked.functions]
    return [[registry.kind, name, identify(registry, name)] for registry, name in entries]


def _renewed(before: Content, asked: Plan, same: set[tuple[str, str]], store: Store) -> Content:
    """Describe every run that is asked for, those of unchanged entries as before."""
    kept = {
        (cell["optimizer"], cell["function"], cell["lr"]): cell
        for cell in before.cells
        if {(OPTIMIZERS.kind, cell["optimizer"]), (FUNCTIONS.kind, cell["function"])} <= same
        and cell["picture"] in store
    }
    taken: dict[Any, Trajectory] = {}
    for spec in asked.optimizers:
        names = {fn.name for fn in asked.functions}
        whole = {n for n in names if all((spec.name, n, lr) in kept for lr in asked.lrs)}
        if changed := [fn for fn in asked.functions if fn.name not in whole]:
            taken.update(sweep(spec, changed, asked.lrs, steps=asked.steps, store=store))
    runs = product(asked.optimizers, asked.functions, asked.lrs)
    cells = [(spec.name, fn.name, lr) for spec, fn, lr in runs]
    return Content(
        asked.steps,
        asked.lrs,
        [_cell(taken[cell], store) if cell in taken else kept[cell] for cell in cells],
    )
