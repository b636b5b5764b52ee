"""The verdict on an optimizer: sentences and figures made from what was found."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from optgallery.analysis.comparison import Comparison
from optgallery.report.findings import Findings, Report


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
        _of_comparison(report.comparison, found),
        (*_of_coincidences(found), *_of_invariances(found)),
        _of_cost(found),
    )
    return [text for part in parts if (text := " ".join(part))]


def figures(report: Report, found: Findings) -> list[Figure]:
    """Return the few numbers that sum it up."""
    total = len(found.runs.functions)
    shown = [Figure(f"{len(found.solved)} of {total}", "functions solved")]
    comparison = report.comparison
    if comparison is not None and found.optimizer.takes("lr"):
        shown.append(Figure(f"{comparison.best_rates()[found.optimizer.name]:g}", "typical rate"))
        width = _widths(comparison)[_place(comparison, found)]
        shown.append(Figure(f"{width:.1f}", "decades of rates solve"))
    same = [each for each in found.coincidences if each.same]
    if same:
        shown.append(Figure(same[0].title, "takes the same path"))
    if found.times:
        shown.append(
            Figure(f"{found.times[0].ratio:.1f} \N{MULTIPLICATION SIGN}", "the time of SGD's step")
        )
    if "The size of its state" not in found.not_measured:
        number = "grows" if found.state is None else f"{found.state:.3g}"
        shown.append(Figure(number, "state" if found.state is None else "numbers per parameter"))
    return shown


def _of_runs(found: Findings, steps: int) -> Iterator[str]:
    title, total = found.optimizer.title, len(found.runs.functions)
    unsolved = [fn.title for fn in found.runs.functions if fn not in found.solved]
    at = "at one of the rates" if len(found.runs.lrs) > 1 else "as it is"
    words = f"{title} solves {len(found.solved)} of {total} functions within {steps} steps {at}"
    yield f"{words}; not {_listed(unsolved, 'or')}." if unsolved and found.solved else f"{words}."
    if len(found.runs.lrs) > 1 and found.solved:
        counts = [found.solved_at(lr) for lr in found.runs.lrs]
        best = [lr for lr, n in zip(found.runs.lrs, counts, strict=True) if n == max(counts)]
        yield f"It solves most, {max(counts)}, at {_listed([f'{lr:g}' for lr in best], 'or')}."
    if (unstable := found.unstable_from) is not None:
        lr, fn = unstable
        run = found.runs[found.optimizer.name, fn.name, lr]
        if found.optimizer.takes("lr"):
            yield f"The lowest rate that {_does(run.outcome.kind)} is {lr:g}, on {fn.title}."
        else:
            yield f"It {_does(run.outcome.kind)} on {fn.title}."
    elif len(found.runs.lrs) > 1:
        yield f"No run up to the rate {max(found.runs.lrs):g} diverges."
    if found.failures:
        run = found.failures[0]
        number = len(found.failures)
        yield (
            f"{number} run{'s' * (number > 1)} raised an exception, first on {run.test_fn.title}: "
            f"{run.reason}."
        )


def _does(kind: str) -> str:
    return {"diverged": "diverges", "climbed": "climbs above the start"}[kind]


def _of_comparison(comparison: Comparison | None, found: Findings) -> Iterator[str]:
    if comparison is None:
        return
    place = _place(comparison, found)
    solved = comparison.solved().share.max(1)
    problems = len(comparison.problems)
    beside = _beside(comparison, place, [f"{percent(share)} %" for share in solved])
    if not found.optimizer.takes("lr"):
        yield f"It solves {percent(solved[place])} % of {problems} problems{beside}."
        return
    rate = comparison.best_rates()[found.optimizer.name]
    yield (
        f"At {rate:g}, the rate typical of it, it solves {percent(solved[place])} % of {problems} "
        f"problems{beside}."
    )
    widths = _widths(comparison)
    beside = _beside(comparison, place, [f"{width:.1f}" for width in widths])
    yield f"The rates that solve a problem span {widths[place]:.1f} decades{beside}."


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
        titles = _listed([each.title for each in same], "and")
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
        yield f"Its path does not depend on the unit of {_listed(units, 'and')}."
    if turned:
        yield "It does not depend on the axes."
    if moved:
        yield "It depends on the origin, as with weight decay."


def _of_cost(found: Findings) -> Iterator[str]:
    if found.times:
        small = found.times[0]
        yield (
            f"A step over a layer of {small.side} by {small.side} takes "
            f"{_time(small.seconds)}, {small.ratio:.1f} times as long as one of SGD."
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
        return f"{1e6 * seconds:.0f} µs"
    return f"{1e3 * seconds:.3g} ms"


def _place(comparison: Comparison, found: Findings) -> int:
    return [spec.name for spec in comparison.optimizers].index(found.optimizer.name)


def _widths(comparison: Comparison) -> list[float]:
    """Return over how many decades of rates each optimizer solves a problem."""
    table = comparison.sensitivity()
    widths: list[float] = table.values[:, table.columns.index("width")].tolist()
    return widths


def _listed(words: Sequence[str], last: str) -> str:
    """Join words: ``"a, b or c"``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def percent(share: float) -> int:
    """Return a share as a whole percentage."""
    return round(100 * share)
