"""Helpers for the tests of gallery pages: the runs of a script, and its prose.

Tests take the runs from the script itself, so that they check what the page shows.
"""

import ast
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

import optgallery as og
from optgallery.sphinxext.incremental.prose import Prose

GALLERY = Path(__file__).parents[2] / "gallery"
SCRIPTS = {path.stem.removeprefix("plot_"): path for path in sorted(GALLERY.glob("*/plot_*.py"))}
FUNCTIONS = [name.removeprefix("fn_") for name in SCRIPTS if name.startswith("fn_")]


def text(name):
    """Return the script of a page."""
    return SCRIPTS[name].read_text(encoding="utf-8")


@cache
def cell(optimizer, function, value=None):
    """Return the run in a cell of the grid, at a learning rate or a value of the own axis."""
    return og.run(optimizer, function, **og.OPTIMIZERS[optimizer].at(value))


@cache
def best(optimizer, function):
    """Return a run at the best of the gallery's rates."""
    return _sweep(optimizer).best(optimizer, function)


@cache
def _sweep(optimizer):
    """Sweep an optimizer only on functions whose pages show it, to save half the time."""
    shown = [name for name in FUNCTIONS if f'og.run("{optimizer}"' in text(f"fn_{name}")]
    return og.sweep(optimizer, shown, jobs=1)


def solves(optimizer, function, lr):
    """Whether the run in a cell of the grid solves its function."""
    return cell(optimizer, function, lr).outcome.kind == "solved"


class Page:
    """A page whose script was run, except for drawing and sweeps of the grid.

    Attributes
    ----------
    runs : list of Trajectory
        What ``og.run`` returned, in order.
    variables : dict
        What the script's variables hold at its end.
    prose : Prose
        The numbers in its prose.
    """

    def __init__(self, name):
        self.runs, self.variables = [], {}
        self.prose = Prose(SCRIPTS[name])
        _, blocks = split_code_and_text_blocks(str(SCRIPTS[name]))
        run = og.run

        def recorded(*args, **options):
            self.runs.append(run(*args, **options))
            return self.runs[-1]

        with patch.object(og, "run", recorded):
            for kind, code, line in blocks:
                if kind == "code":
                    module = ast.parse(code)
                    module.body = [node for node in module.body if _computes(node)]
                    exec(compile(module, str(SCRIPTS[name]), "exec"), self.variables)
                    self.prose.read(line, self.variables)
        self.prose.finish()


def _computes(node):
    """Whether a statement computes something, but does not draw or sweep the grid."""
    code = ast.unparse(node)
    if isinstance(node, ast.Assign):
        return not any(word in code for word in ("plt.", "figure", "= og.sweep(", "ax."))
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


page = cache(Page)


def runs(name):
    """Return the runs of a page: ``adam, adamax = runs("opt_adamax")``."""
    return page(name).runs


def away(trajectory, point=None):
    """Return the distance of each iterate from a point, or from the nearest minimum."""
    places = trajectory.test_fn.minima if point is None else (point,)
    ways = trajectory.points[:, None] - np.array(places)
    return np.linalg.norm(ways, axis=2).min(axis=1)


def moves(trajectory):
    """Return each step as a vector."""
    return np.diff(trajectory.points, axis=0)


def step_lengths(trajectory):
    return np.linalg.norm(moves(trajectory), axis=1)


def slopes(trajectory):
    return np.linalg.norm(trajectory.gradients, axis=1)


def outside(trajectory):
    return ~trajectory.test_fn.domain.contains(trajectory.points)


def turns(trajectory, place):
    """Return the largest number of turns of a path around a point."""
    x, y = (trajectory.points - np.array(place)).T
    return np.ptp(np.unwrap(np.arctan2(y, x))) / (2 * np.pi)


def curvature(function, x, y, a, b, h=1e-3):
    """Return the second derivative of a function at (x, y) along (a, b)."""
    fn = og.FUNCTIONS[function]
    return (fn(x + h * a, y + h * b) - 2 * fn(x, y) + fn(x - h * a, y - h * b)) / h**2
