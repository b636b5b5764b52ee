"""check(): compare an implementation of an optimizer with an entry, step by step."""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.arguments import check_whole
from optgallery.checking.causes import DECAYS, Decay, Hypotheses, Hypothesis, Variants
from optgallery.checking.departures import Cause, Departure
from optgallery.checking.gradients import COORDINATES, Replay
from optgallery.checking.replay import Path, replay, take_steps
from optgallery.checking.settings import (
    Names,
    defaults_of,
    differing_defaults,
    match_names,
    other_pairings,
)
from optgallery.functions import FUNCTIONS
from optgallery.functions.isolation import isolated
from optgallery.optim.construction import Constructor
from optgallery.optim.hyperparameters import format_value
from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, as_spec
from optgallery.runs.run import AnyOptimizer

TOLERANCE = 1e-9
"""Of agreement: relative to how far a coordinate has moved."""

_ROUNDING = 1e-15
"""Of each step, relative to the largest parameter."""

_SINGLE = 3e-6
"""How far single precision takes a path, relative to how far a coordinate has moved."""

_SHOWN = 0.3
"""The share of numbers in which rounding to single precision must show."""

_FUNCTIONS = ("rosenbrock", "beale")
_FUNCTION_STEPS = 25
_FUNCTION_TOLERANCE = 1e-6
_INAPPLICABLE = (SyntaxError, TypeError, ValueError, AttributeError, IndexError)
"""What a change raises that leaves no valid source, such as two changes of the same place."""

_PAIRS = 1500
"""The largest number of pairs of changes that are tried."""


@dataclass(frozen=True)
class Check:
    """The result of `check`; it is true if implementation and entry agree.

    Attributes
    ----------
    implementation, entry : str
        Their titles.
    departures : tuple of Departure
        How far they agree, situation by situation.
    causes : tuple of Cause
        What explains the departure, the likeliest first; empty if they agree, or if no change of
        the entry explains it.
    notes : tuple of str
        What to know before: defaults that differ, hyper-parameters that one of them lacks.
    steps : int
        Steps in each situation.
    hints : tuple of str
        What to try if the cause is unknown.
    """

    implementation: str
    entry: str
    departures: tuple[Departure, ...]
    causes: tuple[Cause, ...] = ()
    notes: tuple[str, ...] = ()
    steps: int = 50
    hints: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether they agree in all situations."""
        return not self.causes and all(d.first_step is None for d in self.departures)

    def __bool__(self) -> bool:
        return self.agrees

    @property
    def departure(self) -> Departure | None:
        """The departure that comes first; None if there is none."""
        found = [d for d in self.departures if d.first_step is not None]
        return min(found, key=lambda d: d.first_step or 0, default=None)

    @property
    def first_step(self) -> int | None:
        """The first step after which the parameters differ; None if they never do."""
        return self.departure.first_step if self.departure else None

    @property
    def difference(self) -> float:
        """The largest difference over the distance that the entry has moved."""
        return max((d.difference for d in self.departures), default=0.0)

    @property
    def cause(self) -> Cause | None:
        """The likeliest cause; None if they agree, or if it is unknown."""
        return self.causes[0] if self.causes else None

    def __str__(self) -> str:
        return "\n".join([*self._verdict(), *self._advice(), *(f"Note: {n}." for n in self.notes)])

    def _verdict(self) -> list[str]:
        departure = self.departure
        same = [d.situation for d in self.departures if d.first_step is None]
        if departure is None:
            verdict = "agree" if self.agrees else "take the same paths"
            agreed = (
                f"{self.implementation} and {self.entry} {verdict} over {self.steps} steps, "
                f"{_listed(same)} (largest relative difference {self.difference:.1e})."
            )
            return [agreed]
        step, situation = departure.first_step, departure.situation
        if departure.raised:
            first = f"{self.implementation} raises {departure.raised} in step {step}, {situation}."
        else:
            first = (
                f"{self.implementation} departs from {self.entry} at step {step}, {situation} "
                f"(relative difference {departure.difference:.1e})."
            )
        also = [
            f"{d.situation} (step {d.first_step})"
            for d in self.departures
            if d.first_step is not None and d is not departure
        ]
        lines = [first]
        if also:
            lines.append(f"They also differ {_listed(also)}.")
        if same:
            lines.append(f"They agree {_listed(same)}.")
        return lines

    def _advice(self) -> list[str]:
        if self.agrees:
            return []
        if self.cause is None and self.departure and self.departure.raised:
            return ["Correct what raises the exception, and check again."]
        if self.cause is None:
            unknown = (
                "The cause is unknown: no single change of the entry, and no pair of the usual "
                "ones, takes this path."
            )
            return [unknown, *self._where(), *(f"{hint}." for hint in self.hints)]
        lines = [f"Likeliest cause ({self.cause.kind}): {self.cause.text}.", self.cause.evidence]
        others = self.causes[1:4]
        if others:
            lines.append("The same path also results if:")
            lines += [f"  - {other.text} ({other.kind})" for other in others]
        return lines

    def _where(self) -> list[str]:
        """Return which coordinates differ in the first step that does."""
        departure = self.departure
        if departure is None or not departure.coordinates:
            return []
        differing = departure.coordinates
        alike = [c for c in COORDINATES if c not in differing]
        step = f"In step {departure.first_step}, {departure.situation}"
        which = f"{step}, all coordinates differ."
        if alike:
            which = (
                f"{step}, the coordinates whose gradients are {_listed(list(differing))} differ; "
                f"those whose gradients are {_listed(alike)} agree."
            )
        lines = [which]
        if all(d.first_step is not None for d in self.departures):
            lines.append("They agree in no situation.")
        return lines


def _listed(situations: list[str]) -> str:
    return ", ".join(situations[:-1]) + (" and " if situations[1:] else "") + situations[-1]


def check(
    implementation: AnyOptimizer,
    entry: str | OptimizerSpec,
    /,
    *,
    steps: int = 50,
    names: Mapping[str, str | tuple[str, ...]] | None = None,
    hparams: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Check:
    """Compare your implementation of an optimizer with an entry, and say what it does differently.

    Both get the same hyper-parameters and the same fixed gradients, wherever they are, in float64:
    with the entry's defaults, with a large `eps`, with weight decay, with other decays of the
    averages, and with two parameters. Then both run on functions. If they depart, the entry is
    changed in the ways in which people get an update wrong, and a change that reproduces all paths
    of the implementation is its likeliest cause.

    Parameters
    ----------
    implementation : class or callable
        As in `run`: an optimizer class, or a function that takes the parameters and
        hyper-parameters and returns an optimizer.
    entry : str or OptimizerSpec
        The entry that it should agree with, such as ``"adan"``.
    steps : int
        Steps in each situation, at least 3.
    names : mapping, optional
        From the entry's names of hyper-parameters to those of the implementation, where they
        differ: ``{"betas": ("beta1", "beta2", "beta3")}``. Usual ones are recognized:
        ``learning_rate``, ``epsilon``, ``wd``, ``beta1``. If the two depart, the numbers that they
        take under different names are paired in other ways, and a note says which pairs agree.
    hparams : mapping, optional
        Hyper-parameters with any names, including names of parameters of this function.
    **keywords
        Hyper-parameters for both, under the entry's names; or for the implementation alone, under
        names that only it has.

    Returns
    -------
    Check
        It is true if they agree, and prints as advice.

    Raises
    ------
    TypeError
        If none of the two has a hyper-parameter, or the implementation is no optimizer.
    ValueError
        If the entry or a value is unknown, or if one of the two cannot be constructed.

    Examples
    --------
    >>> import optgallery as og
    >>> import torch
    >>> class MySignum(torch.optim.Optimizer):
    ...     def __init__(self, params, lr=1e-4, momentum=0.9, weight_decay=0.0):
    ...         super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))
    ...
    ...     @torch.no_grad()
    ...     def step(self):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 m = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
    ...                 g = p.grad + group["weight_decay"] * p
    ...                 m.mul_(group["momentum"]).add_(g, alpha=1 - group["momentum"])
    ...                 p.sub_(group["lr"] * m.sign())
    >>> result = og.check(MySignum, "signum")
    >>> result.agrees, result.cause.kind
    (False, 'weight decay')
    >>> print(result.cause)
    the decay is added to the gradient (L2); in the entry it is decoupled: the parameters shrink \
by lr * weight_decay before the update
    """
    check_whole("steps", steps, 3)
    if not isinstance(entry, (str, OptimizerSpec)):
        raise TypeError(f"entry must be a name in OPTIMIZERS, got {entry!r}")
    ours, theirs = as_spec(entry), as_spec(implementation)
    names_matched = match_names(theirs, ours, names or {})
    shared, own = _divided({**(hparams or {}), **keywords}, ours, theirs, names_matched)
    comparison = _Comparison(ours, theirs, names_matched, shared, own, int(steps))
    others = other_pairings(theirs, ours, names_matched, names or {}, own)
    return _with_likeliest_names(comparison, others)


def _with_likeliest_names(comparison: "_Comparison", others: Iterator[Names]) -> Check:
    """Compare, under other pairs of names if the two do not agree under these."""
    refusal = None
    try:
        comparison.construct()
    except (TypeError, ValueError) as error:
        refusal = error  # perhaps for want of a value whose name means one of the entry's
    if refusal is None:
        comparison.measure()
        if not comparison.departs:
            return comparison.result()
    tried: list[_Comparison] = []
    for names in others:
        other = comparison.renamed(names)
        tried.append(other)
        if other.agrees():
            other.measure()
            return other.result()
    if refusal is not None:
        raise refusal
    result = comparison.result()
    matched = comparison.names.shared.items()
    added = next((o.assumed for o in tried if matched < o.names.shared.items()), None)
    if result.causes or added is None:
        return result
    return replace(
        result, hints=(f"If a setting has another name, say which: perhaps names={added}",)
    )


def _divided(
    given: Mapping[str, Any], ours: OptimizerSpec, theirs: OptimizerSpec, names: Names
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Divide the caller's hyper-parameters into those for both, and the implementation's own."""
    shared, own = {}, {}
    for name, value in given.items():
        if name in names.shared or (name in names.only_entry):
            shared[name] = value
        elif Constructor.of(theirs.cls).takes(name):
            own[name] = value
        else:
            Constructor.of(ours.cls).check_names(ours.title, [name])
            shared[name] = value
    return shared, own


@dataclass
class _Comparison:
    """Two optimizers, their settings, and their paths in each situation."""

    ours: OptimizerSpec
    theirs: OptimizerSpec
    names: Names
    shared: dict[str, Any]
    own: dict[str, Any]
    steps: int
    expected: dict[str, Path] = field(default_factory=dict)
    """The implementation's paths, by the names of the situations."""
    assumed: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Pairs of names that are supposed to mean the same, because the paths then agree."""
    _base: dict[str, Any] = field(default_factory=dict)
    _departures: list[Departure] = field(default_factory=list)
    _situations: list[Replay] = field(default_factory=list)
    _refused: list[str] = field(default_factory=list)

    def renamed(self, names: Names) -> "_Comparison":
        """Return the same comparison with other pairs of names."""
        assumed = {n: m for n, m in names.shared.items() if self.names.shared.get(n) != m}
        return _Comparison(
            self.ours, self.theirs, names, self.shared, self.own, self.steps, assumed=assumed
        )

    @property
    def departs(self) -> bool:
        """Whether a path that was measured departs."""
        return any(d.first_step is not None for d in self._departures)

    def agrees(self) -> bool:
        """Whether the paths agree in all situations of fixed gradients; stops at the first not."""
        situations = self.situations()
        return bool(situations) and all(
            not path.raised and self.compare(situation, path, steps).first_step is None
            for steps in (2, self.steps)
            for situation in situations
            for path in (self._theirs(situation, steps),)
        )

    def measure(self) -> None:
        """Compare the paths in all situations."""
        departures, situations, refused = self._departures, self._situations, self._refused
        for situation in self.situations():
            path = self._theirs(situation)
            if path.raised and len(path.points) <= 1 and situations:
                refused.append(f"{situation.name} your class raises {path.raised}")
                continue
            self.expected[situation.name] = path
            departures.append(self.compare(situation, path))
            situations.append(situation)
        if all(d.first_step is None for d in departures):
            departures += [self.compare(s, self._theirs(s)) for s in self.functions()]

    def result(self) -> Check:
        """Return what was measured, with causes if there is a departure."""
        notes = (*self._notes(), *self._refused)
        result = Check(
            self.theirs.title, self.ours.title, tuple(self._departures), (), notes, self.steps
        )
        return replace(result, causes=tuple(self.causes(result, self._situations)))

    def construct(self) -> None:
        """Construct both once, so that wrong hyper-parameters raise their own errors."""
        base = self.settings(Replay("with the entry's defaults"))
        for spec, hparams in ((self.ours, base), (self.theirs, self._for_theirs(base))):
            parameter = torch.nn.Parameter(torch.ones(self._shape(), dtype=torch.float64))
            spec.build([parameter], seed=0, hparams=hparams)

    def _shape(self) -> tuple[int, ...]:
        return (6,) if len(self.ours.parameter_shape) == 1 else (2, 3)

    def settings(self, situation: Replay) -> dict[str, Any]:
        """Return the entry's hyper-parameters in a situation."""
        if not self._base:
            defaults = defaults_of(self.ours)
            known = {name: defaults[name] for name in self.names.shared}
            self._base = {**{k: v for k, v in known.items() if v is not None}, **self.shared}
        return {**self._base, **situation.settings}

    def _for_theirs(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return {**self.names.for_implementation(settings), **self.own}

    def situations(self) -> list[Replay]:
        """Return what both are given: fixed gradients, at several settings."""
        if self.ours.needs_closure:
            return []
        shape, base = self._shape(), self.settings(Replay(""))
        at_defaults = "at the given settings" if self.shared else "at the entry's defaults"
        found = [Replay(at_defaults, {}, shape)]
        variable = set(self.names.shared) - set(self.shared)
        if "eps" in variable and isinstance(base["eps"], float):
            found.append(Replay("with eps 0.05", {"eps": 0.05}, shape))
        if "weight_decay" in variable:
            found.append(Replay("with weight_decay 0.1", {"weight_decay": 0.1}, shape))
        others: dict[str, object] = {
            name: _other_decays(base[name])
            for name in ("betas", "momentum", "beta", "rho")
            if name in variable
        }
        if "alpha" in variable and 0.5 <= base["alpha"] < 1:  # of an average, as in RMSprop
            others["alpha"] = _other_decays(base["alpha"])
        if "lr" in variable and isinstance(base.get("lr"), float):
            others["lr"] = round(3 * base["lr"], 12)
        if others:
            told = ", ".join(f"{name} {format_value(value)}" for name, value in others.items())
            found.append(Replay(f"with {told}", others, shape))
        if "nesterov" in variable and not base.get("nesterov") and "momentum" in variable:
            flags: dict[str, object] = {"nesterov": True, "momentum": 0.9}
            found.append(Replay("with nesterov and momentum 0.9", flags, shape))
        halves = (3,) if len(shape) == 1 else (1, 3)
        found.append(Replay("with two parameters", {}, halves, 2))
        return found

    def functions(self) -> list[Replay]:
        """Return the functions on which both run in a plain loop."""
        return [
            Replay(f"on {FUNCTIONS[name].title}", function=FUNCTIONS[name]) for name in _FUNCTIONS
        ]

    def _steps(self, situation: Replay) -> int:
        return self.steps if situation.function is None else _FUNCTION_STEPS

    def _theirs(self, situation: Replay, steps: int | None = None) -> Path:
        hparams = self._for_theirs(self.settings(situation))
        shape = self.ours.parameter_shape
        spec = self.theirs
        if situation.function is not None or self.ours.create_graph:
            spec = _like(self.theirs, self.ours, shape)
        return replay(spec, hparams, situation, steps or self._steps(situation))

    def compare(self, situation: Replay, path: Path, steps: int | None = None) -> Departure:
        """Return where the implementation's path departs from the entry's.

        Where torch keeps numbers in its default dtype, the entry counts in either.
        """
        steps = steps or self._steps(situation)
        tolerance = TOLERANCE if situation.function is None else _FUNCTION_TOLERANCE
        found = None
        for dtype in (torch.float32, torch.float64):
            ours = replay(
                self.ours, self.settings(situation), situation, steps, default_dtype=dtype
            )
            step, difference = _departure(ours.points, path.points, tolerance)
            ended = step is not None and step >= len(path.points)
            raised = path.raised if ended else ""
            coordinates: tuple[str, ...] = ()
            if step is not None and not ended and situation.function is None:
                wrong = _differ(ours.points[: step + 1], path.points[: step + 1], tolerance)[step]
                coordinates = tuple(np.array(COORDINATES)[wrong].tolist())
            departure = Departure(situation.name, step, difference, raised, coordinates)
            if step is None and path.raised == ours.raised:
                return departure
            if found is None:
                found = departure
        assert found is not None
        return found

    def causes(self, result: Check, situations: list[Replay]) -> list[Cause]:
        """Return what explains a departure, the likeliest first."""
        if result.first_step is None:
            return self._rounded_state()
        if self.expected and not any(map(_moves, self.expected.values())):
            evidence = f"They are as before after {self.steps} steps, in every situation."
            return [Cause("line", "your class does not move the parameters", evidence)]
        fixed = {s.name for s in situations}
        if all(d.first_step is None for d in result.departures if d.situation in fixed):
            return []  # they only depart on functions
        if any((raised := self.expected[n].raised) and not _is_numerical(raised) for n in fixed):
            return []  # an exception that is not one of numbers says itself what is wrong
        with isolated(0), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = _Search(self, result, situations)
            return search.single() or self._single_precision(situations) or search.pairs()

    def _rounded_state(self) -> list[Cause]:
        for path in self.expected.values():
            for name, dtype in path.rounded.items():
                return [
                    Cause(
                        "float32",
                        f"its state {name!r} is {dtype}, although the parameters are float64",
                        "These gradients do not show it; others will.",
                    )
                ]
        return []

    def _single_precision(self, situations: list[Replay]) -> list[Cause]:
        """Return that digits are lost, if all paths agree to the digits of a lower precision."""
        within, differing = [], []
        for situation in situations:
            ours = replay(self.ours, self.settings(situation), situation, self.steps).points
            theirs = self.expected[situation.name].points
            if ours.shape != theirs.shape:
                return []
            moved = np.maximum.accumulate(np.abs(ours - ours[0]), axis=0)
            allowed = _SINGLE * moved + 1e-7 * np.abs(ours) * np.sqrt(np.arange(len(ours))[:, None])
            within.append(np.abs(ours - theirs)[1:] <= allowed[1:])
            differing.append(_differ(ours, theirs, TOLERANCE)[1:])
        share = float(np.mean(np.concatenate(within)))
        if np.mean(np.concatenate(differing)) < _SHOWN:  # rounding shows in most coordinates
            share = 0.0
        rounded = {n: d for path in self.expected.values() for n, d in path.rounded.items()}
        if share < 0.9 and not rounded:
            return []
        if share < 0.9:
            name, dtype = next(iter(rounded.items()))
            return [
                Cause(
                    "float32",
                    f"its state {name!r} is {dtype}, although the parameters are float64",
                    "No other change of the entry takes this path.",
                )
            ]
        where = "".join(f"; its state {n!r} is {d}" for n, d in list(rounded.items())[:1])
        return [
            Cause(
                "float32",
                f"numbers are rounded to float32 on the way{where}",
                "The paths agree to about seven digits in all situations, and no other change of "
                "the entry takes this path.",
            )
        ]

    def _notes(self) -> list[str]:
        notes = [
            f"the entry's {name} is taken to be your {_called(mapped)}: under these names the two "
            f"agree, and names={{{name!r}: {mapped!r}}} says so"
            for name, mapped in self.assumed.items()
        ]
        notes += differing_defaults(self.theirs, self.ours, self.names)
        lacking = [n for n in self.names.only_entry if n not in self.shared]
        if lacking:
            notes.append(f"your class has no {', '.join(lacking)}; the entry has its default")
        extra = [n for n in self.names.only_implementation if n not in self.own]
        if extra:
            notes.append(f"only your class has {', '.join(extra)}; it is left at its default")
        return notes


def _called(mapped: str | tuple[str, ...]) -> str:
    return mapped if isinstance(mapped, str) else ", ".join(mapped)


def _other_decays(value: Any) -> Any:
    """Return decays of averages that are shorter than these: 0.9 becomes 0.7."""
    if isinstance(value, (tuple, list)):
        return tuple(_other_decays(member) for member in value)
    return 0.9 if value == 0 else round(1 - min(3 * (1 - value), (1 - value) / 2 + 0.4), 6)


def _like(theirs: OptimizerSpec, ours: OptimizerSpec, shape: tuple[int, ...]) -> OptimizerSpec:
    """Return the implementation's entry, which runs as the other is run."""
    return replace(
        theirs,
        name=f"{theirs.name}-checked" if OPTIMIZERS.peek(theirs.name) else theirs.name,
        parameter_shape=shape,
        create_graph=ours.create_graph,
        needs_closure=ours.needs_closure,
        counters=None,
    )


def _departure(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], tolerance: float
) -> tuple[int | None, float]:
    """Return the first step after which two paths differ, and the largest relative difference."""
    common = min(len(ours), len(theirs))
    if common == 0:
        return (None if len(ours) == len(theirs) else 1), float("nan")
    a, b = ours[:common], theirs[:common]
    wrong = _differ(a, b, tolerance)
    moved = np.maximum(np.abs(a - a[0]).max(), 1e-300)
    with np.errstate(invalid="ignore"):
        finite = np.abs(a - b)[np.isfinite(a) & np.isfinite(b)]
    difference = float(finite.max() / moved) if finite.size else float("nan")
    steps = np.flatnonzero(wrong.any(axis=1))
    if steps.size:
        return int(steps[0]), difference
    return (None if len(ours) == len(theirs) else common), difference


def _differ(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], tolerance: float
) -> NDArray[np.bool_]:
    """Return which coordinates differ after which steps; both may be NaN or infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(ours - theirs) <= _allowed(ours, tolerance)
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    wrong: NDArray[np.bool_] = ~(near | same)
    return wrong


def _allowed(path: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """Return how far another path may be from this one, after each step."""
    with np.errstate(invalid="ignore", over="ignore"):
        moved = np.maximum.accumulate(np.nan_to_num(np.abs(path - path[0])), axis=0)
        largest = np.nan_to_num(np.abs(path)).max(initial=1.0)
    times = np.arange(1, len(path) + 1)[:, None]
    allowed: NDArray[np.float64] = tolerance * moved + _ROUNDING * times * largest
    return allowed


class _Search:
    """Looks for changes of the entry that reproduce the implementation's paths."""

    def __init__(self, comparison: _Comparison, result: Check, situations: list[Replay]) -> None:
        self.comparison = comparison
        self.variants = Variants(comparison.ours)
        self._far: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        first = {d.situation: d.first_step for d in result.departures}
        self.situations = sorted(
            situations, key=lambda s: (first[s.name] is None, first[s.name] or 0)
        )
        self.departing = [s for s in self.situations if first[s.name] is not None]
        shared = frozenset(comparison.names.shared)
        takes_decay = "weight_decay" in shared
        own = [d for d in DECAYS if self._is_own(d, situations)] if takes_decay else []
        theirs = defaults_of(comparison.theirs)
        defaults = {
            name: theirs.get(mapped) if isinstance(mapped, str) else None
            for name, mapped in comparison.names.shared.items()
        }
        self.hypotheses = list(Hypotheses(self.variants, takes_decay, own, defaults, shared))
        self._partial: list[Hypothesis] = []

    def single(self) -> list[Cause]:
        """Return the single changes that explain all paths."""
        found: list[Hypothesis] = []
        for hypothesis in self.hypotheses:
            if found and hypothesis.rank > found[0].rank + 1:
                break
            if self._explains(hypothesis, self.departing[0]):
                if all(self._explains(hypothesis, s) for s in self.situations[1:]):
                    found.append(hypothesis)
                else:
                    self._partial.append(hypothesis)
        return [self._cause(h, "this change") for h in found]

    def pairs(self) -> list[Cause]:
        """Return the pairs of changes that explain all paths."""
        found: list[Hypothesis] = []
        for situation in self.departing[1:]:
            if not self._partial:
                self._partial = [h for h in self.hypotheses if self._explains(h, situation)]
        candidates = [(a, b) for a in self._partial for b in self.hypotheses if a is not b]
        candidates += self._usual_pairs()
        for a, b in candidates[:_PAIRS]:
            both = a & b
            if both is not None and all(self._explains(both, s) for s in self.situations):
                found.append(both)
                if len(found) > 3:
                    break
        return [self._cause(h, "both changes") for h in sorted(found, key=lambda h: h.rank)]

    def _usual_pairs(self) -> list[tuple[Hypothesis, Hypothesis]]:
        """Return the pairs of usual mistakes, first the likeliest of one kind and of another."""
        usual = [h for h in self.hypotheses if h.rank == 0]
        seen: Counter[str] = Counter()
        place: dict[Hypothesis, int] = {}
        for hypothesis in usual:
            place[hypothesis] = seen[hypothesis.kind]
            seen[hypothesis.kind] += 1
        return sorted(
            combinations(usual, 2),
            key=lambda pair: (pair[0].kind == pair[1].kind, place[pair[0]] + place[pair[1]]),
        )

    def _cause(self, hypothesis: Hypothesis, change: str) -> Cause:
        number = len(self.situations)
        return Cause(
            hypothesis.kind,
            hypothesis.text,
            f"With {change}, the entry takes your path in all {number} situations.",
        )

    def _is_own(self, decay: Decay, situations: list[Replay]) -> bool:
        """Whether the entry's own decay has this form."""
        decayed = next((s for s in situations if s.settings.get("weight_decay")), None)
        if decayed is None:
            return False
        settings = self.comparison.settings(decayed)
        own = replay(self.comparison.ours, settings, decayed, 6).points
        hypothesis = Hypothesis("weight decay", "", 0, decay=decay)
        return self._takes(hypothesis, decayed, own, "", 6)

    def _explains(self, hypothesis: Hypothesis, situation: Replay) -> bool:
        path = self.comparison.expected[situation.name]
        return self._takes(hypothesis, situation, path.points, path.raised, self.comparison.steps)

    def _takes(
        self,
        hypothesis: Hypothesis,
        situation: Replay,
        expected: NDArray[np.float64],
        raised: str,
        steps: int,
    ) -> bool:
        """Whether a variant of the entry takes a path, and raises the same exception after it."""
        _, far = self._far.get(id(expected), (None, None))
        if far is None:
            far = 10 * _allowed(expected, TOLERANCE)  # the path is compared closely at its end
            self._far[id(expected)] = expected, far

        def accept(step: int, point: NDArray[np.float64]) -> bool:
            if step >= len(expected):
                return False
            gap = np.abs(point - expected[step]) > far[step]
            return not gap.any()

        settings = self.comparison.settings(situation)
        try:
            build = self.variants.builder(hypothesis, settings)
        except _INAPPLICABLE:
            return False
        graph = self.comparison.ours.create_graph
        path = take_steps(build, situation, steps, with_curvature=graph, accept=accept)
        if len(path.points) != len(expected) or _kind(path.raised) != _kind(raised):
            return False
        return not _differ(expected, path.points, TOLERANCE).any()


def _moves(path: Path) -> bool:
    """Whether a path leaves its first point; one that an exception ended may yet."""
    return bool(path.raised) or bool((path.points != path.points[0]).any())


def _is_numerical(raised: str) -> bool:
    return _kind(raised) in ("ZeroDivisionError", "OverflowError", "FloatingPointError")


def _kind(raised: str) -> str:
    return raised.partition(":")[0]
