"""Quantities of a run that a page's text can print: a cost, a value, a step, a point, a distance.

``runs[0] at 20 along x to 3 digits`` selects a run, a step, a coordinate and the rounding.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import floor, isfinite, isnan, log10
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.runs.run import run
from optgallery.runs.trajectory import Trajectory
from optgallery.sphinxext.incremental.cells import GridCell, as_across
from optgallery.sweeps.across import with_hparam
from optgallery.sweeps.sweep import LEARNING_RATES, plan

DIGITS = 2
"""Significant digits if a role does not state them."""

_MAX_DIGITS = 6
_FORM = re.compile(
    r"(?P<run>.+?)"
    r"(?: at (?P<at>\w+))?"
    r"(?: along (?P<axis>[xy]))?"
    r"(?: from (?P<origin>start|\(.+?\)))?"
    r"(?: to (?P<digits>\d+) digits?)?"
)
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class ProseError(ValueError):
    """A number cannot be printed; the message says why."""


class UnknownRunError(ProseError):
    """No variable holds the run at this point of the script."""


class Request(NamedTuple):
    """The parsed text of a role: ``runs[0] at 20 along x to 3 digits``.

    Attributes
    ----------
    run : str
        A variable of the script, perhaps with an index; or a cell: optimizer, function, learning
        rate, and perhaps a further value, ``weight_decay=0.1``.
    at : str or None
        A step's number, or one of `NAMED_STEPS`.
    axis : {"x", "y"} or None
        A single coordinate.
    origin : str or None
        The point from which a distance is measured.
    digits : int
        Maximum number of significant digits.
    """

    run: str
    at: str | None
    axis: str | None
    origin: str | None
    digits: int

    @classmethod
    def of(cls, text: str) -> "Request":
        """Parse the text of a role."""
        found = _FORM.fullmatch(" ".join(text.split()))
        if found is None:
            raise ProseError(f"{text!r} does not begin with a run")
        digits = int(found["digits"] or DIGITS)
        if not 1 <= digits <= _MAX_DIGITS:
            raise ProseError(f"digits must be from 1 to {_MAX_DIGITS}, got {digits}")
        return cls(found["run"], found["at"], found["axis"], found["origin"], digits)

    @property
    def cell(self) -> GridCell | None:
        """The cell, if the run is named as one."""
        with suppress(ValueError):
            return GridCell.of(self.run)
        return None

    def find(self, variables: Mapping[str, Any]) -> Trajectory:
        """Return the run from a variable of the script, or a run of the grid."""
        if (cell := self.cell) is None:
            return _from_variables(self.run, variables)
        try:
            spec, fn = OPTIMIZERS[cell.optimizer], FUNCTIONS[cell.function]
            lrs = LEARNING_RATES if spec.own_axis or cell.value is None else [cell.value]
            asked = plan(spec, fn, lrs, across=as_across(cell.setting))
        except ValueError as error:  # a name is unknown
            raise ProseError(str(error)) from error
        taken, *_ = asked.runs.values()
        hparams = with_hparam(spec, cell.value, taken.hparam)
        return run(spec, taken.fn, hparams=hparams)


def _from_variables(expression: str, variables: Mapping[str, Any]) -> Trajectory:
    try:
        value = _evaluate(ast.parse(expression, mode="eval").body, variables)
    except (SyntaxError, ValueError):
        raise ProseError(
            f"a run is named by a variable, as runs[0], or by optimizer, function and learning "
            f"rate, as adam beale 0.1; got {expression!r}"
        ) from None
    except (LookupError, TypeError):
        raise UnknownRunError(
            f"there is no {expression} here; the runs are {', '.join(_names(variables)) or 'none'}"
        ) from None
    if not isinstance(value, Trajectory):
        raise ProseError(f"{expression} is no run but {type(value).__name__}")
    return value


def _evaluate(node: ast.expr, variables: Mapping[str, Any]) -> Any:
    """Look up a variable, and its index if there is one, without executing code."""
    match node:
        case ast.Name(id=name):
            return variables[name]
        case ast.Subscript(value=value, slice=index):
            return _evaluate(value, variables)[ast.literal_eval(index)]
    raise ValueError


def _names(variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names under which variables contain runs."""
    for name, value in variables.items():
        if isinstance(value, Trajectory):
            yield name
        elif isinstance(value, Mapping):
            yield from (f"{name}[{key!r}]" for key, v in value.items() if isinstance(v, Trajectory))
        elif isinstance(value, Sequence):
            yield from (f"{name}[{i}]" for i, v in enumerate(value) if isinstance(v, Trajectory))


def _first(marks: NDArray[np.bool_], what: str) -> int:
    if not marks.any():
        raise ProseError(f"the run never {what}")
    return int(marks.argmax())


def _distances(trajectory: Trajectory) -> NDArray[np.float64]:
    """Return the distance of each iterate to the nearest minimum."""
    if not trajectory.test_fn.minima:
        raise ProseError(f"{trajectory.test_fn.title} has no minimum")
    differences = trajectory.points[:, None] - np.array(trajectory.test_fn.minima)
    nearest: NDArray[np.float64] = np.linalg.norm(differences, axis=2).min(axis=1)
    return nearest


def _solved(trajectory: Trajectory) -> int:
    return _first(trajectory.evaluations == _cost(trajectory), "solves the function")


def _inside(trajectory: Trajectory) -> NDArray[np.bool_]:
    return np.asarray(trajectory.test_fn.domain.contains(trajectory.points))


NAMED_STEPS: dict[str, Callable[[Trajectory], int]] = {
    "start": lambda _: 0,
    "end": lambda t: len(t) - 1,
    "solved": _solved,
    "highest": lambda t: int(np.nanargmax(t.values)),
    "lowest": lambda t: int(np.nanargmin(t.values)),
    "nearest": lambda t: int(_distances(t).argmin()),
    "farthest": lambda t: int(_distances(t).argmax()),
    "leaving": lambda t: _first(~_inside(t), "leaves the picture"),
    "entering": lambda t: _first(_inside(t), "enters the picture"),
    "left": lambda t: int(t.points[:, 0].argmin()),
    "right": lambda t: int(t.points[:, 0].argmax()),
    "bottom": lambda t: int(t.points[:, 1].argmin()),
    "top": lambda t: int(t.points[:, 1].argmax()),
}
"""Names of steps, such as the first that solves the function, or the one of the highest value."""


def _step(trajectory: Trajectory, request: Request) -> int:
    at = request.at or "end"
    if at in NAMED_STEPS:
        return NAMED_STEPS[at](trajectory)
    if not at.isdecimal():
        raise ProseError(f"a step is a number or one of {', '.join(NAMED_STEPS)}; got {at!r}")
    if int(at) >= len(trajectory):
        raise ProseError(f"the run has {len(trajectory) - 1} steps; there is no step {at}")
    return int(at)


def _cost(trajectory: Trajectory) -> int:
    cost = trajectory.evaluations_to_solve()
    if cost is None:
        raise ProseError(f"a run that never solved its function has no cost: {trajectory.summary}")
    return cost


def _norm(vector: NDArray[np.float64], request: Request) -> float:
    """Return the length of a vector, or the absolute value of one coordinate."""
    part = vector if request.axis is None else vector["xy".index(request.axis)]
    return float(np.linalg.norm(part))


def _displacement(trajectory: Trajectory, request: Request) -> NDArray[np.float64]:
    """Return the vector to a point from the nearest minimum, or from the given origin."""
    point = trajectory.points[_step(trajectory, request)]
    if request.origin is None:
        _distances(trajectory)  # raises an error if there is no minimum
        candidates = point - np.array(trajectory.test_fn.minima)
        nearest: NDArray[np.float64] = candidates[np.linalg.norm(candidates, axis=1).argmin()]
        return nearest
    origin: NDArray[np.float64] = trajectory.points[0]
    if request.origin != "start":
        try:
            origin = np.array(ast.literal_eval(request.origin), dtype=float).reshape(2)
        except (SyntaxError, ValueError):
            raise ProseError(f"a place is (x, y), got {request.origin}") from None
    difference: NDArray[np.float64] = point - origin
    return difference


def _format_vector(vector: NDArray[np.float64], request: Request, noise: float = 0.0) -> str:
    """Format a point or a gradient, or one coordinate of it."""
    if request.axis is not None:
        return rounded(vector["xy".index(request.axis)], request.digits, noise)
    return f"({', '.join(rounded(c, request.digits, noise) for c in vector)})"


def _step_length(trajectory: Trajectory, request: Request) -> str:
    step = _step(trajectory, request)
    if step == 0:
        raise ProseError("the start is no step, and has no length")
    step_taken = trajectory.points[step] - trajectory.points[step - 1]
    return rounded(_norm(step_taken, request), request.digits, _rounding_error(trajectory, request))


def _rate(trajectory: Trajectory, request: Request) -> str:
    step = _step(trajectory, request)
    if step == 0:
        raise ProseError("the start is no step, and has no learning rate")
    rate = float(trajectory.lrs[step - 1])
    if isnan(rate):
        raise ProseError(f"the learning rate of {trajectory.title} is not one number")
    return rounded(rate, request.digits)


def _rounding_error(trajectory: Trajectory, request: Request) -> float:
    """Return the spacing of floating point numbers at a point's coordinates."""
    step = _step(trajectory, request)
    nearby = trajectory.points[[step, max(step - 1, 0)]]
    return float(np.spacing(np.abs(nearby).max()))


_QUANTITIES: dict[str, Callable[[Trajectory, Request], str]] = {
    "cost": lambda t, _: str(_cost(t)),
    "step": lambda t, r: str(_step(t, r)),
    "evaluations": lambda t, r: str(t.evaluations[_step(t, r)]),
    "value": lambda t, r: rounded(t.values[_step(t, r)], r.digits),
    "slope": lambda t, r: rounded(_norm(t.gradients[_step(t, r)], r), r.digits),
    "point": lambda t, r: _format_vector(t.points[_step(t, r)], r, _rounding_error(t, r)),
    "gradient": lambda t, r: _format_vector(t.gradients[_step(t, r)], r),
    "distance": lambda t, r: rounded(
        _norm(_displacement(t, r), r), r.digits, _rounding_error(t, r)
    ),
    "length": _step_length,
    "rate": _rate,
}
_OPTIONS: dict[str, set[str]] = {
    "cost": set(),
    "step": {"at"},
    "evaluations": {"at"},
    "value": {"at"},
    "slope": {"at", "axis"},
    "point": {"at", "axis"},
    "gradient": {"at", "axis"},
    "distance": {"at", "axis", "origin"},
    "length": {"at", "axis"},
    "rate": {"at"},
}
ROLES = tuple(_QUANTITIES)
"""Names of the roles that print a number."""


def say(role: str, text: str, variables: Mapping[str, Any]) -> str:
    """Return the text that a role prints.

    Parameters
    ----------
    role : str
        One of `ROLES`.
    text : str
        The role's text: ``"runs[0] at 20"``.
    variables : mapping
        The script's variables.

    Raises
    ------
    ProseError
        If there is no such number.

    Examples
    --------
    >>> say("cost", "sgd booth 0.03", {})
    '55'
    >>> say("point", "sgd booth 0.03 at 2", {})
    '(-4.5, 8.1)'
    >>> say("value", "sgd booth 0.03 to 1 digit", {})
    '10⁻⁹'
    """
    request = Request.of(text)
    words = {"at": "at", "axis": "along", "origin": "from"}
    for name, word in words.items():
        if getattr(request, name) is not None and name not in _OPTIONS[role]:
            raise ProseError(f":{role}: has no use for {word!r}")
    return _QUANTITIES[role](request.find(variables), request)


def rounded(number: float, digits: int = DIGITS, noise: float = 0.0) -> str:
    """Format a number with significant digits, without trailing zeros.

    For a number from 1 to 9999, all digits before the decimal point are printed.

    Parameters
    ----------
    number : float
    digits : int
        Maximum number of significant digits.
    noise : float
        The number's absolute error; digits that it affects are not printed.

    Examples
    --------
    >>> [rounded(x) for x in (0.0998, 417.3, 1.46e-9, 3e250, -0.1352)]
    ['0.1', '417', '1.5·10⁻⁹', '3·10²⁵⁰', '-0.14']
    >>> rounded(4.4e-16, noise=2.2e-16)
    '0'
    """
    if not isfinite(number):
        return "NaN" if isnan(number) else "infinity" if number > 0 else "-infinity"
    if abs(number) < 10 * noise or number == 0:
        return "0"
    if noise:
        digits = min(digits, floor(log10(abs(number) / noise)))
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -5 < power < 4:
        text = f"{number:.{max(digits - 1 - power, 0)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    factor = "" if mantissa == "1" else f"{mantissa}·"
    return f"{factor}10{str(power).translate(_SUPERSCRIPTS)}"
