"""Maps for the page of a test function: where runs end, and which settings converge."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from optgallery.analysis.basins import DIVERGED, NOT_ARRIVED, Basins
from optgallery.analysis.trainability import Trainability
from optgallery.functions import TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.plot.maps import basin_colors, percent
from optgallery.runs.batched_objective import rounds_alike
from optgallery.sphinxext.pages.experiment_record import Findings

SHOWN = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adamw", "lion", "rprop")
"""Optimizers with a map of basins: elementwise ones, of which many runs take little time."""

TRAINED = "sgd"
"""The optimizer of the map of trainability."""

STARTS, SETTINGS = 48, 48
"""Starts along each side of a map of basins, and pixels along each side of one of trainability."""

FEWER = 32
"""The same for functions whose runs take longer, since they cannot be evaluated in long rows."""

BUDGET = 200
"""Gradient evaluations of every run."""

_WIDTH = 384  # of the picture in pixels
_DOT = 11.0  # radius of the mark of a minimum, in pixels
_RING = 4.0  # of which so many are a white ring
_FINE = 4  # marks are drawn so many times larger, and then reduced
_LISTED = 5  # minima in the caption of a map


class Rate(NamedTuple):
    """The learning rate at which an optimizer is shown on a function.

    Attributes
    ----------
    lr : float
    solves : int
        How many of the function's starts in the experiment it solves at that rate. If none, it is
        the rate that is typical of the optimizer.
    """

    lr: float
    solves: int


class Share(NamedTuple):
    """The share of the starts whose runs end in one way.

    Attributes
    ----------
    label : int or None
        A label of the map; None for the rest of the minima together.
    name : str
    share : float
    """

    label: int | None
    name: str
    share: float


def rate_of(spec: OptimizerSpec, fn: TestFunction, found: Findings | None) -> Rate:
    """Return the rate at which an optimizer solves a function from most starts.

    The middle one, if several solve it from equally many. Without the experiment, the default of
    the optimizer's class.
    """
    if found is None or found.row(spec.name) is None:
        return Rate(float(spec.defaults.get("lr", spec.default("lr"))), 0)
    c = found.comparison
    if fn in c.functions:
        part = c.select(optimizers=[spec.name], functions=[fn.name])
        solved = part.solved().values[0]
        best = part.best_rates()[spec.name]
        if solved.max() > 0 and best is not None:
            return Rate(best, int(solved.max()))
    typical = found.rates[spec.name]
    assert typical is not None, "the maps are of optimizers with a learning rate"
    return Rate(typical, 0)


def rates(fn: TestFunction, found: Findings | None) -> dict[str, Rate]:
    """Return the rate of each optimizer on a function, by its name."""
    return {name: rate_of(OPTIMIZERS[name], fn, found) for name in SHOWN}


def starts(fn: TestFunction) -> int:
    """Return how many starts there are along each side of a function's maps of basins."""
    return STARTS if rounds_alike(fn.formula) else FEWER


def settings(fn: TestFunction) -> int:
    """Return how many pixels there are along each side of a function's map of trainability."""
    return SETTINGS if rounds_alike(fn.formula) else FEWER


def can_be_trained(fn: TestFunction) -> bool:
    """Whether values can be compared with the first: it is above the minimum, or above zero."""
    least = fn.minimum
    return float(fn(*fn.start)) > (least if least is not None and np.isfinite(least) else 0.0)


def unified(maps: Sequence[Basins]) -> list[Basins]:
    """Give the same minimum the same label in maps of the same function.

    Known minima come first, then the others by the number of starts that end there.
    """
    fn, known = maps[0].test_fn, maps[0].known
    xmin, xmax, ymin, ymax = fn.domain
    reach = 0.01 * np.array([xmax - xmin, ymax - ymin])
    places = [np.asarray(minimum, float) for minimum in maps[0].minima[:known]]
    ending = [np.inf] * known
    new: list[list[int]] = []
    for each in maps:
        new.append([])
        for label, place in enumerate(each.minima):
            near = [i for i, other in enumerate(places) if (np.abs(place - other) <= reach).all()]
            if label < known:
                near = [label]
            elif not near:
                near = [len(places)]
                places.append(place)
                ending.append(0)
            new[-1].append(near[0])
            ending[near[0]] += int((each.labels == label).sum())
    order = sorted(range(len(places)), key=lambda i: (i >= known, -ending[i] if i >= known else i))
    minima = np.array([places[i] for i in order]).reshape(-1, 2)
    rank = {place: label for label, place in enumerate(order)}
    found = []
    for each, own in zip(maps, new, strict=True):
        labels = each.labels.copy()
        for label, place in enumerate(own):
            labels[each.labels == label] = rank[place]
        found.append(replace(each, labels=labels, minima=minima))
    return found


def shares(basins: Basins) -> list[Share]:
    """Return the basins of a map, those that did not arrive, and those that diverged.

    Of many basins, the largest ones and the rest of them together.
    """
    counted = {
        label: float((basins.labels == label).mean()) for label in np.unique(basins.labels).tolist()
    }
    arrived = [label for label in counted if label >= 0]
    if len(arrived) <= _LISTED + 1:
        few = arrived  # in the same order on all maps
    else:
        few = sorted(arrived, key=lambda label: (-counted[label], label))[:_LISTED]
    found = [Share(label, basins.name(label), counted[label]) for label in few]
    if len(few) < len(arrived):
        rest = sum(counted[label] for label in set(arrived) - set(few))
        found.append(Share(None, f"{len(arrived) - len(few)} other minima", rest))
    return found + [
        Share(label, basins.name(label), counted[label])
        for label in (NOT_ARRIVED, DIVERGED)
        if label in counted
    ]


def alternative_text(basins: Basins) -> str:
    """Say in words what a map shows."""
    listed = ", ".join(f"{each.name} {percent(each.share)}" for each in shares(basins))
    return f"Where runs end: {basins.title}. Of the starts: {listed}."


def median_evaluations(basins: Basins) -> int | None:
    """Return after how many evaluations half of the runs that arrive have; None if none does."""
    spent = basins.evaluations[basins.labels >= 0]
    return int(np.median(spent)) if spent.size else None


def picture(basins: Basins) -> bytes:
    """Draw a map as a PNG, with a dot on each minimum at which runs end."""
    colors, by_label = basin_colors(basins)
    rows = np.round(255 * colors[::-1]).astype(np.uint8)  # of an image, the first row is on top
    image = Image.fromarray(rows).resize((_WIDTH, _WIDTH), Image.Resampling.NEAREST)
    places = {label: basins.minima[label] for label in by_label if label >= 0}
    if len(places) <= _LISTED + 1:  # of more, marks would hide the map
        xmin, xmax, ymin, ymax = basins.test_fn.domain
        for label, (x, y) in places.items():
            right, down = (x - xmin) / (xmax - xmin), (ymax - y) / (ymax - ymin)
            _mark(image, (right * image.width, down * image.height), by_label[label])
    file = BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _mark(image: Image.Image, at: tuple[float, float], color: str) -> None:
    """Draw a dot with a white ring."""
    left, top = (int(each - _DOT) - 1 for each in at)
    side = int(2 * _DOT) + 4
    box = (left, top, left + side, top + side)
    part = image.crop(box).resize((side * _FINE, side * _FINE), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(part)
    x, y = (at[0] - left) * _FINE, (at[1] - top) * _FINE
    for radius, fill in ((_DOT * _FINE, "white"), ((_DOT - _RING) * _FINE, color)):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
    image.paste(part.resize((side, side), Image.Resampling.BOX), (left, top))


class Convergence(NamedTuple):
    """What a map of trainability says.

    Attributes
    ----------
    share : float
        The share of the settings that converge.
    plain : float or None
        The largest rate that converges with the least momentum; None if none does.
    lr, momentum : float or None
        The setting that converges fastest.
    """

    share: float
    plain: float | None
    lr: float | None
    momentum: float | None


def convergence(found: Trainability) -> Convergence:
    """Summarize a map of trainability over rate and momentum."""
    converged = found.converged
    without: NDArray[np.float64] = found.x[converged[-1]]  # the last row has the least momentum
    if not converged.any():
        return Convergence(0.0, None, None, None)
    row, column = np.unravel_index(int(found.ranks.argmin()), converged.shape)
    setting: Mapping[str, float] = found.setting(int(row), int(column))
    return Convergence(
        float(converged.mean()),
        float(without.max()) if without.size else None,
        setting["lr"],
        setting["momentum"],
    )
