"""Trajectories and surfaces as the explorer's scripts read them, in few bytes.

They have no more digits than a screen can show. A file is one call, `optgallery.load(FORMAT, NAME,
HEAD, BODY)`, so that it loads as a script, from a folder too. The body is deflated and in base64.
Numbers stand in it as whole ones, each as its difference from the one before, their first bytes
first: of a run that has come to rest almost all are zeros.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from math import expm1, isfinite
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.functions import TestFunction
from optgallery.render.surface import Surface, surface
from optgallery.runs.trajectory import Trajectory

FORMAT = 1
"""To be raised when the bytes change their meaning; the scripts in ``static`` ask for it."""

UNITS = 2**22
"""Parts of the domain's width that coordinates are rounded to."""

VALUE_BITS = 15
"""Binary digits of a value after the first one; heights over the minimum have as many."""

GRADIENT_BITS = 8
"""The same of a gradient's norm."""

SIDE = 241
"""Grid points of a surface along each of its sides."""

TONES = 2**14 - 1

Whole: TypeAlias = NDArray[np.int64]
Real: TypeAlias = NDArray[np.float64]

_FARTHEST = 2**29  # units from the domain's lower left corner; what is farther is drawn there
_LARGEST = float(np.finfo(np.float32).max)


def pack_runs(name: str, runs: Sequence[Trajectory]) -> bytes:
    """Return the script that holds the runs of one optimizer on one function.

    Parameters
    ----------
    name : str
        What the explorer asks for it by.
    runs : sequence of Trajectory
        One for each learning rate.
    """
    fn = runs[0].test_fn
    base = _base(fn)
    costs = [run.evaluations for run in runs]
    each = _cost_of_a_step(costs)
    head = {
        "base": base,
        "evaluations": each,
        "runs": [
            {
                "rows": len(run),
                "kind": run.outcome.kind,
                "note": run.outcome.mark,
                "outcome": str(run.outcome),
            }
            for run in runs
        ],
    }
    columns = [
        (_joined([_units(run.points, fn)[:, 0] for run in runs]), 4),
        (_joined([_units(run.points, fn)[:, 1] for run in runs]), 4),
        (_joined([rounded(run.values - base, VALUE_BITS) for run in runs]), 4),
        (_joined([rounded(np.hypot(*run.gradients.T), GRADIENT_BITS) for run in runs]), 4),
    ]
    if each is None:
        columns.append((_joined(costs), 4))
    return _script(name, head, b"".join(_planes(*column) for column in columns))


def pack_surface(name: str, fn: TestFunction) -> bytes:
    r"""Return the script that holds a function's surface: its tones, and what value each means.

    The value at tone :math:`t` is :math:`v + s\,(e^{rt} - 1) / (e^r - 1)` with the head's
    ``value``, ``span`` and ``rise``; where the rise is zero, that is :math:`v + s\,t`.
    """
    sample = surface(fn, SIDE)
    value, span, rise = scale_of(sample, fn.scale)
    tones = np.rint(sample.tone * TONES).astype(np.int64)
    # from the row below and from the left: what remains is the surface's bend
    rows = np.diff(tones, axis=0, prepend=0)
    bend = np.diff(rows, axis=1, prepend=0)
    head = {"side": SIDE, "value": value, "span": span, "rise": rise}
    return _script(name, head, _planes(bend.ravel(), 3))


def scale_of(sample: Surface, scale: str) -> tuple[float, float, float]:
    """Return value, span and rise of a surface's colour scale, as `pack_surface` explains them."""
    inner = np.isfinite(sample.z) & (sample.tone > 0)
    if not inner.any():  # a plateau
        return float(sample.z[np.isfinite(sample.z)][0]), 0.0, 0.0
    z, tone = sample.z[inner], sample.tone[inner]
    (high, top), (middle, t) = (
        (float(z[at]), float(tone[at])) for at in (tone.argmax(), np.abs(tone - 0.5).argmin())
    )
    if scale == "linear":
        span = (high - middle) / (top - t) if top > t else high
        return high - span * top, span, 0.0
    low = float(sample.z[np.unravel_index(sample.tone.argmin(), sample.tone.shape)])
    span, share = high - low, (middle - low) / (high - low)
    least, most = 1e-6, 700.0  # the share falls as the rise grows
    for _ in range(80):
        rise = (least + most) / 2
        if expm1(rise * t) / expm1(rise) > share:
            least = rise
        else:
            most = rise
    return low, span, rise


def rounded(reals: Real, bits: int) -> Whole:
    """Return the first bits of numbers in single precision, as whole numbers.

    They are ordered as the numbers are: close ones have a small difference. Infinity and NaN stay
    what they are; a number that is too large for single precision becomes the largest.
    """
    fitting = np.where(np.isfinite(reals), np.clip(reals, -_LARGEST, _LARGEST), reals)
    spelled = fitting.astype(np.float32).view(np.uint32).astype(np.int64)
    drop = 23 - bits
    size = spelled & 0x7FFFFFFF
    most = 0x7F7FFFFF >> drop << drop  # rounding up must not reach infinity
    size = np.where(size < most, (size + (1 << drop >> 1)) >> drop, size >> drop)
    signed: Whole = np.where(spelled >> 31, -size, size)
    return signed


def _base(fn: TestFunction) -> float:
    """Return what values are stored as heights above: decades above a minimum keep their digits."""
    return fn.minimum if fn.minimum is not None and isfinite(fn.minimum) else 0.0


def _units(points: Real, fn: TestFunction) -> Whole:
    """Count units from the domain's corner; points very far away come nearer on a line with it."""
    xmin, xmax, ymin, ymax = fn.domain
    with np.errstate(over="ignore"):
        units = (points - [xmin, ymin]) * [UNITS / (xmax - xmin), UNITS / (ymax - ymin)]
    units = np.clip(units, -1e300, 1e300)
    away = np.abs(units).max(axis=1, keepdims=True) / _FARTHEST
    whole: Whole = np.rint(units / np.maximum(away, 1.0)).astype(np.int64)
    return whole


def _cost_of_a_step(costs: Sequence[NDArray[np.int64]]) -> int | None:
    """Return how many evaluations every step took, or None if they differ."""
    each = int(costs[0][1] - costs[0][0]) if len(costs[0]) > 1 else 1
    regular = all(np.array_equal(cost, each * np.arange(len(cost))) for cost in costs)
    return each if regular else None


def _joined(runs: Sequence[Whole]) -> Whole:
    """Join differences: of each run's first number from zero, of the others from the one before."""
    return np.concatenate([np.diff(run, prepend=0) for run in runs])


def _planes(numbers: Whole, size: int) -> bytes:
    """Write whole numbers with their signs last, first all the highest bytes, then the next."""
    folded = np.where(numbers < 0, -2 * numbers - 1, 2 * numbers).astype(">u4")
    octets = folded.view(np.uint8).reshape(-1, 4)[:, 4 - size :]
    return octets.T.tobytes()


def _script(name: str, head: dict[str, Any], body: bytes) -> bytes:
    spelled = json.dumps(head, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(body, 9)).decode()
    return f'optgallery.load({FORMAT},"{name}",{spelled},"{packed}");\n'.encode()
