"""Formulas as inline SVG: no script, no font and no request when a page is opened."""

import re
from functools import cache
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator
from ziamath.config import config
from ziamath.zmath import Latex

_SIZE = 18  # pixels per em of the formulas' font, beside 16 of the text


def add_renderer(app: Sphinx) -> None:
    """Offer the renderer under the name "svg" for ``html_math_renderer``."""
    app.add_html_math_renderer("svg", (visit_inline, None), (visit_block, None))


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line, on the line's own baseline."""
    self.body.append(render(node.astext(), inline=True))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own."""
    number = get_node_equation_number(self, node) if node["number"] else ""
    label = f'<span class="eqno">({number})</span>' if number else ""
    formula = render(node.astext(), inline=False)
    self.body.append(f'<div class="og-formula">{label}{formula}</div>\n')
    raise nodes.SkipNode


@cache
def render(latex: str, *, inline: bool) -> str:
    """Return a formula as an SVG element in the colour of the text around it."""
    source = latex.strip()
    if not inline and r"\\" in source and r"\begin{aligned}" not in source:
        source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    config.svg2 = False  # paths in place: symbols would repeat their ids on a page
    formula = Latex(source, size=_SIZE, color="currentColor", inline=inline)
    # a baseline above the bottom edge by as much as the picture reaches below it
    style = f'style="vertical-align: {formula.getyofst():.2f}px"' if inline else ""
    attributes = f'role="img" aria-label="{escape(_speak(latex))}" {style}'
    svg: str = formula.svg().replace("<svg ", f"<svg {attributes} ", 1)
    return svg


def _speak(latex: str) -> str:
    return re.sub(r"\s+", " ", latex).strip()
