"""Directives of the page that compares all optimizers, and of the page of each one's rates."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.text import TextTranslator

from optgallery.analysis.comparison import Comparison
from optgallery.optim import OPTIMIZERS
from optgallery.registry import EVERY
from optgallery.runs.outcome import KINDS, OUTCOMES
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.rebuild import note_entries
from optgallery.sphinxext.pages import experiment_figures as figures
from optgallery.sphinxext.pages.experiment_record import (
    Findings,
    facts,
    findings,
    note_experiment,
    page_of,
    rate_text,
)
from optgallery.sphinxext.pages.pair_pages import with_others
from optgallery.sphinxext.pages.rate_curve import quartiles, rate_curve
from optgallery.sphinxext.pages.recorded_tables import filled
from optgallery.sphinxext.templates import render

LEFT = "\N{LEFTWARDS ARROW WITH HOOK}"
"""The symbol of a run that solved its problem on its way, and had left again at the end."""

RATE = "{lr}"
"""Stands for the learning rate in the lines that repeat a run."""

# the symbols of outcomes, but for a run that is not solved, whose mark elsewhere is its last value
_OF_A_RUN = {outcome.kind: outcome.symbol for outcome in OUTCOMES} | {"unsolved": "·"}
_LEGEND = [
    (_OF_A_RUN["solved"], "og-solved", "solved"),
    (LEFT, "og-climbed", "solved on the way, and left again"),
    (_OF_A_RUN["unsolved"], "og-unsolved", "not solved"),
    (_OF_A_RUN["climbed"], "og-climbed", "ended above its start"),
    (_OF_A_RUN["diverged"], "og-diverged", "diverged"),
]
DARKEST = 0.625
"""The share with the darkest background; no optimizer solves much more."""

_SUMMARY = "og-summary"  # a cell that is not of one rate
_START = {0: "the function's own"}
_LEAST = 0.005  # of a share that is printed as a percentage


class experiment_table(nodes.General, nodes.Element):
    """The table of all optimizers at all learning rates."""


class experiment_runs(nodes.General, nodes.Element):
    """The table of one optimizer, function by function, and the lines that repeat its runs."""


class ExperimentDirective(SphinxDirective):
    """A part of a page that shows the experiment."""

    def found(self, optimizer: str = EVERY) -> Findings:
        """Return the experiment, and record that the page depends on it.

        It also depends on the code of the optimizer, or of all, since a change is marked.
        """
        note_experiment(self.env)
        note_entries(self.env, self.env.docname, Entries((optimizer,), (EVERY,)))
        found = findings(self.config, Path(self.env.srcdir))
        if found is None:
            raise self.error(
                f"{self.name} shows what optgallery_experiment names in conf.py, which is not set"
            )
        return found

    def placed(self, node: nodes.Element) -> list[nodes.Node]:
        """Return a node with its place in the source."""
        self.set_source_info(node)
        return [node]


class TableDirective(ExperimentDirective):
    """Show all optimizers at all rates: ``.. experiment-table::``."""

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        self.found()
        return self.placed(experiment_table())


class FactsDirective(ExperimentDirective):
    """Print prose, in which ``{runs}`` or ``{rate[lion]}`` is a number of the experiment."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the prose."""
        known = facts(self.found())
        try:
            lines = [filled(line, known) for line in self.content]
        except KeyError as error:
            raise self.error(
                f"{self.name} has no number {error}; it has {', '.join(sorted(known))}, some of "
                "them by the name of an optimizer that is recorded"
            ) from None
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


class ProfileDirective(ExperimentDirective):
    """Draw data profiles of some optimizers: ``.. experiment-profile:: best``, or at one rate."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"optimizers": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return one figure."""
        found = self.found()
        names = self.options.get("optimizers", "").split() or None
        rate = self.arguments[0]
        try:
            part = found.comparison.select(optimizers=names)
            uri = figures.profile(Path(self.env.srcdir), part, rate)
        except ValueError as error:
            raise self.error(f"{self.name}: {error}") from error
        at = "each at its typical rate" if rate == "best" else f"all at the learning rate {rate}"
        alt = (
            f"The share of {len(part.problems)} problems solved, against gradient evaluations: "
            f"{', '.join(part.names)}, {at}."
        )
        return self.placed(figures.in_page(Path(self.env.srcdir), uri, alt))


class RunsDirective(ExperimentDirective):
    """Show one optimizer at every rate on every function: ``.. experiment-of:: lion``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return words, a figure and a table."""
        name = self.arguments[0]
        if name not in OPTIMIZERS:
            raise self.error(f"{self.name} takes the name of an optimizer, got {name!r}")
        found = self.found(name)
        row = found.row(name)
        if row is None:
            raise self.error(f"{self.name}: {name} is not recorded; `nox -s experiment` does that")
        part = found.comparison.select(optimizers=[name])
        words = self.parse_text_to_nodes("\n".join(_summary(found, name, row, self.env)))
        typical = found.rates[name]
        figure = []
        if typical is not None:
            figure = self.placed(rate_curve(quartiles=quartiles(part), typical=typical))
        return [*words, *figure, *self.placed(experiment_runs(optimizer=name))]


def _summary(found: Findings, name: str, row: int, env: BuildEnvironment) -> Iterator[str]:
    page = f"optimizers/plot_opt_{name}"
    c = found.comparison
    title = c.names[row]
    rate, share = found.rates[name], f"{100 * found.best(name):.0f} % of {len(c.problems)} problems"
    place = f"place {found.order.index(row) + 1} of {len(c.optimizers)} in the"
    if rate is None:
        yield f"{title} has no learning rate. At its default settings it solves **{share}**, which"
        yield f"is {place} :doc:`table of all optimizers <index>`, where the others have a rate"
        yield f"drawn at random from {c.lrs[0]:g} to {c.lrs[-1]:g}."
    else:
        yield f"**{rate:g}** is the rate at which {title} solves most: "
        yield f"{share}. At a rate drawn at random"
        yield f"from {c.lrs[0]:g} to {c.lrs[-1]:g} it solves {100 * found.robust[row]:.0f} %,"
        yield f"which is {place} :doc:`table of all"
        yield "optimizers <index>`. In the median, the rates that solve a problem span"
        yield f"{found.widths[row]:.1f} decades."
    if page in env.found_docs:
        yield f"What {title} is, and its pictures: :doc:`its own page </{page}>`."
    if pages := with_others(env, name):
        links = (f":doc:`{OPTIMIZERS[other].title} </{at}>`" for other, at in pages.items())
        yield f"{title} against others: {', '.join(links)}."
    yield ""
    if name in found.experiment.stale:
        yield "The code has changed since these runs were taken."
        yield ""


def visit_table(self: HTML5Translator, _node: nodes.Element) -> None:
    """Write the table of all optimizers, the most robust one first."""
    found = findings(self.builder.config, Path(self.builder.srcdir))
    assert found is not None
    c, env = found.comparison, self.builder.env
    rows = []
    for i in found.order:
        spec, name = found.experiment.specs[i], c.names[i]
        page, rate, best = page_of(env, spec), found.rates[spec.name], found.best(spec.name)
        title = _linked(self, name, page)
        if spec.name in found.experiment.stale:
            title += Markup(' <span class="og-under">changed since</span>')
        cells = [
            _cell("Optimizer", name, title),
            _cell("Robust", f"{found.robust[i]:.4f}", _shaded(found.robust[i]), _SUMMARY),
            _cell("Typical rate", "" if rate is None else repr(rate), rate_text(rate), _SUMMARY),
            _cell("Solves there", f"{best:.4f}", _shaded(best), _SUMMARY),
            _cell("Width", "", "\N{EN DASH}", _SUMMARY)
            if rate is None
            else _cell("Width", f"{found.widths[i]:.3f}", f"{found.widths[i]:.1f}", _SUMMARY),
        ]
        here = self.builder.current_docname
        address = self.builder.get_relative_uri(here, page) if page else ""
        for j, lr in enumerate(c.lrs):
            if rate is None:  # its single outcome is in the column "Solves there"
                cells.append(_cell(f"{lr:g}", "", ""))
                continue
            shares = (found.solved[i, j], found.diverged[i, j], found.left[i, j])
            html = _of_rate(*shares, f"{address}#sort=-{lr:g}")
            cells.append(_cell(f"{lr:g}", f"{shares[0]:.4f}", html))
        rows.append({"facets": json.dumps({"family": [spec.family]}), "cells": cells})
    families = Counter(found.experiment.specs[i].family for i in found.order)
    facet = {"key": "family", "label": "Family", "numbers": families}
    self.body.append(f'<div class="og-heat">{_catalogue("optimizers", rows, [facet])}</div>')
    raise nodes.SkipNode


def visit_runs(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the table of one optimizer, and the lines that repeat its runs."""
    found = findings(self.builder.config, Path(self.builder.srcdir))
    assert found is not None
    c = found.comparison.select(optimizers=[node["optimizer"]])
    kinds = np.array([_OF_A_RUN[kind] for kind in KINDS])[c.outcomes.kind[0]]
    kinds[found.gone[found.comparison.optimizers.index(c.optimizers[0])]] = LEFT
    typical = found.rates[c.optimizers[0].name]
    has_rate = typical is not None
    rows = []
    for fn in c.functions:
        columns = [k for k, problem in enumerate(c.problems) if problem.of == fn]
        title = _linked(self, fn.title, f"functions/plot_fn_{fn.name}")
        cells = [_cell("Function", fn.title, title)]
        for j, lr in enumerate(c.lrs if has_rate else c.lrs[:1]):
            outcomes = c.outcomes[0, j, columns]
            solved = outcomes.is_kind("solved")
            html = Markup('<span class="og-share" style="--og-share: {}%">{}</span>').format(
                f"{100 * solved.mean():.0f}", "".join(kinds[j, columns])
            )
            # of functions that are solved equally often, the one first that took less
            rank = solved.sum() - outcomes.spent.mean() / (2 * c.budget)
            head = f"{lr:g}" if has_rate else "Without a learning rate"
            cells.append(_cell(head, f"{rank:.4f}", html))
        rows.append({"facets": "{}", "cells": cells})
    lines = lines_of(c)
    first = c.functions[0]
    starts = range(len(lines[first.name]))
    written = render(
        "experiment_runs",
        table=Markup(_catalogue("functions", rows, [])),
        starts=len(starts),
        legend=_LEGEND,
        choices=[
            ("function", "Function", [(fn.name, fn.title) for fn in c.functions], first.name),
            ("start", "Start", [(str(k), _START.get(k, str(k))) for k in starts], "0"),
            (
                "lr",
                "Learning rate",
                [(repr(lr), f"{lr:g}") for lr in c.lrs] if has_rate else [("", "none")],
                repr(typical) if has_rate else "",
            ),
        ],
        code=lines[first.name][0].replace(RATE, repr(typical)),
        # a "</script>" inside the JSON would end the script element
        lines=Markup(json.dumps(lines, separators=(",", ":")).replace("<", "\\u003c")),
    )
    self.body.append(written)
    raise nodes.SkipNode


def lines_of(comparison: Comparison) -> dict[str, list[str]]:
    """Return the lines that repeat the runs of an optimizer, for each function and start.

    `RATE` stands where the learning rate is to be filled in, if the optimizer has one.
    """
    name, lr = comparison.optimizers[0].name, comparison.lrs[0]
    lines: dict[str, list[str]] = {}
    for problem in comparison.problems:
        code = comparison.code(name, problem.name, lr)
        lines.setdefault(problem.of.name, []).append(code.replace(f"lr={lr!r}", f"lr={RATE}"))
    return lines


def _linked(self: HTML5Translator, title: str, page: str | None) -> Markup:
    """Return a title, linked to a page if there is one."""
    if page is None or page not in self.builder.env.found_docs:
        return Markup.escape(title)
    address = self.builder.get_relative_uri(self.builder.current_docname, page)
    return Markup('<a href="{}">{}</a>').format(address, title)


def _cell(label: str, value: str, html: Any, css_class: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "html": html, "css_class": css_class}


def _catalogue(
    noun: str, rows: Sequence[Mapping[str, Any]], facets: Sequence[Mapping[str, Any]]
) -> str:
    columns = [cell["label"] for cell in rows[0]["cells"]]
    return render("catalogue", noun=noun, columns=columns, facets=facets, rows=rows)


def _shaded(share: float) -> Markup:
    """Return a percentage on a background that says the same."""
    return Markup('<span class="og-share" style="--og-share: {}%">{:.0f}</span>').format(
        _shade(share), 100 * share
    )


def _of_rate(solved: float, diverged: float, left: float, address: str) -> Markup:
    """Return the link in a cell: the share solved, and below it what diverged and what left."""
    notes = [
        f"{symbol}\N{NO-BREAK SPACE}{100 * share:.0f}"
        for symbol, share in ((_OF_A_RUN["diverged"], diverged), (LEFT, left))
        if share >= _LEAST
    ]
    return Markup(
        '<a class="og-share" style="--og-share: {}%" href="{}">{:.0f}'
        '<span class="og-under">{}</span></a>'
    ).format(_shade(solved), address, 100 * solved, " ".join(notes))


def _shade(share: float) -> int:
    """Return how much of the darkest background a share has, in percent."""
    return round(100 * min(1, share / DARKEST))


def visit_as_text(self: TextTranslator, _node: nodes.Element) -> None:
    """Write a placeholder."""
    self.new_state(0)
    self.add_text("[A table of outcomes by learning rate]")
    self.end_state()
    raise nodes.SkipNode


def add_experiment_pages(app: Sphinx) -> None:
    """Register the directives, the visitors for HTML and plain text, and the script."""
    app.add_directive("experiment-table", TableDirective)
    app.add_directive("experiment-facts", FactsDirective)
    app.add_directive("experiment-profile", ProfileDirective)
    app.add_directive("experiment-of", RunsDirective)
    app.add_node(experiment_table, html=(visit_table, None), text=(visit_as_text, None))
    app.add_node(experiment_runs, html=(visit_runs, None), text=(visit_as_text, None))
    app.connect("html-page-context", _add_scripts)


def _add_scripts(
    app: Sphinx,
    _page: str,
    _template: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Add the scripts that sort, and that write the lines of a run, to the pages that need them."""
    for kind, scripts in (
        (experiment_table, ["catalogue.js"]),
        (experiment_runs, ["catalogue.js", "experiment.js"]),
    ):
        if doctree is not None and next(iter(doctree.findall(kind)), None):
            for script in scripts:
                app.add_js_file(script, loading_method="defer")
