"""A compact encoding of trajectories and surfaces for the explorer's scripts.

Numbers are rounded to the precision of a screen. A file is one call, `optgallery.load(FORMAT, NAME,
HEAD, BODY)`, so that it can be loaded as a script, also from ``file://``. The body is compressed
with zlib and encoded in base64. It stores the differences of consecutive integers, first the
highest byte of each, then the next: for a run that has converged, almost all bytes are zero.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from math import expm1, isfinite
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from optgallery.analysis.stability import sharpness_along
from optgallery.functions import TestFunction
from optgallery.render.surface import Surface, surface
from optgallery.render.tile import TILE
from optgallery.render.timing import plan
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental.cells import value_of, value_text

FORMAT = 2
"""Version of the encoding, to be increased with every change; the scripts check it."""

UNITS = 2**22
"""Number of units that the domain's width is divided into; coordinates are whole units."""

VALUE_BITS = 15
"""Mantissa bits of a value, or of its height above the minimum, after the leading bit."""

GRADIENT_BITS = 8
"""Mantissa bits of a gradient's norm after the leading bit."""

SHARPNESS_BITS = 8
"""Mantissa bits of the largest curvature after the leading bit."""

SIDE = 241
"""Grid points along each side of a surface."""

TONES = 2**14 - 1
"""The largest tone of a surface; the smallest is 0."""

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]

_MAX_UNITS = 2**29  # from the domain's lower left corner; farther points are moved this close
_LARGEST = float(np.finfo(np.float32).max)


def pack_runs(name: str, runs: Sequence[Trajectory]) -> bytes:
    """Return the script that holds the runs of one optimizer on one function.

    Parameters
    ----------
    name : str
        The name under which the explorer requests it.
    runs : sequence of Trajectory
        One for each learning rate, or value of the optimizer's own axis.
    """
    fn = runs[0].test_fn
    base = _base(fn)
    costs = [run.evaluations for run in runs]
    per_step = _evaluations_per_step(costs)
    along = sharpness_along(runs)
    head = {
        "base": base,
        "evaluations": per_step,
        "rates": list(dict.fromkeys(value_text(value_of(run)) for run in runs)),
        "optimizer": runs[0].optimizer.title,
        "preconditioned": along[0].preconditioned,
        "runs": [
            {
                "rows": len(run),
                "threshold": sharpness.threshold,
                "playback": _playback(run),
                "kind": run.outcome.kind,
                "note": run.outcome.mark,
                "outcome": str(run.outcome),
            }
            for run, sharpness in zip(runs, along, strict=True)
        ],
    }
    columns = [
        (_differences([_units(run.points, fn)[:, 0] for run in runs]), 4),
        (_differences([_units(run.points, fn)[:, 1] for run in runs]), 4),
        (_differences([rounded(run.values - base, VALUE_BITS) for run in runs]), 4),
        (_differences([rounded(np.hypot(*run.gradients.T), GRADIENT_BITS) for run in runs]), 4),
        (_differences([rounded(found.values, SHARPNESS_BITS) for found in along]), 4),
    ]
    if per_step is None:
        columns.append((_differences(costs), 4))
    return _script(name, head, b"".join(_byte_planes(*column) for column in columns))


def pack_surface(name: str, fn: TestFunction) -> bytes:
    r"""Return the script that holds a function's surface: its tones and their values.

    The value at tone :math:`t` is :math:`v + s\,(e^{rt} - 1) / (e^r - 1)` with the head's
    ``value``, ``span`` and ``rise``; with a rise of zero, it is :math:`v + s\,t`.
    """
    sample = surface(fn, SIDE)
    value, span, rise = scale_of(sample, fn.scale)
    tones = np.rint(sample.tone * TONES).astype(np.int64)
    # mixed second differences are close to zero on a smooth surface
    rows = np.diff(tones, axis=0, prepend=0)
    mixed = np.diff(rows, axis=1, prepend=0)
    head = {"side": SIDE, "value": value, "span": span, "rise": rise}
    return _script(name, head, _byte_planes(mixed.ravel(), 3))


def scale_of(sample: Surface, scale: str) -> tuple[float, float, float]:
    """Return the value, span and rise of a surface's colour scale; see `pack_surface`."""
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
    lower, upper = 1e-6, 700.0  # bisection: the share falls as the rise grows
    for _ in range(80):
        rise = (lower + upper) / 2
        if expm1(rise * t) / expm1(rise) > share:
            lower = rise
        else:
            upper = rise
    return low, span, rise


def rounded(reals: FloatArray, bits: int) -> IntArray:
    """Round numbers to a few mantissa bits, and return their single-precision bits as integers.

    The integers have the same order as the numbers, and close numbers have close integers. Infinity
    and NaN are kept; other numbers beyond the range of single precision are clipped to it.
    """
    fitting = np.where(np.isfinite(reals), np.clip(reals, -_LARGEST, _LARGEST), reals)
    encoded = fitting.astype(np.float32).view(np.uint32).astype(np.int64)
    drop = 23 - bits
    magnitude = encoded & 0x7FFFFFFF
    largest = 0x7F7FFFFF >> drop << drop  # rounding up must not reach infinity
    magnitude = np.where(
        magnitude < largest, (magnitude + (1 << drop >> 1)) >> drop, magnitude >> drop
    )
    signed: IntArray = np.where(encoded >> 31, -magnitude, magnitude)
    return signed


def _base(fn: TestFunction) -> float:
    """Return the minimum, or 0: values are stored as heights above it, to keep their digits."""
    return fn.minimum if fn.minimum is not None and isfinite(fn.minimum) else 0.0


def _playback(run: Trajectory) -> list[float]:
    """Return the frames of the run's cell, the seconds to the last one, and those it is held."""
    timing = plan(len(run), frames=TILE["frames"], seconds=None, fps=None, hold=None)
    return [timing.frames, timing.motion, timing.hold]


def _units(points: FloatArray, fn: TestFunction) -> IntArray:
    """Return points in units from the domain's corner; very distant points are moved towards it."""
    xmin, xmax, ymin, ymax = fn.domain
    with np.errstate(over="ignore"):
        units = (points - [xmin, ymin]) * [UNITS / (xmax - xmin), UNITS / (ymax - ymin)]
    units = np.clip(units, -1e300, 1e300)
    away = np.abs(units).max(axis=1, keepdims=True) / _MAX_UNITS
    whole: IntArray = np.rint(units / np.maximum(away, 1.0)).astype(np.int64)
    return whole


def _evaluations_per_step(costs: Sequence[NDArray[np.int64]]) -> int | None:
    """Return the number of evaluations per step, or None if it varies."""
    per_step = int(costs[0][1] - costs[0][0]) if len(costs[0]) > 1 else 1
    regular = all(np.array_equal(cost, per_step * np.arange(len(cost))) for cost in costs)
    return per_step if regular else None


def _differences(runs: Sequence[IntArray]) -> IntArray:
    """Return the differences of consecutive numbers of each run, starting at 0, as one array."""
    return np.concatenate([np.diff(run, prepend=0) for run in runs])


def _byte_planes(numbers: IntArray, size: int) -> bytes:
    """Zigzag-encode integers, and return first all their highest bytes, then all the next."""
    unsigned = np.where(numbers < 0, -2 * numbers - 1, 2 * numbers).astype(">u4")
    octets = unsigned.view(np.uint8).reshape(-1, 4)[:, 4 - size :]
    return octets.T.tobytes()


def _script(name: str, head: dict[str, Any], body: bytes) -> bytes:
    serialized = json.dumps(head, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(body, 9)).decode()
    return f'optgallery.load({FORMAT},"{name}",{serialized},"{packed}");\n'.encode()
