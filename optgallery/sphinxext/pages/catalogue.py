"""Tables that visitors can sort and filter, first those of all registry entries."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.text import TextTranslator

from optgallery.analysis.state_size import state_per_parameter
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.registry import EVERY
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.rebuild import note_entries
from optgallery.sphinxext.pages.experiment_record import (
    Findings,
    findings,
    note_experiment,
    page_of,
    rate_text,
)
from optgallery.sphinxext.templates import render

NONE = "\N{EN DASH}"  # the text of an empty cell
_MINUS = "\N{MINUS SIGN}"


class catalogue(nodes.General, nodes.Element):
    """A table with ``columns``, ``facets`` to filter by, and a ``noun`` for its rows."""


class catalogue_row(nodes.Part, nodes.Element):
    """A row, with its values of each facet."""


class catalogue_cell(nodes.Part, nodes.TextElement):
    """A cell, with the value by which its column is sorted."""


class Cell(NamedTuple):
    """The source of a cell.

    Attributes
    ----------
    text : str
        Its reST.
    value : str or float, optional
        The value by which the column is sorted; the text if not given.
    css_class : str
    under : str
        Plain text in small print below the cell's text.
    """

    text: str
    value: str | float | None = None
    css_class: str = ""
    under: str = ""


class Row(NamedTuple):
    """The source of a row: its values of the facets, and its cells by column."""

    facets: Mapping[str, Sequence[str]]
    cells: Mapping[str, Cell]


class CatalogueDirective(SphinxDirective):
    """A table about a registry's entries; subclasses define its rows."""

    kind: str
    noun: str
    facets: ClassVar[Mapping[str, str]]
    """The label of each; what its filter offers is in the order of the rows."""

    alphabetical: bool = False
    """Whether it is in the order of the alphabet instead."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        note_entries(self.env, self.env.docname, Entries((EVERY,), (EVERY,)))
        # sphinx-gallery rewrites the folder's index when a page is added or removed
        self.env.note_dependency(f"{self.kind}/index.rst")
        rows = list(self.rows())
        table = catalogue(
            "",
            *map(self._parsed, rows),
            columns=list(rows[0].cells),
            facets=dict(self.facets),
            noun=self.noun,
            alphabetical=self.alphabetical,
        )
        self.set_source_info(table)
        return [table]

    def rows(self) -> Iterator[Row]:
        """Yield the rows, each with the same columns."""
        raise NotImplementedError

    def _parsed(self, given: Row) -> catalogue_row:
        facets, cells = given
        row = catalogue_row(facets=dict(facets))
        for position, (label, cell) in enumerate(cells.items()):
            content, messages = self.parse_inline(cell.text)
            if cell.under:
                content += [nodes.Text(" "), nodes.inline("", cell.under, classes=["og-under"])]
            value = cell.text if cell.value is None else cell.value
            row += catalogue_cell(
                "",
                "",
                *content,
                *messages,
                label=label,
                value=value,
                heading=position == 0,
                css_class=cell.css_class,
            )
        return row

    def linked(self, title: str, page: str) -> Cell:
        """Return a title, linked to the entry's page if it has one."""
        page = f"{self.kind}/{page}"
        text = f":doc:`{title} </{page}>`" if page in self.env.found_docs else title
        return Cell(text, title)

    def experiment(self) -> Findings | None:
        """Return the experiment, if one is recorded, and record that the page depends on it."""
        note_experiment(self.env)
        return findings(self.config, Path(self.env.srcdir))


class OptimizerCatalogue(CatalogueDirective):
    """The table of all optimizers: ``.. optimizer-catalogue::``."""

    kind = noun = "optimizers"
    facets: ClassVar[Mapping[str, str]] = {"family": "Family"}

    def rows(self) -> Iterator[Row]:
        """Yield a row for each optimizer."""
        found = self.experiment()
        for spec in OPTIMIZERS.values():
            cells = {
                "Optimizer": self.linked(spec.title, f"plot_opt_{spec.name}"),
                "Family": Cell(spec.family),
                **_publication(spec),
                "What it does": Cell(" ".join([spec.summary, *_coincidences(spec)])),
                "Updates": Cell(scope(spec)),
                "Needs": Cell(", ".join(needs(spec)) or NONE),
                "Gradients per step": _evaluations(spec),
                "State per parameter": _state(spec),
            }
            if found:
                cells |= self._rates(found, spec)
            yield Row({"family": [spec.family]}, cells)

    def _rates(self, found: Findings, spec: OptimizerSpec) -> dict[str, Cell]:
        """Return what the experiment says of an optimizer; dashes if it is not recorded."""
        row = found.row(spec.name)
        if row is None:
            return {label: Cell(NONE, "") for label in ("Robust", "Typical rate", "Width")}
        robust, width, typical = found.robust[row], found.widths[row], found.rates[spec.name]
        page = page_of(self.env, spec)
        rate = rate_text(typical)
        return {
            "Robust": Cell(f"{100 * robust:.0f} %", f"{robust:.4f}"),
            "Typical rate": Cell(
                f":doc:`{rate} </{page}>`" if page else rate, "" if typical is None else rate
            ),
            "Width": Cell(NONE, "") if typical is None else Cell(f"{width:.1f}", f"{width:.3f}"),
        }


class FunctionCatalogue(CatalogueDirective):
    """The table of all test functions: ``.. function-catalogue::``."""

    kind = noun = "functions"
    facets: ClassVar[Mapping[str, str]] = {"tag": "Shows", "scale": "Colours"}

    def rows(self) -> Iterator[Row]:
        """Yield a row for each function."""
        found = self.experiment()
        for fn in FUNCTIONS.values():
            scale = "logarithmic" if fn.scale == "log" else "linear"
            cells = {
                "Function": self.linked(fn.title, f"plot_fn_{fn.name}"),
                "Shows": Cell(", ".join(fn.tags)),
                "Minimum value": _minimum(fn),
                "Minima": Cell(str(len(fn.minima)) if fn.minima else "none", len(fn.minima)),
                "Colours": Cell(scale),
                "Why it is hard": Cell(fn.description),
            }
            if found:
                count, of = found.solvers(fn.name), len(found.comparison.optimizers)
                cells["Solved by"] = (
                    Cell("not compared", "") if count is None else Cell(f"{count} of {of}", count)
                )
            yield Row({"tag": fn.tags, "scale": [scale]}, cells)


def scope(spec: OptimizerSpec) -> str:
    """Return what one update is computed from: a coordinate, the vector or a matrix."""
    if spec.elementwise:
        return "each coordinate"
    return "the point as a matrix" if len(spec.parameter_shape) > 1 else "the whole vector"


def needs(spec: OptimizerSpec) -> list[str]:
    """List special requirements of an optimizer."""
    requirements = {
        "a closure": spec.needs_closure,
        "second derivatives": spec.create_graph,
        "a seed": spec.stochastic,
        "no learning rate": spec.learning_rate_free or spec.own_axis is not None,
    }
    return [text for text, applies in requirements.items() if applies]


def _coincidences(spec: OptimizerSpec) -> Iterator[str]:
    later = [other.name for other in OPTIMIZERS.values() if spec.name in other.coincides_with]
    if titles := [OPTIMIZERS[name].title for name in (*spec.coincides_with, *later)]:
        yield f"On two coordinates the same as {' and '.join(titles)}."


def _publication(spec: OptimizerSpec) -> dict[str, Cell]:
    if not spec.paper:
        return {"Year": Cell(NONE, ""), "Paper": Cell(NONE, "")}
    authors = spec.paper.authors.split(", ")
    short = f"{authors[0]} et al." if len(authors) > 2 else spec.paper.authors
    paper = Cell(f"`{short} <{spec.paper.url}>`__", spec.paper.authors)
    return {"Year": Cell(str(spec.paper.year)), "Paper": paper}


def _evaluations(spec: OptimizerSpec) -> Cell:
    if spec.evaluations_per_step is None:
        return Cell("as its line search asks", "inf")
    return Cell(str(spec.evaluations_per_step))


def _state(spec: OptimizerSpec) -> Cell:
    count = state_per_parameter(spec)
    return Cell("grows", "inf") if count is None else Cell(f"{count:.3g}", count)


def _minimum(fn: TestFunction) -> Cell:
    if fn.minimum is None:
        return Cell("unknown", "")
    if not isfinite(fn.minimum):
        return Cell(f"{_MINUS}\N{INFINITY}", fn.minimum)
    attained = "" if fn.minima else ", nowhere attained"
    return Cell(f"{fn.minimum:.7g}{attained}".replace("-", _MINUS), fn.minimum)


def add_catalogues(app: Sphinx) -> None:
    """Register the directives, and the visitors for HTML and plain text."""
    app.add_directive("optimizer-catalogue", OptimizerCatalogue)
    app.add_directive("function-catalogue", FunctionCatalogue)
    app.add_node(catalogue, html=(visit_catalogue, None), text=(_write_children, _write_children))
    app.add_node(catalogue_row, text=(_write_children, _write_children))
    app.add_node(catalogue_cell, text=(visit_catalogue_cell_as_text, depart_catalogue_cell_as_text))
    app.connect("html-page-context", _add_script)


def _add_script(
    app: Sphinx,
    _page: str,
    _template: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Add the script that sorts and filters to pages with a table."""
    if doctree is not None and next(iter(doctree.findall(catalogue)), None):
        app.add_js_file("catalogue.js", loading_method="defer")


def _write_children(_self: Any, _node: nodes.Element) -> None:
    """Write only the node's children."""


def visit_catalogue(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the table, its filter and the number of its rows."""
    rows = list(node.findall(catalogue_row))
    facets = [
        {"key": key, "label": label, "numbers": _numbers(rows, key, node["alphabetical"])}
        for key, label in node["facets"].items()
    ]
    html = render(
        "catalogue",
        noun=node["noun"],
        columns=node["columns"],
        facets=facets,
        rows=[
            {
                "facets": json.dumps(row["facets"]),
                "cells": [
                    {
                        **{key: cell[key] for key in ("label", "value", "css_class")},
                        "html": _inner(self, cell),
                    }
                    for cell in row.findall(catalogue_cell)
                ],
            }
            for row in rows
        ],
    )
    self.body.append(html)
    raise nodes.SkipNode


def _numbers(rows: Sequence[catalogue_row], facet: str, alphabetical: bool) -> Mapping[str, int]:
    """Return how many rows have each value of a facet."""
    numbers = Counter(value for row in rows for value in row["facets"][facet])
    order = sorted(numbers, key=str.casefold) if alphabetical else numbers
    return {value: numbers[value] for value in order}


def _inner(self: HTML5Translator, node: nodes.Element) -> Markup:
    """Return the HTML of a node's children."""
    start = len(self.body)
    for child in node.children:
        child.walkabout(self)
    written = "".join(self.body[start:])
    del self.body[start:]
    return Markup(written)


def visit_catalogue_cell_as_text(self: TextTranslator, node: nodes.Element) -> None:
    """Begin a line for a cell; cells after the first are indented and labelled."""
    self.new_state(0 if node["heading"] else 3)
    if not node["heading"]:
        self.add_text(f"{node['label']}: ")


def depart_catalogue_cell_as_text(self: TextTranslator, _node: nodes.Element) -> None:
    """End the line of a cell."""
    self.end_state(end=None)
