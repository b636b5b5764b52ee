"""Formulas as MathML, which browsers lay out and screen readers can navigate."""

import re
from functools import cache
from html import escape, unescape
from pathlib import Path
from unicodedata import decomposition

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

FONT = Path(__file__).with_name("static") / "formulas.woff2"

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
_ITALICS = (*range(0x1D434, 0x1D455), 0x210E, *range(0x1D456, 0x1D468), *range(0x1D6E2, 0x1D71C))
# a letter -> the italic character that a browser shows for it in an <mi> of its own
_ITALIC = {chr(int(decomposition(chr(code)).split()[1], 16)): chr(code) for code in _ITALICS}


def add_renderer(app: Sphinx) -> None:
    """Register the renderer as "mathml" for ``html_math_renderer``."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(_element(self, node, inline=True))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="og-formula", tabindex="0"))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')
    self.body.append(f"{_element(self, node, inline=False)}</div>\n")
    raise nodes.SkipNode


def _element(self: HTML5Translator, node: nodes.math | nodes.math_block, *, inline: bool) -> str:
    """Return a formula's element, in an EPUB with its namespace, which HTML does not need."""
    text = _render(node, inline=inline)
    if self.builder.name == "epub":
        return text.replace("<math", f'<math xmlns="{_NAMESPACE}"', 1)
    return text


def _render(node: nodes.math | nodes.math_block, *, inline: bool) -> str:
    """Return a formula's MathML, or its source and a warning if it cannot be converted."""
    latex = node.astext()
    try:
        return render(latex, inline=inline)
    except LatexError as error:
        logger.warning(
            "cannot convert the formula %s to MathML: %s",
            re.sub(r"\s+", " ", latex).strip(),
            error,
            location=node,
        )
        return f"<code>{escape(latex)}</code>"


def render(latex: str, *, inline: bool) -> str:
    r"""Return a formula as a MathML element.

    Parameters
    ----------
    latex : str
        The formula. Lines of a displayed one, separated by ``\\``, are aligned at their ``&``.
    inline : bool
        Whether the formula is part of a line of text, not displayed.

    Returns
    -------
    str
        A ``math`` element.

    Raises
    ------
    LatexError
        If the formula is not well formed, or has a command that math-core does not know.

    Examples
    --------
    >>> render("x_t", inline=True)
    '<math><msub><mi>x</mi><mi>t</mi></msub></math>'
    """
    source = latex.strip()
    if not inline and r"\\" in source and r"\begin{aligned}" not in source:
        source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    return _converter().convert_with_local_state(source, displaystyle=not inline)


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


def characters(html: str) -> frozenset[int]:
    """Return the characters that a browser may show for the formulas of a page.

    Examples
    --------
    >>> sorted(map(chr, characters("<p>Let <math><msqrt><mn>2</mn></msqrt></math> be")))
    ['2', '√']
    """
    formulas = "".join(_FORMULA.findall(html))
    shown = set(unescape(re.sub(r"<[^>]*>", "", formulas)))
    shown.update(_ITALIC[letter] for letter in shown & _ITALIC.keys())
    if re.search("<(msqrt|mroot)", formulas):
        shown.add("√")
    return frozenset(map(ord, shown))
