"""What the tests of the gallery's pages share: the runs that a page shows, and what is read off."""

import ast
from functools import cache
from pathlib import Path

import numpy as np

from optgallery import run, sweep

GALLERY = Path(__file__).parents[2] / "gallery"
FUNCTION_PAGES = {
    path.stem.removeprefix("plot_fn_"): path.read_text(encoding="utf-8")
    for path in sorted(GALLERY.glob("functions/plot_fn_*.py"))
}


def shown(page):
    """Read the runs that a function's page shows out of its script, as calls of run()."""
    tree = ast.parse(FUNCTION_PAGES[page])
    return [
        (
            *(ast.literal_eval(argument) for argument in call.args),
            {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords},
        )
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "og.run"
    ]


@cache
def best(optimizer, function):
    """Take a run at the best of the gallery's rates."""
    if optimizer in {call[0] for call in shown(function)}:
        return sweep_on_pages(optimizer).best(optimizer, function)
    return sweep(optimizer, function, jobs=1).best(optimizer, function)


@cache
def sweep_on_pages(optimizer):
    """Sweep an optimizer on all functions whose pages show it: together they take half the time."""
    pages = [page for page in FUNCTION_PAGES if optimizer in {call[0] for call in shown(page)}]
    return sweep(optimizer, pages, jobs=1)


@cache
def played(page):
    """Run what a function's page shows; by optimizer."""
    return {name: run(name, fn, **options) for name, fn, options in shown(page)}


def away(trajectory, point=None):
    """Return the distance of each iterate from a point, or from the only minimum."""
    if point is None:
        (point,) = trajectory.test_fn.minima
    return np.linalg.norm(trajectory.points - point, axis=1)


def step_lengths(trajectory):
    return np.linalg.norm(np.diff(trajectory.points, axis=0), axis=1)


def slopes(trajectory):
    return np.linalg.norm(trajectory.gradients, axis=1)
