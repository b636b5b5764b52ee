"""The verdict on an optimizer: sentences and figures made from what was found."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from optgallery.analysis.comparison import Comparison
from optgallery.report.endings import held, recommended_rates
from optgallery.report.findings import Findings, Report

SPACE = "\N{NO-BREAK SPACE}"
"""Between a number and its unit."""


class Figure(NamedTuple):
    """A number at the top of the page, with what it is."""

    number: str
    words: str


def paragraphs(report: Report, found: Findings) -> list[str]:
    """Return what a reader should know first, in a few short paragraphs.

    Parameters
    ----------
    report : Report
    found : Findings
        Of one optimizer.
    """
    parts = (
        _of_runs(found, report.plan.steps),
        _of_rate(report.comparison, found),
        (*_of_coincidences(found), *_of_invariances(found)),
        _of_cost(found),
    )
    return [text for part in parts if (text := " ".join(part))]


def figures(report: Report, found: Findings) -> list[Figure]:
    """Return the few numbers that sum it up."""
    total = len(found.runs.functions)
    left = len(found.left)
    shown = [Figure(f"{len(found.solved) - left} of {total}", "functions solved")]
    if left:
        shown.append(Figure(f"{left}", "reached, but left again"))
    comparison = report.comparison
    if comparison is not None and found.optimizer.own_axis is None:
        rate = recommended_rates(comparison)[found.optimizer.name]
        shown.append(Figure(f"{rate:g}", "recommended learning rate"))
    same = [each for each in found.coincidences if each.same]
    if same:
        shown.append(Figure(same[0].title, "takes the same path"))
    if found.times:
        ratios = sorted({f"{time.ratio:.1f}" for time in found.times}, key=float)
        number = " to ".join([ratios[0], *ratios[1:][-1:]])
        shown.append(Figure(f"{number}{SPACE}\N{MULTIPLICATION SIGN}", "the time of SGD's step"))
    if "The size of its state" not in found.not_measured:
        number = "grows" if found.state is None else f"{found.state:.3g}"
        shown.append(Figure(number, "state" if found.state is None else "numbers per parameter"))
    return shown


def _of_runs(found: Findings, steps: int) -> Iterator[str]:
    title, total = found.optimizer.title, len(found.runs.functions)
    unsolved = [fn.title for fn in found.runs.functions if fn not in found.solved]
    left = [fn.title for fn in found.left]
    at = f"at one of the {_settings(found, 's')}" if len(found.settings) > 1 else "as it is"
    does = "reaches the minimum of" if left else "solves"
    words = f"{title} {does} {len(found.solved)} of {total} functions within {steps} steps {at}"
    yield f"{words}; not {listed(unsolved, 'or')}." if unsolved and found.solved else f"{words}."
    if left:
        every = f"at every {_settings(found)} " if len(found.settings) > 1 else ""
        whole = len(left) == len(found.solved)
        where = "any of them" if whole and len(left) > 1 else listed(left, "or")
        yield (f"But it does not stay at the minimum of {where}: {every}the run leaves it again.")
    if (run := found.unstable_from) is not None:
        does, on = _does(run.outcome.kind), run.test_fn.title
        if found.optimizer.own_axis is None:
            yield f"The lowest rate at which it {does} is {run.lr:g}, on {on}."
        else:
            yield f"It {does} on {', '.join([on, *run.settings])}."
    elif len(found.settings) > 1:
        highest = f" up to the rate {max(found.runs.lrs):g}"
        yield f"No run{highest if found.optimizer.own_axis is None else ''} diverges."
    if found.failures:
        run = found.failures[0]
        number = len(found.failures)
        yield (
            f"{number} run{'s' * (number > 1)} raised an exception, first on {run.test_fn.title}: "
            f"{found.failure}."
        )


def _settings(found: Findings, plural: str = "") -> str:
    """Return what differs between the runs on one function: ``"rate"``, ``"values of damping"``."""
    own = found.optimizer.own_axis
    return f"rate{plural}" if own is None else f"value{plural} of {own.title}"


def _does(kind: str) -> str:
    return {"diverged": "diverges", "climbed": "ends above its start"}[kind]


def _of_rate(comparison: Comparison | None, found: Findings) -> Iterator[str]:
    """Yield which learning rate to use, and what happens at it."""
    if comparison is None:
        return
    place = _place(comparison, found)
    rates = recommended_rates(comparison)
    columns = [comparison.lrs.index(rates[spec.name]) for spec in comparison.optimizers]
    pairs = list(enumerate(columns))
    ends, solved = held(comparison), comparison.solved().share
    share, reached = ends[place, columns[place]], solved[place, columns[place]]
    problems = len(comparison.problems)
    beside = _beside(comparison, place, [_percent(float(ends[i, k])) for i, k in pairs])
    if found.optimizer.own_axis is not None:
        yield f"It ends at the minimum of {_percent(share)} of {problems} problems{beside}."
    elif share:
        yield (
            f"Use a learning rate of {rates[found.optimizer.name]:g}, at which it ends at the "
            f"minimum of {_percent(share)} of {problems} problems{beside}."
        )
    else:
        yield (
            f"At no learning rate does it end at the minimum of any of {problems} problems"
            f"{beside}; it comes nearest at {rates[found.optimizer.name]:g}."
        )
    if percent(reached) > percent(share):
        yield f"It reaches the minimum of {_percent(reached)}, but does not stay at all of them."
    width = _widths(comparison)[place]
    if found.optimizer.own_axis is None and isfinite(width) and width > 0:
        factors = [_factor(each) for each in _widths(comparison)]
        beside = _beside(comparison, place, factors)
        yield (
            "On a problem whose minimum it reaches, the highest rate that does is about "
            f"{_factor(width)} times the lowest{beside}."
        )


def _percent(share: float) -> str:
    return f"{percent(share)}{SPACE}%"


def _factor(decades: float) -> str:
    """Return a number of decades as a factor of one digit."""
    return f"{float(f'{10**decades:.1g}'):,.0f}" if isfinite(decades) else "none"


def _beside(comparison: Comparison, place: int, numbers: Sequence[str]) -> str:
    """Return the numbers of the other optimizers in parentheses; empty if there are none."""
    pairs = zip(comparison.names, numbers, strict=True)
    others = [f"{name} {number}" for i, (name, number) in enumerate(pairs) if i != place]
    return f" ({', '.join(others)})" if others else ""


def _of_coincidences(found: Findings) -> Iterator[str]:
    same = [each for each in found.coincidences if each.same]
    near = [each for each in found.coincidences if not each.same]
    if same:
        exact = all(each.exact for each in same)
        titles = listed([each.title for each in same], "and")
        yield f"It takes the same path as {titles}, {'bit for bit' if exact else 'up to rounding'}."
    elif near:
        yield f"It takes nearly the same path as {near[0].title}, {near[0].words}."


def _of_invariances(found: Findings) -> Iterator[str]:
    held = [each for each in found.invariances if each.factor == 1 and each.kind != "another"]
    names = {"values": "the values", "coordinates": "the coordinates"}
    units = [name for word, name in names.items() if any(h.change.startswith(word) for h in held)]
    turned = any(each.change.startswith("turned") for each in held)
    shifted = [each for each in found.invariances if each.change.startswith("shifted")]
    moved = any(each not in held and isfinite(each.distance) for each in shifted)
    if units:
        yield f"Its path does not depend on the unit of {listed(units, 'and')}."
    if turned:
        yield "Turning the axes does not change its path."
    if moved:
        yield "It depends on the origin, as with weight decay."


def _of_cost(found: Findings) -> Iterator[str]:
    if found.times:
        small, *others = found.times
        more = "".join(f"; of {t.side} by {t.side}, {t.ratio:.1f} times" for t in others)
        yield (
            f"A step over a layer of {small.side} by {small.side} takes "
            f"{_time(small.seconds)}, {small.ratio:.1f} times as long as one of SGD{more}."
        )
    if "The size of its state" in found.not_measured:
        return
    if found.state is None:
        yield "Its state grows with each step."
    elif found.state == 0:
        yield "It keeps no state."
    else:
        plural = "s" * (found.state != 1)
        yield f"It keeps {found.state:.3g} number{plural} for each parameter."


def _time(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{1e6 * seconds:.0f}{SPACE}µs"
    return f"{1e3 * seconds:.3g}{SPACE}ms"


def _place(comparison: Comparison, found: Findings) -> int:
    return [spec.name for spec in comparison.optimizers].index(found.optimizer.name)


def _widths(comparison: Comparison) -> list[float]:
    """Return over how many decades of rates each optimizer solves a problem."""
    table = comparison.sensitivity()
    widths: list[float] = table.values[:, table.columns.index("width")].tolist()
    return widths


def listed(words: Sequence[str], last: str) -> str:
    """Join words: ``"a, b or c"``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def percent(share: float) -> int:
    """Return a share as a whole percentage."""
    return round(100 * share)
