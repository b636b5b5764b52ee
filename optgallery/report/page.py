"""Write the page: its sections from the findings, its pictures, and the file."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from struct import Struct
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from optgallery.analysis.comparing import RATES
from optgallery.analysis.comparison import Comparison
from optgallery.analysis.outcomes import TAU
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.parallel.distribution import progress
from optgallery.plot.losses import plot_loss
from optgallery.plot.page_figure import LARGE, figure
from optgallery.plot.profile_curves import plot_profile
from optgallery.plot.rate_curves import plot_sensitivity
from optgallery.render.animation import animate
from optgallery.render.tile import TILE
from optgallery.report import coincidences, endings, invariances
from optgallery.report.code import code_of
from optgallery.report.endings import held, leaves, recommended_rates
from optgallery.report.findings import Findings, Report, best_run
from optgallery.report.verdict import figures, listed, paragraphs, percent
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.trajectory import Trajectory
from optgallery.sweeps.tables import head_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GENERATOR = "optgallery report"
"""The name in the page's ``meta`` element, by which a report is recognized."""

FOLDER = Path(__file__).parent
_PNG_SIZE = Struct(">II")  # in the header of a PNG
_PICTURES = "pictures"  # folder beside the page


@dataclass
class Pictures:
    """The GIFs and stills of a page: files beside it, or data inside it.

    Attributes
    ----------
    inside : bool
        Whether they become part of the page.
    files : dict
        The content of each file, by its path relative to the page.
    """

    inside: bool
    files: dict[str, bytes] = field(default_factory=dict)

    def address(self, name: str, content: bytes) -> str:
        """Return the address of a picture."""
        if self.inside:
            kind = name.rpartition(".")[2]
            return f"data:image/{kind};base64,{b64encode(content).decode()}"
        path = f"{_PICTURES}/{name}"
        self.files[path] = content
        return path


def page(report: Report, title: str, *, single_file: bool = False) -> dict[str, bytes]:
    """Return the files of a report.

    Parameters
    ----------
    report : Report
        With at least one optimizer that runs.
    title : str
        The heading of the page.
    single_file : bool
        Whether pictures become part of the page.

    Returns
    -------
    dict from str to bytes
        The content of each file by its path; ``index.html`` is the page.
    """
    pictures = Pictures(single_file)
    total = sum(len(found.runs) for found in report.findings)
    with progress("drawing", "GIFs", total) as bar:
        optimizers = [_optimizer(report, found, pictures, bar.update) for found in report.findings]
    html = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            title=title,
            generator=GENERATOR,
            version=metadata.version("optgallery"),
            torch=metadata.version("torch"),
            optimizers=optimizers,
            single=len(optimizers) == 1 and title == optimizers[0]["title"],
            unrunnable=report.unrunnable,
            legend=endings.MEANINGS,
            steps=report.plan.steps,
            comparison=_comparison(report),
            style=Markup((FOLDER / "static/report.css").read_text(encoding="utf-8")),
            script=Markup((FOLDER / "static/report.js").read_text(encoding="utf-8")),
            compared=coincidences,
            changed=invariances,
        )
    )
    return {"index.html": html.encode(), **pictures.files}


def _optimizer(
    report: Report, found: Findings, pictures: Pictures, drawn: Callable[[], object]
) -> dict[str, Any]:
    spec = found.optimizer
    return {
        "name": _identifier(spec.name),
        "title": spec.title,
        "summary": first_sentence(spec.summary),
        "cls": f"{spec.cls.__module__}.{getattr(spec.cls, '__qualname__', spec.title)}",
        "verdict": paragraphs(report, found),
        "figures": figures(report, found),
        "heads": [head_of(spec.own_axis, setting) for setting in found.settings],
        "has_rates": spec.own_axis is None,
        "columns": "learning rates"
        if spec.own_axis is None
        else spec.own_axis.title or "their single run",
        "rows": list(_rows(found, pictures, drawn)),
        "losses": list(_losses(report, found)),
        "losses_code": _losses_code(report, found),
        "sensitivities": list(_sensitivities(report, spec)),
        "sensitivity_code": _sensitivity_code(report, spec),
        "coincidences": found.coincidences,
        "coincidence_code": _coincidence_code(found),
        "invariances": found.invariances,
        "invariance_code": _invariance_code(found),
        "times": found.times,
        "remarks": found.remarks,
        "not_measured": found.not_measured,
    }


def _rows(
    found: Findings, pictures: Pictures, drawn: Callable[[], object]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the matrix, one for each function."""
    spec = found.optimizer
    for fn in found.runs.functions:
        cells = []
        for setting in found.settings:
            run = found.runs[spec.name, fn.name, setting]
            animation = animate(run, **TILE)
            stem = f"{_identifier(spec.name)}-{_identifier(fn.name)}-{_value(setting)}"
            still = animation.png()
            width, height = _PNG_SIZE.unpack_from(still, 16)
            cells.append(
                {
                    "id": f"cell-{stem}",
                    "file": f"{stem}.gif",
                    "gif": pictures.address(f"{stem}.gif", animation.gif()),
                    "still": pictures.address(f"{stem}.png", still),
                    "width": width,
                    "height": height,
                    "summary": "; ".join(filter(None, [run.summary, endings.words(run)])),
                    "code": run.code(),
                    "mark": endings.mark(run),
                    "css_class": endings.LEFT if leaves(run) else run.outcome.css_class,
                }
            )
            drawn()
        yield {"title": fn.title, "cells": cells}


def _losses(report: Report, found: Findings) -> Iterator[Markup]:
    """Yield a figure for each function: the values of each optimizer at its best rate."""
    for fn in found.runs.functions:
        shown = [found.best(fn), *_baseline_runs(report, fn)]
        ends = "; ".join(f"{run.optimizer.title}: {_ending(run)}" for run in shown)
        left = [run.optimizer.title for run in shown if leaves(run)]

        def draw(
            ax: "Axes", shown: Sequence[Trajectory] = shown, left: Sequence[str] = left
        ) -> None:
            plot_loss(shown, ax=ax)
            said = f"\n{listed(left, 'and')} reached the minimum, but did not stay" if left else ""
            ax.set_title(shown[0].test_fn.title + said, fontsize="medium")

        yield figure(draw, f"The value on {fn.title} against gradient evaluations. {ends}")


def _ending(run: Trajectory) -> str:
    return "; ".join(filter(None, [str(run.outcome), endings.words(run)]))


def _baseline_runs(report: Report, fn: TestFunction) -> list[Trajectory]:
    if report.baselines is None:
        return []
    return [best_run(report.baselines, spec, fn) for spec in report.baselines.optimizers]


def _value(setting: float | None) -> str:
    return "default" if setting is None else f"{setting:g}"


def _losses_code(report: Report, found: Findings) -> str:
    fn = found.runs.functions[0]
    steps = report.plan.steps
    named = [("OPTIMIZER", found.best(fn))]
    named += [(f'"{run.optimizer.name}"', run) for run in _baseline_runs(report, fn)]
    given = ["".join(f", {k}={v}" for k, v in run.hparams.items()) for _, run in named]
    runs = [
        f"    og.run({name}, FUNCTION, steps={steps}{settings}),"
        for (name, _), settings in zip(named, given, strict=True)
    ]
    return code_of(
        "runs = [",
        *runs,
        "]",
        "og.plot_loss(runs)",
        optimizer=found.optimizer,
        test_fn=fn,
    )


def _sensitivities(report: Report, spec: OptimizerSpec) -> Iterator[Markup]:
    """Yield a figure for each function on which many rates were tried."""
    baselines = {other.name for other in report.plan.baselines}
    for several in report.sensitivities.values():
        shown = [s for s in several if s.optimizer.name in {spec.name, *baselines}]
        if spec.name not in [s.optimizer.name for s in shown]:
            continue
        fn = shown[0].problem.fn
        words = "; ".join(
            f"{s.optimizer.title}: best at {s.best:g}, {s.width:.1f} decades solve it"
            for s in shown
        )

        def draw(ax: "Axes", shown: Sequence[Any] = shown) -> None:
            plot_sensitivity(shown, ax=ax)
            ax.set_title(shown[0].problem.fn.title, fontsize="medium")

        yield figure(draw, f"Where runs on {fn.title} end, by learning rate. {words}")


def _sensitivity_code(report: Report, spec: OptimizerSpec) -> str:
    fn = next((fn for fn in report.plan.functions if fn.name in report.sensitivities), None)
    with_rate = [each for each in report.plan.baselines if each.own_axis is None]
    names = "".join(f', og.sensitivity("{each.name}", FUNCTION)' for each in with_rate)
    return code_of(
        f"og.plot_sensitivity([og.sensitivity(OPTIMIZER, FUNCTION){names}])",
        optimizer=spec,
        test_fn=fn or report.plan.functions[0],
    )


def _coincidence_code(found: Findings) -> str:
    name = found.coincidences[0].name if found.coincidences else "adamw"
    return code_of(
        f'a = og.run(OPTIMIZER, "beale", steps={coincidences.STEPS}, lr=0.01)',
        f'b = og.run("{name}", "beale", steps={coincidences.STEPS}, lr=0.01)',
        "print(abs(a.points - b.points).max())",
        optimizer=found.optimizer,
    )


def _invariance_code(found: Findings) -> str:
    """Return the lines that repeat one step of each comparison on a changed function."""
    spec, lr = found.optimizer, found.measured_at
    own = f", lr={lr:g}" if spec.own_axis is None else ""
    name, steps = invariances.FUNCTION_NAMES[1], invariances.STEPS
    lines = [f'path = og.run(OPTIMIZER, "{name}", steps={steps}{own})']
    for each in found.invariances:
        factor = "" if each.factor == 1 else f" * {_factor(each.factor)}"
        wrapped = each.wrapper.replace("FUNCTION", f'"{name}"')
        lines.append(f"# {each.change}")
        lines.append(f"changed = og.run(OPTIMIZER, {wrapped}, steps={steps}{own}{factor})")
        lines.append("print(path.points[-1], changed.points[-1])")
    return code_of(*lines, optimizer=spec)


def _factor(factor: float) -> str:
    return f"{factor:g}" if factor >= 1 else f"1 / {1 / factor:g}"


def _comparison(report: Report) -> dict[str, Any] | None:
    """Return the section about the comparison; None without one."""
    comparison = report.comparison
    if comparison is None:
        return None
    solved, diverged = held(comparison), comparison.ended("diverged").share
    rates = recommended_rates(comparison)
    profile = comparison.data_profile(rates)
    last = ", ".join(
        f"{name} {percent(float(share))} %"
        for name, share in zip(profile.names, profile.shares[:, -1], strict=True)
    )

    def draw(ax: "Axes") -> None:
        plot_profile(profile, ax=ax)
        ax.set_title(
            f"Minima reached of {profile.problems}, each at its recommended rate",
            fontsize="medium",
        )

    rows = [
        {
            "title": name,
            "own": any(spec is found.optimizer for found in report.findings),
            "recommended": rates[spec.name] if _takes_rate(spec) else None,
            "cells": [
                {"lr": lr, "solved": percent(float(s)), "diverged": percent(float(d))}
                for lr, s, d in zip(comparison.lrs, solved[i], diverged[i], strict=True)
            ][: None if _takes_rate(spec) else 1],
        }
        for i, (name, spec) in enumerate(zip(comparison.names, comparison.optimizers, strict=True))
    ]
    return {
        "profile": figure(draw, f"Share of minima reached, by cost; in all {last}", LARGE),
        "rows": rows,
        "lrs": comparison.lrs,
        "problems": len(comparison.problems),
        "functions": len(comparison.functions),
        "starts": report.plan.starts,
        "budget": comparison.budget,
        "code": _comparison_code(report, comparison),
    }


def _takes_rate(spec: OptimizerSpec | ExternalOptimizer) -> bool:
    return isinstance(spec, OptimizerSpec) and spec.own_axis is None


def _comparison_code(report: Report, comparison: Comparison) -> str:
    names = "".join(f', "{spec.name}"' for spec in report.plan.baselines)
    fns = ", ".join(f'"{fn.name}"' for fn in comparison.functions)
    rates = "" if comparison.lrs == RATES else f", {list(comparison.lrs)}"
    recommended = recommended_rates(comparison)
    rates_given = {name: lr for name, lr in recommended.items() if comparison.has_rate(name)}
    return code_of(
        f"functions = [{fns}]",
        f"c = og.compare([OPTIMIZER{names}], functions{rates}, starts={report.plan.starts})",
        f"og.plot_profile(c.data_profile({rates_given}))",
        f"print((c.remaining() <= {TAU}).mean(2))",
        optimizer=report.findings[0].optimizer,
    )


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, of at most 240 characters.

    Examples
    --------
    >>> first_sentence("Implements Adam. Arguments: params (iterable): ...")
    'Implements Adam.'
    """
    return shorten(re.split(r"(?<=[.!?])\s", text)[0], 240, placeholder=" ...")


def _identifier(name: str) -> str:
    """Return a name as part of an id, of a file's name and of an address."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in name)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
