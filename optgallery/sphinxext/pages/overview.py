"""The experiment at a glance: each optimizer at each learning rate, by family, without words.

It is SVG inside the page, with the page's own colours: a row for each optimizer, a column for each
rate, and a shade for the share of problems solved. It leads to the table that has the numbers.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from numpy.typing import NDArray
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from optgallery.sphinxext.incremental.formats import writes_documents
from optgallery.sphinxext.pages.experiment_pages import DARKEST, ExperimentDirective
from optgallery.sphinxext.pages.experiment_record import Findings, findings, parent
from optgallery.sphinxext.pages.tiles import FAMILIES
from optgallery.sphinxext.templates import render

SHADES = 10
"""How many shades there are; a share of zero has none."""


class overview(nodes.General, nodes.Element):
    """The figure."""


class OverviewDirective(ExperimentDirective):
    """Show all optimizers at all rates as shades: ``.. experiment-overview::``."""

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        self.found()
        return self.placed(overview())


def shades(shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the shade of each share, from 0 to `SHADES`.

    Examples
    --------
    >>> shades(np.array([0.0, 0.01, 0.3, 0.9])).tolist()
    [0, 1, 5, 10]
    """
    return np.ceil(SHADES * np.clip(shares / DARKEST, 0, 1)).astype(int)


def paths(shown: NDArray[np.intp]) -> dict[int, str]:
    """Return an SVG path for each shade of a table; neighbours in a row are one rectangle.

    Examples
    --------
    >>> paths(np.array([[0, 3, 3], [1, 0, 3]]))
    {3: 'M1 0h2v1h-2zM2 1h1v1h-1z', 1: 'M0 1h1v1h-1z'}
    """
    found: dict[int, str] = {}
    for y, row in enumerate(shown.tolist()):
        x = 0
        for shade, alike in groupby(row):
            width = len(list(alike))
            if shade:
                rectangle = f"M{x} {y}h{width}v1h-{width}z"
                found[shade] = found.get(shade, "") + rectangle
            x += width
    return found


def groups(found: Findings) -> Iterator[dict[str, Any]]:
    """Yield each family: its title, its rows from the most robust one, and its paths."""
    members: dict[str, list[int]] = {}
    for i in found.order:
        members.setdefault(found.experiment.specs[i].family, []).append(i)
    order = [family for family in FAMILIES if family in members]
    order += [family for family in members if family not in FAMILIES]
    for family in order:
        rows = members[family]
        yield {
            "title": FAMILIES[family].title if family in FAMILIES else family,
            "rows": len(rows),
            "paths": paths(shades(found.solved[rows])),
        }


def words(found: Findings) -> str:
    """Return the figure in words, for those who do not see it."""
    c = found.comparison
    best, least = found.order[0], found.order[-1]
    return (
        f"The share of {len(c.problems)} problems that each of {len(c.optimizers)} optimizers "
        f"solves at {len(c.lrs)} learning rates from {c.lrs[0]:g} to {c.lrs[-1]:g}: at a rate "
        f"drawn at random, {c.names[best]} solves most, {100 * found.robust[best]:.0f} %, and "
        f"{c.names[least]} least, {100 * found.robust[least]:.0f} %."
    )


def marked(lrs: Sequence[float]) -> list[tuple[str, str]]:
    """Return where to write which rates, of those that are powers of ten, in percent."""
    return [
        (f"{100 * (i + 0.5) / len(lrs):.2f}", f"{lr:g}")
        for i, lr in enumerate(lrs)
        if abs(np.log10(lr) - round(np.log10(lr))) < 1e-6
    ]


def visit_overview(self: HTML5Translator, _node: nodes.Element) -> None:
    """Write the figure."""
    found = findings(self.builder.config, Path(self.builder.srcdir))
    assert found is not None
    page = f"{parent(self.builder.config)}/index"
    address = None
    if page in self.builder.env.found_docs:
        address = self.builder.get_relative_uri(self.builder.current_docname, page)
    self.body.append(
        render(
            "overview",
            address=address,
            words=words(found),
            groups=list(groups(found)),
            columns=len(found.comparison.lrs),
            rates=marked(found.comparison.lrs),
            shades=SHADES,
            most=f"{100 * DARKEST:.0f}",
            problems=len(found.comparison.problems),
        )
    )
    raise nodes.SkipNode


def use_words(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Replace the figure by its words in documents that are no pages for browsers."""
    if not writes_documents(app.builder):
        return
    found = findings(app.config, Path(app.srcdir))
    for node in list(doctree.findall(overview)):
        assert found is not None
        node.replace_self(nodes.paragraph("", words(found)))


def add_overview(app: Sphinx) -> None:
    """Register the directive, the node, and what replaces it."""
    app.add_directive("experiment-overview", OverviewDirective)
    app.add_node(overview, html=(visit_overview, None))
    app.connect("doctree-resolved", use_words)
