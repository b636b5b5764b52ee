"""The figure on an optimizer's page: where its runs end, by learning rate, over all problems.

It is SVG inside the page, with the page's own colours and font, so that it fits either theme and
costs no drawing.
"""

from typing import NamedTuple

import numpy as np
from docutils import nodes
from numpy.typing import NDArray
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from optgallery.analysis.comparison import Comparison
from optgallery.sphinxext.incremental.formats import writes_documents
from optgallery.sphinxext.templates import render

Array = NDArray[np.float64]

_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 402.0, 24.0, 144.0  # of the axes, in units of the figure


class Quartiles(NamedTuple):
    """What remains of the way to the minimum, by rate, over the problems.

    Attributes
    ----------
    lrs : tuple of float
        In ascending order.
    low, median, high : arrays of shape (lrs,)
        From 0, the minimum, to 1, no progress.
    """

    lrs: tuple[float, ...]
    low: Array
    median: Array
    high: Array

    @property
    def words(self) -> str:
        """The figure in words, for those who do not see it."""
        best = int(self.median.argmin())
        return (
            "The share of the way to the minimum that remains at the end of a run, by learning "
            f"rate: in the median over the problems, {100 * self.median[0]:.0f} % at "
            f"{self.lrs[0]:g}, least, {100 * self.median[best]:.0f} %, at {self.lrs[best]:g}, and "
            f"{100 * self.median[-1]:.0f} % at {self.lrs[-1]:g}."
        )


def quartiles(comparison: Comparison) -> Quartiles:
    """Return the quartiles over the problems of what remains at the end, of one optimizer.

    Examples
    --------
    >>> import optgallery as og
    >>> c = og.compare("sgd", ["booth", "beale"], [0.001, 0.1], starts=2)
    >>> quartiles(c).median.round(2).tolist()
    [0.48, 0.5]
    """
    (remaining,) = comparison.remaining()
    order = np.argsort(comparison.lrs)
    low, median, high = np.quantile(remaining[order], [0.25, 0.5, 0.75], axis=1)
    return Quartiles(tuple(comparison.lrs[i] for i in order), low, median, high)


class rate_curve(nodes.General, nodes.Element):
    """The figure: quartiles, the typical rate, and the words for it."""


def svg(shown: Quartiles, typical: float) -> str:
    """Return the figure as HTML.

    Parameters
    ----------
    shown : Quartiles
    typical : float
        The rate to mark.
    """
    exponents = np.log10(shown.lrs)
    across = _LEFT + (_RIGHT - _LEFT) * (exponents - exponents[0]) / max(np.ptp(exponents), 1e-9)

    def points(values: Array, xs: Array = across) -> list[str]:
        ys = _BOTTOM - (_BOTTOM - _TOP) * values
        return [f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True)]

    place = shown.lrs.index(typical)
    where = (across[place] - _LEFT) / (_RIGHT - _LEFT)
    whole = [i for i, e in enumerate(exponents) if abs(e - round(e)) < 1e-6]
    return render(
        "rate_curve",
        words=shown.words,
        band=" ".join([*points(shown.high), *points(shown.low[::-1], across[::-1])]),
        line=" ".join(points(shown.median)),
        axes={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
        rates=[(f"{across[i]:.1f}", f"{shown.lrs[i]:g}") for i in whole],
        shares=[
            (f"{_BOTTOM - (_BOTTOM - _TOP) * share:.1f}", f"{100 * share:.0f}")
            for share in (0.0, 0.5, 1.0)
        ],
        typical=f"{across[place]:.1f}",
        typical_words=f"{typical:g}",
        anchor="start" if where < 0.2 else "end" if where > 0.8 else "middle",
    )


def visit_curve(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the figure."""
    self.body.append(svg(node["quartiles"], node["typical"]))
    raise nodes.SkipNode


def use_words(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Replace the figure by its words in documents that are no pages for browsers."""
    if writes_documents(app.builder):
        for figure in list(doctree.findall(rate_curve)):
            figure.replace_self(nodes.paragraph("", figure["quartiles"].words))


def add_rate_curve(app: Sphinx) -> None:
    """Register the node, and what replaces it."""
    app.add_node(rate_curve, html=(visit_curve, None))
    app.connect("doctree-resolved", use_words)
