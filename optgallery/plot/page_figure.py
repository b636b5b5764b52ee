"""The figures of a web page as SVG that takes its colours from the page, light or dark."""

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from optgallery.cache.fingerprint import digest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL, LARGE = (3.5, 2.5), (5.4, 3.4)
"""Sizes in inches."""

# colours that nothing else has, in place of which the page's own are written
_TEXT, _FAINT, _GROUND = "#010203", "#010204", "#010205"
_STYLE: dict[Any, Any] = {
    "axes.edgecolor": _FAINT,
    "axes.facecolor": "none",
    "axes.labelcolor": _TEXT,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": _TEXT,
    "figure.facecolor": "none",
    "font.size": 8.5,
    "grid.color": _FAINT,
    "legend.edgecolor": _FAINT,
    "legend.facecolor": _GROUND,
    "legend.fontsize": 7.5,
    "legend.framealpha": 0.85,
    "savefig.facecolor": "none",
    "text.color": _TEXT,
    "xtick.color": _TEXT,
    "ytick.color": _TEXT,
}


def figure(
    draw: Callable[["Axes"], object],
    description: str,
    size: tuple[float, float] = SMALL,
    *,
    name: str = "",
    faint: str = "var(--faint)",
    ground: str = "var(--background)",
) -> Markup:
    """Draw a figure, and return it as an SVG element.

    Parameters
    ----------
    draw : callable
        Draws on the axes that it is given.
    description : str
        What it shows, for those who cannot see it.
    size : (float, float)
        Width and height in inches.
    name : str
        Tells figures of a page apart that have the same description.
    faint, ground : str
        The colours of axes and grid, and of what is behind a legend, as CSS.

    Returns
    -------
    Markup
        An ``svg`` element. Its text, axes and grid have the colours of the page around it.

    Examples
    --------
    >>> svg = figure(lambda ax: ax.plot([0, 1]), "A line")
    >>> svg.startswith('<svg role="img" aria-label="A line"'), "currentColor" in svg
    (True, True)
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    content = BytesIO()
    # so that no two figures of a page share an id
    salt = digest("report", description, name) if name else digest("report", description)
    with rc_context({**_STYLE, "svg.hashsalt": salt}):
        drawn = Figure(figsize=size, layout="constrained")
        draw(drawn.subplots())
        drawn.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    colors = {_TEXT: "currentColor", _FAINT: faint, _GROUND: ground}
    return _embedded(content.getvalue().decode(), description, salt, colors)


def _embedded(svg: str, description: str, salt: str, colors: Mapping[str, str]) -> Markup:
    """Turn an SVG file into an element of a page."""
    body = svg[svg.index("<svg") :]
    head, _, rest = body.partition(">")
    box = re.search(r'viewBox="([^"]*)"', head)
    assert box is not None
    # groups have the same ids in every figure, and no use
    rest = re.sub(r'<g id="[a-z_A-Z]+[0-9_.a-z]*">', "<g>", rest)
    rest = re.sub(r"<metadata>.*?</metadata>", "", rest, flags=re.DOTALL)
    rest = re.sub(r"\s*<!--.*?-->", "", rest, flags=re.DOTALL)
    # glyphs have the same ids in every figure
    rest = re.sub(r'\b(xlink:)?(href="#|id="|url\(#)(?=\w)', rf"\2f{salt[:8]}-", rest)
    # matplotlib's own black: what the style does not reach
    for given, own in {**colors, "#000000": "currentColor"}.items():
        rest = rest.replace(given, own)
    label = Markup('<svg role="img" aria-label="{}" viewBox="{}">').format(description, box[1])
    return label + Markup(re.sub(r"\n+", "\n", rest))
