"""The cells of matrices: runs as pages show them, and the paths of their files in the site."""

import ast
import hashlib
from inspect import signature
from typing import NamedTuple, TypedDict

from optgallery.cache.store import Store
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, Axis, OptimizerSpec
from optgallery.runs.outcome import Kind
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental import known
from optgallery.sphinxext.incremental.pictures import (
    drawn_surface,
    drawn_tile,
    surface_key,
    tile_key,
)
from optgallery.sphinxext.incremental.site_files import quoted
from optgallery.sweeps.across import Across, HParam, Value
from optgallery.sweeps.sweep import LEARNING_RATES, sweep

GRID_STEPS = signature(sweep).parameters["steps"].default


class StillData(TypedDict):
    """A still as JSON has it; the attributes are those of `optgallery.render.still.Still`."""

    path: str
    start: list[int]
    end: list[int] | None
    arrow: str


class MatrixCell(TypedDict):
    """A run as shown on a page; written as JSON beside the page."""

    optimizer: str
    optimizer_title: str
    function: str
    function_title: str
    axis: str
    """The hyper-parameter of the columns: ``lr``, or that of the optimizer's own axis.

    It is empty if there is nothing to choose."""
    axis_title: str
    value: float | None
    """The learning rate, or the value of the optimizer's own axis."""
    setting: str
    """The value of a further axis as code writes it, ``weight_decay=0.1``; empty without one."""
    steps: int
    stem: str
    """Path of its GIF in the site, without suffix."""
    picture: str
    """Key of its GIF and still in the store."""
    width: int
    height: int
    still: StillData
    surface: str
    """Path in the site of the picture under its still."""
    surface_picture: str
    """Key of that picture in the store."""
    summary: str
    outcome: str
    code: str
    kind: Kind
    css_class: str
    mark: str
    short: str
    """The mark in a table of many runs, and how strong its colour is in percent."""
    shade: int
    family: str
    """The optimizer's family."""
    tag: str
    """The first tag of the function, which is its kind; empty if it has none."""


class GridCell(NamedTuple):
    """A cell as prose names it: ``adamw beale 0.1``, or ``adamw beale 0.1 weight_decay=0.01``.

    Of an optimizer with nothing to choose, the name has no value: ``newton beale``.
    """

    optimizer: str
    function: str
    value: float | None
    setting: str = ""

    @classmethod
    def of_cell(cls, cell: MatrixCell) -> "GridCell":
        """Return the name of a cell."""
        return cls(cell["optimizer"], cell["function"], cell["value"], cell["setting"])

    @classmethod
    def of(cls, text: str) -> "GridCell":
        """Read the name of a cell, or raise a ValueError.

        Examples
        --------
        >>> GridCell.of("adamw beale 0.10 weight_decay=0.010")
        GridCell(optimizer='adamw', function='beale', value=0.1, setting='weight_decay=0.01')
        """
        words = text.split()
        if len(words) == 2 and has_nothing_to_choose(words[0]):
            return cls(words[0], words[1], None)
        if len(words) == 2:
            raise ValueError("the learning rate is missing")
        if len(words) < 2:
            raise ValueError("the function and the learning rate are missing")
        optimizer, function, *further = words
        value = None if has_nothing_to_choose(optimizer) else float(further.pop(0))
        if not further:
            return cls(optimizer, function, value)
        name, equals, text = " ".join(further).partition("=")
        if not equals:
            raise ValueError(f"{name!r} has no value")
        try:
            setting = f"{name}={ast.literal_eval(text)!r}"
        except SyntaxError:
            raise ValueError(f"{text!r} is no number") from None
        return cls(optimizer, function, value, setting)


def describe_cell(
    trajectory: Trajectory, fn: TestFunction, setting: str, store: Store
) -> MatrixCell:
    """Describe a run for the page, and draw it if it is not in the store.

    Parameters
    ----------
    trajectory : Trajectory
    fn : TestFunction
        The function of the sweep; that of the run may have a noisy gradient.
    setting : str
        The value of a further axis, or an empty string.
    store : Store
        The store of the pictures.
    """
    key = tile_key(trajectory)
    spec, outcome = trajectory.optimizer, trajectory.outcome
    drawn = drawn_tile(trajectory, store, key)
    still, (width, height) = drawn.still, drawn.size
    surface = drawn_surface(trajectory, store)
    return {
        "optimizer": trajectory.optimizer.name,
        "optimizer_title": trajectory.optimizer.title,
        "function": fn.name,
        "function_title": fn.title,
        "axis": axis_of(spec),
        "axis_title": own.title if (own := _own_axis(spec)) else "lr",
        "value": value_of(trajectory),
        "setting": setting,
        "steps": trajectory.steps,
        "stem": cell_stem(trajectory, fn, setting),
        "picture": key,
        "width": width,
        "height": height,
        "still": {
            "path": still.path,
            "start": list(still.start),
            "end": None if still.end is None else list(still.end),
            "arrow": still.arrow,
        },
        "surface": f"cells/surfaces/{quoted(fn.name)}-{short_digest(surface)[:8]}.webp",
        "surface_picture": surface_key(trajectory.test_fn),
        "summary": trajectory.summary,
        "outcome": str(outcome),
        "code": trajectory.code(),
        "kind": outcome.kind,
        "css_class": outcome.css_class,
        "mark": outcome.mark,
        "short": outcome.short,
        "shade": outcome.shade,
        "family": spec.family if isinstance(spec, OptimizerSpec) else "",
        "tag": next(iter(fn.tags), ""),
    }


def cell_stem(trajectory: Trajectory, fn: TestFunction | None = None, setting: str = "") -> str:
    """Return the path of a cell's files without suffix; with a digest if it is not in the grid.

    Parameters
    ----------
    trajectory : Trajectory
    fn : TestFunction, optional
        The function of the sweep, if it is not that of the run, whose gradient may be noisy.
    setting : str
        The value of a further axis: ``weight_decay=0.1``. The grid has these cells, too.
    """
    spec, fn = trajectory.optimizer, fn or trajectory.test_fn
    value = value_of(trajectory)
    stem = grid_stem(spec.name, fn.name, value, setting)
    known = OPTIMIZERS.peek(spec.name) == spec and FUNCTIONS.peek(fn.name) == fn
    plain = trajectory.steps == GRID_STEPS and not trajectory.additions
    if known and plain and isinstance(spec, OptimizerSpec):
        only = bool(setting) or trajectory.hparams.keys() <= spec.at(value).keys()
        if only and value in spec.values(LEARNING_RATES):
            return stem
    # two functions of a script may have one name, and so the same code
    run = trajectory.code().encode() + trajectory.points.tobytes() + trajectory.values.tobytes()
    return f"{stem}-{short_digest(run)[:8]}"


def grid_stem(optimizer: str, function: str, value: float | None, setting: str = "") -> str:
    """Return the path of the files of a cell of the grid, without suffix.

    Examples
    --------
    >>> grid_stem("adamw", "beale", 0.1), grid_stem("adamw", "beale", 0.1, "weight_decay=0.01")
    ('cells/adamw/beale/0.1', 'cells/adamw/beale/0.1-weight_decay-0.01')
    """
    further = f"-{file_part(setting)}" if setting else ""
    return f"cells/{quoted(optimizer)}/{quoted(function)}/{value_text(value)}{further}"


def value_text(value: float | None) -> str:
    """Return a value along the axis as addresses have it; of the only run, ``default``.

    Examples
    --------
    >>> value_text(0.1), value_text(1), value_text(None)
    ('0.1', '1', 'default')
    """
    return "default" if value is None else f"{value:g}"


def value_in_words(spec: OptimizerSpec, value: float | None) -> str:
    """Return the end of a cell's name: ``" at 0.1"``, ``" at damping 0.1"`` or nothing."""
    if spec.own_axis is None:
        return f" at {value:g}"
    return f" at {spec.own_axis.words(value)}" if value is not None else ""


def value_of(trajectory: Trajectory) -> float | None:
    """Return the learning rate of a run, or its value along the optimizer's own axis."""
    own = _own_axis(trajectory.optimizer)
    if own is None:
        return trajectory.lr if isinstance(trajectory.lr, float) else None
    return None if own.parameter is None else trajectory.hparams.get(own.parameter)


def axis_of(optimizer: object) -> str:
    """Return the hyper-parameter of the columns; an empty string if there is nothing to choose."""
    own = _own_axis(optimizer)
    return "lr" if own is None else own.parameter or ""


def _own_axis(optimizer: object) -> Axis | None:
    return optimizer.own_axis if isinstance(optimizer, OptimizerSpec) else None


def has_nothing_to_choose(optimizer: str) -> bool:
    """Whether the optimizer of this name has a single run on each function."""
    spec = known.find(OPTIMIZERS, optimizer)
    return spec is not None and spec.values(LEARNING_RATES) == (None,)


def outcomes_file(optimizer: str) -> str:
    """Return the path of the file of the outcomes of an optimizer's runs in the site.

    Examples
    --------
    >>> outcomes_file("adamw")
    'cells/adamw/runs.json'
    """
    return f"cells/{quoted(optimizer)}/runs.json"


def file_part(setting: str) -> str:
    """Return a setting as a part of a file's name: ``weight_decay-0.1``."""
    return quoted(setting.replace("=", "-"))


def parsed(setting: str) -> HParam | None:
    """Return the name and the value of a setting; None if it is empty.

    Examples
    --------
    >>> parsed("weight_decay=0.1"), parsed("")
    (('weight_decay', 0.1), None)
    """
    name, _, value = setting.partition("=")
    return (name, ast.literal_eval(value)) if setting else None


def as_across(setting: str) -> dict[str, list[Value]] | None:
    """Return a setting as the argument ``across`` of a sweep; None if it is empty."""
    found = parsed(setting)
    return None if found is None else {found[0]: [found[1]]}


def short_digest(content: bytes) -> str:
    """Return a digest of a file, to be put into a page so that the page changes with the file."""
    return hashlib.sha256(content).hexdigest()[:16]


def setting_title(setting: str) -> str:
    """Return a setting as the tables of a sweep have it: ``weight_decay 0.1``."""
    found = parsed(setting)
    return "" if found is None else Across(found[0], (found[1],)).title(found[1])
