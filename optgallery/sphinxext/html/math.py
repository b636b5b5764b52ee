"""Formulas as inline SVG: no script, no font and no request when a page is opened."""

import re
from functools import cache
from html import escape
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator
from ziamath.config import config
from ziamath.nodes.mrow import Mrow
from ziamath.zmath import Latex

from optgallery.cache.fingerprint import digest, sources
from optgallery.cache.store import default_store

logger = logging.getLogger(__name__)

_SIZE = 18  # pixels per em of the formulas' font, beside 16 of the text


def add_renderer(app: Sphinx) -> None:
    """Offer the renderer under the name "svg" for ``html_math_renderer``."""
    app.add_html_math_renderer("svg", (visit_inline, None), (visit_block, None))


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line, on the line's own baseline."""
    self.body.append(_render(node, inline=True))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="og-formula"))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')
    self.body.append(f"{_render(node, inline=False)}</div>\n")
    raise nodes.SkipNode


def _render(node: nodes.math | nodes.math_block, *, inline: bool) -> str:
    """Return a formula's SVG, or its source and a warning if it cannot be set."""
    latex = node.astext()
    try:
        return _recalled(latex, inline=inline)
    except Exception as error:  # ziamath and the parser below it raise whatever they meet
        logger.warning(
            "cannot set the formula %s: %r; ziamath knows most, but not all of LaTeX",
            _speak(latex),
            error,
            location=node,
        )
        return f"<code>{escape(latex)}</code>"


@cache
def _recalled(latex: str, inline: bool) -> str:
    """Return a formula's SVG, which was perhaps made by an earlier build."""
    name = digest(_setter(), latex, inline)
    return (
        default_store().get_or_compute(name, lambda: render(latex, inline=inline).encode()).decode()
    )


@cache
def _setter() -> str:
    """Stand for what sets formulas."""
    return sources(__name__)


def render(latex: str, *, inline: bool) -> str:
    """Return a formula as an SVG element in the colour of the text around it."""
    source = latex.strip()
    if not inline and r"\\" in source and r"\begin{aligned}" not in source:
        source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    config.svg2 = False  # paths in place: symbols would repeat their ids on a page
    svg = Latex(source, size=_SIZE, color="currentColor", inline=inline).svgxml()
    svg.set("role", "img")
    svg.set("aria-label", _speak(latex))
    if inline:  # the baseline is y = 0: let what reaches below it reach below the line's
        _, top, _, height = map(float, svg.attrib["viewBox"].split())
        svg.set("style", f"vertical-align: {-(top + height):.2f}px")
    return ElementTree.tostring(svg, encoding="unicode")


def _speak(latex: str) -> str:
    return re.sub(r"\s+", " ", latex).strip()


_measure = Mrow._get_height_nostretch


def _measure_once(row: Mrow, line: list[ElementTree.Element], **how: Any) -> tuple[float, float]:
    """Measure a row, but not the rows within one that is being measured already.

    How high its signs have to stretch is only asked where it is drawn. ziamath would set each row
    twice, each row within it four times, and so on.
    """
    return (0.0, 0.0) if how.get("nostretch") else _measure(row, line, **how)


Mrow._get_height_nostretch = _measure_once  # type: ignore[assignment]
