"""The recorded experiment as pages show it: numbers by optimizer and learning rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from optgallery.analysis.comparison import Comparison
from optgallery.analysis.experiment import INDEX, Experiment, read
from optgallery.analysis.robustness import agreement, passed, robustness
from optgallery.functions import TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.runs.outcome import KINDS

Array = NDArray[np.float64]

PAGE = """\
:html_theme.sidebar_secondary.remove:

.. meta::
   :description: {question} on {functions} test functions{at}, run by run, with the code.

{heading}
{rule}

.. experiment-of:: {name}
"""


@dataclass(frozen=True, eq=False)
class Findings:
    """What the experiment says, computed once for all pages of a build.

    Attributes
    ----------
    experiment : Experiment
    """

    experiment: Experiment

    @property
    def comparison(self) -> Comparison:
        """Optimizers, learning rates and problems, with the outcomes of all runs."""
        return self.experiment.comparison

    @cached_property
    def solved(self) -> Array:
        """The share of problems that each optimizer solved at each rate."""
        return self.comparison.solved().share

    @cached_property
    def diverged(self) -> Array:
        """The share of problems on which it diverged."""
        return self.comparison.ended("diverged").share

    @cached_property
    def gone(self) -> NDArray[np.bool_]:
        """Which runs solved their problem on their way, and had left again at the end."""
        return passed(self.comparison)

    @cached_property
    def left(self) -> Array:
        """The share of problems of which this is so."""
        share: Array = self.gone.mean(-1)
        return share

    @cached_property
    def robust(self) -> Array:
        """The share of problems that each optimizer solved, in the mean over the rates."""
        return robustness(self.comparison)

    @cached_property
    def widths(self) -> Array:
        """Over how many decades of rates each solves a problem that it solves at all."""
        table = self.comparison.sensitivity()
        return table.values[:, table.columns.index("width")]

    @cached_property
    def rates(self) -> dict[str, float | None]:
        """The rate at which each optimizer solved most problems, by its name.

        None for an optimizer without a learning rate.
        """
        return self.comparison.best_rates()

    def place(self, name: str) -> int:
        """Return the position of the rate that is typical of an optimizer.

        Of one without a learning rate, all positions have the same outcomes.
        """
        rate = self.rates[name]
        return 0 if rate is None else self.comparison.lrs.index(rate)

    def mean(self, shares: Array) -> float:
        """Return the mean over all runs of shares by optimizer and rate.

        An optimizer without a learning rate has one run on each problem.
        """
        has_rate = [self.rates[spec.name] is not None for spec in self.comparison.optimizers]
        weights = np.where(has_rate, 1, 1 / shares.shape[1])
        return float(np.average(shares.mean(1), weights=weights))

    @property
    def runs(self) -> int:
        """The number of runs."""
        c = self.comparison
        rates = sum(1 if self.rates[s.name] is None else len(c.lrs) for s in c.optimizers)
        return rates * len(c.problems)

    @cached_property
    def censored(self) -> tuple[float, tuple[str, ...]]:
        """How often the best rate is the least or the largest, and for whom it was not counted."""
        return self.comparison.censored()

    @cached_property
    def agreement(self) -> float:
        """The least rank correlation of two disjoint halves of the starts, by robustness."""
        return min(agreement(self.comparison))

    @cached_property
    def order(self) -> list[int]:
        """The positions of the optimizers, the most robust one first."""
        return [int(i) for i in np.argsort(-self.robust, kind="stable")]

    def row(self, name: str) -> int | None:
        """Return the position of an optimizer; None if it is not recorded."""
        names = [spec.name for spec in self.comparison.optimizers]
        return names.index(name) if name in names else None

    def best(self, name: str) -> float:
        """Return the share of problems that an optimizer solved at the rate typical of it."""
        row = self.row(name)
        assert row is not None
        return float(self.solved[row, self.place(name)])

    def rate_words(self, name: str) -> str:
        """Say which rate is typical of an optimizer, what it solves there, and how wide they are.

        Returns
        -------
        str
            ``"0.1 solves most, 34 % of 168 problems; the rates that solve one span ... decades"``.
        """
        row = self.row(name)
        assert row is not None
        rate = self.rates[name]
        if rate is None:
            return (
                f"it has none; at its default settings it solves {100 * self.best(name):.0f} % of "
                f"{len(self.comparison.problems)} problems"
            )
        return (
            f"{rate:g} solves most, {100 * self.best(name):.0f} % of "
            f"{len(self.comparison.problems)} problems; the rates that solve one span "
            f"{self.widths[row]:.1f} decades"
        )

    def solvers(self, function: str) -> int | None:
        """Count the optimizers that solve a function from half of its starts or more.

        Each has the rate that is typical of it. None for a function that is not in the experiment.
        """
        c = self.comparison
        columns = [i for i, problem in enumerate(c.problems) if problem.of.name == function]
        if not columns:
            return None
        places = [self.place(spec.name) for spec in c.optimizers]
        kinds = c.outcomes.kind[np.arange(len(places)), places][:, columns]
        return int(((kinds == KINDS.index("solved")).mean(1) >= 0.5).sum())


def findings(config: Config, sources: Path) -> Findings | None:
    """Return the experiment that the configuration names; None if it names none.

    Raises
    ------
    ValueError
        If it cannot be read; the message names the command that writes it.
    """
    if not (recorded := _recorded(config)):
        return None
    folder = Path(sources, recorded)
    index = folder / INDEX
    stamp = index.stat().st_mtime_ns if index.exists() else 0
    return _findings(folder, stamp)


@cache
def _findings(folder: Path, _stamp: int) -> Findings:
    return Findings(read(folder))


def note_experiment(env: BuildEnvironment) -> None:
    """Record that the page being read depends on the experiment."""
    if recorded := _recorded(env.config):
        env.note_dependency(f"{recorded}/{INDEX}")


def page_of(env: BuildEnvironment, spec: OptimizerSpec) -> str | None:
    """Return the docname of the page of an optimizer's rates, if there is one."""
    page = f"{parent(env.config)}/{spec.name}"
    return page if page in env.found_docs else None


def write_pages(app: Sphinx, config: Config) -> None:
    """Write a page for each optimizer that is recorded, beside the experiment's folder."""
    try:
        found = findings(config, Path(app.srcdir))
    except ValueError as error:
        raise ConfigError(f"optgallery_experiment: {error}") from error
    if found is None:
        return
    folder = Path(app.srcdir, parent(config))
    lrs = found.comparison.lrs
    for spec in found.comparison.optimizers:
        has_rate = found.rates[spec.name] is not None
        title = spec.title
        heading = f"Which learning rate for {title}?" if has_rate else f"What does {title} solve?"
        at = f" at {len(lrs)} learning rates from {lrs[0]:g} to {lrs[-1]:g}" if has_rate else ""
        text = PAGE.format(
            name=spec.name,
            question=f"Which learning rate for {title}? What it solves"
            if has_rate
            else f"What {title}, which has no learning rate, solves",
            heading=heading,
            rule="=" * len(heading),
            functions=len(found.comparison.functions),
            at=at,
        )
        page = folder / f"{spec.name}.rst"
        if not page.exists() or page.read_text(encoding="utf-8") != text:  # else it is read again
            page.write_text(text, encoding="utf-8")
    recorded = {spec.name for spec in found.comparison.optimizers}
    for page in folder.glob("*.rst"):
        written = f".. experiment-of:: {page.stem}\n" in page.read_text(encoding="utf-8")
        if written and page.stem not in recorded:
            page.unlink()


def _recorded(config: Config) -> str:
    """Return the folder of the recorded experiment; empty without one, as in any other project."""
    return str(config.optgallery_experiment) if "optgallery_experiment" in config else ""


def parent(config: Config) -> str:
    """Return the folder of the experiment's pages, in the folder of the sources."""
    return _recorded(config).rpartition("/")[0]


def add_experiment(app: Sphinx) -> None:
    """Register the configuration value, and write the optimizers' pages before Sphinx reads."""
    app.add_config_value("optgallery_experiment", "", "env", types=str)
    app.connect("config-inited", write_pages, priority=600)


def facts(found: Findings) -> dict[str, Any]:
    """Return the numbers that prose may name, some of them by the name of an optimizer."""
    c = found.comparison
    censored, insensitive = found.censored
    names = [spec.name for spec in c.optimizers]
    at = [found.place(name) for name in names]
    widths = np.array([_width(fn) for fn in c.functions])
    per_optimizer = {
        "rate": {name: rate_text(found.rates[name]) for name in names},
        "best": {name: _percent(found.best(name)) for name in names},
        "robust": {n: _percent(found.robust[i]) for i, n in enumerate(names)},
        "width": {n: f"{found.widths[i]:.1f}" for i, n in enumerate(names)},
        "left": {n: _percent(found.left[i, at[i]]) for i, n in enumerate(names)},
        "at one": {n: _percent(found.solved[i, c.lrs.index(1.0)]) for i, n in enumerate(names)},
        "place": {names[i]: str(place + 1) for place, i in enumerate(found.order)},
    }
    shares = {"solved": found.solved, "diverged": found.diverged, "left": found.left}
    return {
        "optimizers": len(names),
        "functions": len(c.functions),
        "starts": len(c.problems) // len(c.functions),
        "problems": len(c.problems),
        "rates": len(c.lrs),
        "first": f"{c.lrs[0]:g}",
        "last": f"{c.lrs[-1]:g}",
        "budget": c.budget,
        "narrowest": f"{widths.min():g}",
        "widest": f"{widths.max():g}",
        "runs": f"{found.runs:,}",
        "censored": f"{100 * censored:.1f}",
        "insensitive": ", ".join(insensitive) or "none",
        "agreement": f"{floor(100 * found.agreement) / 100:.2f}",  # it is "at least" this
        "torch": ", ".join(sorted({r["torch"] for r in found.experiment.recorded_with.values()})),
        **{f"{name} in all": f"{100 * found.mean(share):.1f}" for name, share in shares.items()},
        "lacking": _not_recorded([OPTIMIZERS[name].title for name in found.experiment.lacking]),
        **per_optimizer,
    }


def rate_text(rate: float | None) -> str:
    """Return a typical rate as tables have it; ``none`` for an optimizer that has none."""
    return "none" if rate is None else f"{rate:g}"


def _width(fn: TestFunction) -> float:
    """Return the longer side of a function's domain."""
    xmin, xmax, ymin, ymax = fn.domain
    return max(xmax - xmin, ymax - ymin)


def _not_recorded(titles: Sequence[str]) -> str:
    return f"Not recorded yet: {', '.join(titles)}." if titles else ""


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
