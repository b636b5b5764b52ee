"""Compare the functions of a package with ours on random points of our domain."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.base import Formula
from others.functions.departures import DEPARTURES
from others.functions.packages import FunctionPackage

POINTS = 300
AGREES = 1e-9
SINGLE = 1e-6
"""What float32 leaves of an agreement, relative to the largest value."""

RESULTS = {
    "agrees": "it has the values of ours",
    "agrees in single precision": "it computes in float32, unless told otherwise",
    "variant": "it has another constant, scale, sign or centre",
    "other function": "it is another function under the same name",
    "differs from the published formula": "ours has the published one",
    "differs": "it is not known why",
    "not run": "it raises an exception",
}
"""What may come of a comparison, and what that means."""


def compare_package(package: FunctionPackage) -> list[dict[str, Any]]:
    """Compare each function of a package, and return an entry for each."""
    return list(_entries(package))


def _entries(package: FunctionPackage) -> Iterator[dict[str, Any]]:
    for ours, theirs, ready in package.load():
        fn = FUNCTIONS[ours]
        points = random_points(fn, package.within.get(ours))
        entry = {"function": ours, "package": package.name, "theirs": theirs}
        departure = DEPARTURES.get((package.name, theirs))
        if departure and departure.formula is None:
            yield {**entry, "result": departure.kind, **_said(departure)}
            continue
        values = ready()(points)
        apart = difference(values, at(fn.formula, points))
        entry["result"] = result_of(apart)
        entry["difference"] = float(f"{apart:.0e}")
        if departure and departure.formula and apart >= AGREES:
            explained = difference(values, at(departure.formula, points))
            if explained < min(apart / 10, SINGLE):
                entry |= {"result": departure.kind, **_said(departure)}
        if ours in package.within:
            entry["why"] = "takes points of its own box alone"
        yield entry


def _said(departure: Any) -> dict[str, str]:
    said = {"why": departure.why, "source": departure.source}
    return {key: words for key, words in said.items() if words}


def result_of(apart: float) -> str:
    """Say what a difference means."""
    if apart < AGREES:
        return "agrees"
    return "agrees in single precision" if apart < SINGLE else "differs"


def random_points(
    fn: TestFunction, within: tuple[float, float, float, float] | None = None
) -> NDArray[np.float64]:
    """Return seeded points of a function's domain, or of what a box leaves of it."""
    d = fn.domain
    xmin, xmax, ymin, ymax = within or (d.xmin, d.xmax, d.ymin, d.ymax)
    low = max(xmin, d.xmin), max(ymin, d.ymin)
    high = min(xmax, d.xmax), min(ymax, d.ymax)
    return np.random.default_rng(0).uniform(low, high, (POINTS, 2))


def at(formula: Formula, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate a formula at points."""
    values: NDArray[np.float64] = formula(*torch.from_numpy(points).T).numpy()
    return values


def difference(values: NDArray[np.float64], published: NDArray[np.float64]) -> float:
    """Return the largest difference, relative to the largest of the published values."""
    return float(np.abs(values - published).max() / np.abs(published).max())
