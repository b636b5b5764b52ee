"""Figures of scripts as SVG that takes its colours from the page, in panels that wrap on phones.

Text, axes and curves are SVG. What has colours of its own, such as contours and images, is drawn
into one image below them, whose file is loaded when the figure comes into view.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np

from optgallery.cache.fingerprint import digest

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox, BboxBase

WIDEST = 5.0
"""Width of a panel in inches above which it is drawn smaller, so that its text fits a phone."""

MOST_POINTS = 4_000
"""An artist with more points than this is drawn into the image: its SVG would be larger."""

MOST_BYTES = 200_000
"""A panel whose SVG is longer than this has all its data in the image."""

DENSITY = 200
"""Resolution of the image, in pixels for each inch of the panel."""

IMAGE = "optgallery-image-{}"
"""Stands in a panel for the address of an image."""

_SVG, _XLINK, _XHTML = (
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/1999/xhtml",
)
_OWN = "own-colors"
_COLOR = re.compile(r"#([0-9a-f]{6})\b")
_NUMBER = re.compile(r"(?<!scale\()-?\b\d+\.\d{3,}")
_USED = re.compile(r"url\(#([^)]*)\)")


@dataclass(frozen=True)
class Panel:
    """A part of a figure that stands by itself.

    Attributes
    ----------
    svg : str
        An ``svg`` element, in which `IMAGE` with a number stands for the address of an image.
    width : int
        In CSS pixels, with text in the size that the script chose.
    """

    svg: str
    width: int


@dataclass(frozen=True)
class Panels:
    """A figure in panels.

    Attributes
    ----------
    rows : tuple of tuples of Panel
        As they are arranged in the figure.
    images : tuple of bytes
        The PNG files that the panels show.
    """

    rows: tuple[tuple[Panel, ...], ...]
    images: tuple[bytes, ...]


def panels(figure: "Figure", salt: str) -> Panels:
    """Draw a figure as panels for a page.

    Black, white and what is between them become shades of the page's text and background, so that
    a figure fits a light and a dark page. Other colours stay, and so does everything on top of an
    image or filled contours.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Its size, layout and artists are as before when this returns.
    salt : str
        Tells the ids of the figure's SVG apart from those of others on the page.

    Returns
    -------
    Panels

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure(figsize=(9, 3), layout="constrained")
    >>> for ax in figure.subplots(1, 2):
    ...     _ = ax.plot([0, 1], "k")
    >>> [[panel.width for panel in row] for row in panels(figure, "salt").rows]
    [[450, 450]]
    """
    salt = digest("panel", salt)[:8]
    images: list[bytes] = []
    with _arranged(figure) as rows:
        drawn = tuple(
            tuple(
                _panel(figure, axes, box, f"{salt}{i}{j}", images)
                for j, (axes, box) in enumerate(row)
            )
            for i, row in enumerate(rows)
        )
    return Panels(drawn, tuple(images))


_Rows = list[list[tuple[list["Axes"], "Bbox"]]]


@contextmanager
def _arranged(figure: "Figure") -> Iterator[_Rows]:
    """Lay out a figure for a page, and yield its rows of panels, with their boxes in inches."""
    (width, height), engine = figure.get_size_inches().copy(), figure.get_layout_engine()
    places = [(ax, ax.get_position(original=True), ax.get_position()) for ax in figure.axes]
    try:
        rows = _rows(figure, engine)
        widest = max(box.width for row in rows for _, box in row)
        before = _collisions(figure)
        smaller = WIDEST / widest
        for scale in (smaller, (1 + smaller) / 2, 1.0) if smaller < 1 else ():
            figure.set_size_inches(width * scale, height * scale)
            figure.set_layout_engine(engine)
            rows = _rows(figure, engine)
            now = _collisions(figure)
            if now[0] <= before[0] and now[1] <= before[1]:
                break
        yield rows
    finally:
        figure.set_size_inches(width, height)
        figure.set_layout_engine(engine)
        for ax, original, active in places:
            ax._set_position(original, which="original")  # type: ignore[attr-defined]
            ax._set_position(active, which="active")  # type: ignore[attr-defined]


def _collisions(figure: "Figure") -> tuple[int, int]:
    """Return how many texts of a figure extend beyond its edge, and how many overlap others."""
    boxes = [
        artist.get_window_extent()
        for ax in figure.axes
        for artist in _written(ax)
        if artist.get_visible()
    ]
    boxes = [box for box in boxes if box.width and box.height]
    beyond = sum(not _contains(figure.bbox, box) for box in boxes)
    pairs = zip(*np.triu_indices(len(boxes), 1), strict=True)
    return beyond, sum(bool(boxes[i].overlaps(boxes[j])) for i, j in pairs)


def _written(ax: Any) -> Iterator["Artist"]:
    """Yield the texts and legends of axes, without tick labels out of view."""
    yield from (ax.title, ax._left_title, ax._right_title, *ax.texts)
    if ax.get_legend() is not None:
        yield ax.get_legend()
    if ax.name != "3d":  # whose labels have their places only when they are drawn
        for axis in (ax.xaxis, ax.yaxis):
            yield axis.label
            for tick in axis._update_ticks():
                yield from (tick.label1, tick.label2)


def _contains(whole: "BboxBase", part: "BboxBase") -> bool:
    return bool(
        whole.x0 - 1 <= part.x0
        and part.x1 <= whole.x1 + 1
        and whole.y0 - 1 <= part.y0
        and part.y1 <= whole.y1 + 1
    )


def _rows(figure: "Figure", engine: Any) -> _Rows:
    from matplotlib.transforms import Bbox

    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)
    width, height = figure.get_size_inches()
    whole = [[(list(figure.axes), Bbox([[0, 0], [width, height]]))]]
    if figure.texts or figure.legends or figure.subfigs or len(figure.axes) < 2:
        return whole
    boxes = [_box(ax) for ax in figure.axes]
    rows = _grouped(range(len(boxes)), boxes, "y")
    if rows is None:
        return whole
    found: _Rows = []
    # from the top down
    for i, row in enumerate(rows := rows[::-1]):
        top = height if i == 0 else _between(rows[i], rows[i - 1], boxes, "y")
        bottom = 0.0 if i == len(rows) - 1 else _between(rows[i + 1], rows[i], boxes, "y")
        columns = _grouped(row, boxes, "x")
        if columns is None:
            return whole
        cuts = [
            0.0,
            *(_between(a, b, boxes, "x") for a, b in pairwise(columns)),
            width,
        ]
        found.append(
            [
                ([figure.axes[k] for k in column], Bbox([[cuts[j], bottom], [cuts[j + 1], top]]))
                for j, column in enumerate(columns)
            ]
        )
    return found


def _box(ax: "Axes") -> "Bbox":
    """Return what axes take up, in inches; a colour bar takes up what its owner does."""
    from matplotlib.transforms import Bbox

    parents = getattr(ax, "_colorbar_info", {}).get("parents", [])
    owners = getattr(ax, "_colorbar", None)
    if not parents and owners is not None and owners.mappable.axes is not None:
        parents = [owners.mappable.axes]
    figure = ax.get_figure(root=True)
    assert figure is not None
    drawn = [each.get_tightbbox() for each in (ax, *parents)]
    box = Bbox.union([each for each in drawn if each is not None])
    return box.transformed(figure.dpi_scale_trans.inverted())


def _grouped(
    numbers: Iterable[int], boxes: Sequence["Bbox"], direction: str
) -> list[list[int]] | None:
    """Group boxes that overlap in a direction, in ascending order."""
    low, high = f"{direction}0", f"{direction}1"
    groups: list[list[int]] = []
    end = 0.0
    for number in sorted(numbers, key=lambda k: getattr(boxes[k], low)):
        box = boxes[number]
        if groups and getattr(box, low) < end:
            groups[-1].append(number)
            end = max(end, getattr(box, high))
        else:
            groups.append([number])
            end = getattr(box, high)
    return groups or None


def _between(
    before: Iterable[int], after: Iterable[int], boxes: Sequence["Bbox"], direction: str
) -> float:
    end = max(getattr(boxes[k], f"{direction}1") for k in before)
    begin = min(getattr(boxes[k], f"{direction}0") for k in after)
    return float(end + begin) / 2


def _panel(
    figure: "Figure", axes: Sequence["Axes"], box: "Bbox", salt: str, images: list[bytes]
) -> Panel:
    svg = _saved(figure, axes, box, salt, MOST_POINTS)
    if len(re.sub(r'xlink:href="data:[^"]*"', "", svg)) > MOST_BYTES:
        svg = _saved(figure, axes, box, salt, 0)
    return Panel(_for_page(svg, salt, images), round(100 * box.width))


def _saved(
    figure: "Figure", axes: Sequence["Axes"], box: "Bbox", salt: str, most_points: int
) -> str:
    """Return the SVG file of some axes of a figure."""
    from matplotlib import rc_context

    content = BytesIO()
    with _prepared(figure, axes, most_points), rc_context({"svg.hashsalt": salt}):
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(
            content,
            format="svg",
            dpi=DENSITY,
            bbox_inches=box,
            facecolor="none",
            edgecolor="none",
            metadata=metadata,
        )
    return content.getvalue().decode()


@contextmanager
def _prepared(figure: "Figure", axes: Sequence["Axes"], most_points: int) -> Iterator[None]:
    """Show only some axes, and mark what is an image, and what keeps its colours."""
    shown = [(ax, ax.get_visible()) for ax in figure.axes]
    changed: list[tuple[Artist, Any, Any, float]] = []
    try:
        for ax, visible in shown:
            ax.set_visible(visible and ax in axes)
        for ax in axes:
            data = [artist for artist in ax.get_children() if _is_data(artist, ax)]
            pictured = any(_is_picture(artist) for artist in data)
            for artist in data:
                before = artist.get_rasterized(), artist.get_gid(), artist.get_zorder()
                changed.append((artist, *before))
                lines = pictured and _is_contour(artist)
                if lines or _is_picture(artist) or _points(artist) > most_points:
                    artist.set_rasterized(True)
                if pictured and _is_inside(artist, ax):
                    artist.set_gid(f"{_OWN}-{len(changed)}")
            _join_images(data)
        yield
    finally:
        for ax, visible in shown:
            ax.set_visible(visible)
        for artist, rasterized, gid, zorder in changed:
            artist.set_rasterized(bool(rasterized))
            artist.set_gid(gid)
            artist.set_zorder(zorder)


def _join_images(artists: Sequence["Artist"]) -> None:
    """Draw what is an image at once, below the grid, so that it is one image and not several."""
    ordered = sorted(artists, key=lambda artist: artist.get_zorder())
    flags = [bool(artist.get_rasterized()) for artist in ordered]
    number = sum(flags)
    if number > 1 and all(flags[:number]):  # else something is between them
        for artist in ordered[:number]:
            artist.set_zorder(ordered[0].get_zorder())


def _is_data(artist: "Artist", ax: Any) -> bool:
    """Whether an artist was drawn into axes: not their frame, titles or ticks."""
    from matplotlib.axis import Axis
    from matplotlib.spines import Spine

    frame = (ax.patch, ax.title, ax._left_title, ax._right_title)
    return not isinstance(artist, (Axis, Spine)) and artist not in frame


def _is_picture(artist: "Artist") -> bool:
    """Whether an artist fills areas with colours that stand for values."""
    from matplotlib.collections import PolyCollection, QuadMesh
    from matplotlib.contour import ContourSet
    from matplotlib.image import _ImageBase
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    if isinstance(artist, ContourSet):
        return bool(artist.filled)
    if isinstance(artist, PolyCollection) and artist.get_array() is not None:
        return True
    return isinstance(artist, (Poly3DCollection, QuadMesh, _ImageBase))


def _is_contour(artist: "Artist") -> bool:
    from matplotlib.contour import ContourSet

    return isinstance(artist, ContourSet)


def _points(artist: Any) -> int:
    """Return the number of an artist's points."""
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D

    if isinstance(artist, Line2D):
        return len(artist.get_path())
    if isinstance(artist, Collection):
        return max(sum(map(len, artist.get_paths())), np.size(artist.get_offsets()) // 2)
    return 0


def _is_inside(artist: "Artist", ax: "Axes") -> bool:
    """Whether an artist is on top of the data; texts and legends may stand beside it."""
    from matplotlib.legend import Legend
    from matplotlib.text import Text

    if not isinstance(artist, (Legend, Text)):
        return True
    box = artist.get_window_extent()
    return ax.bbox.contains((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)


def _for_page(svg: str, salt: str, images: list[bytes]) -> str:
    """Turn an SVG file into an element of a page."""
    for prefix, uri in (("", _SVG), ("xlink", _XLINK)):
        ET.register_namespace(prefix, uri)
    file = ET.fromstring(svg[svg.index("<svg") :])
    root = ET.Element(
        f"{{{_SVG}}}svg", {"viewBox": file.get("viewBox", ""), "fill": "currentColor"}
    )
    root.extend(node for node in file if not node.tag.endswith("metadata"))
    _take_colors(root, keep=False)
    _take_images(root, images)
    _rename(root, salt)
    text = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    text = text.replace(f' xmlns="{_SVG}"', "").replace(f' xmlns:xlink="{_XLINK}"', "")
    text = text.replace("xlink:href", "href").replace(f' xmlns:html="{_XHTML}"', "")
    return re.sub(r">\s+<", "><", text.replace("<html:img", "<img"))


def _take_colors(node: ET.Element, *, keep: bool) -> None:
    """Replace shades of grey by shades of the page's colours, except in what keeps its own."""
    if not keep and (node.get("id") or "").startswith(_OWN):
        keep = True
        node.set("fill", "#000")
    if not keep and (style := node.get("style")):
        node.set("style", _COLOR.sub(_page_color, style))
    if style := node.get("style"):
        node.set("style", style.replace("; ", ";").replace(": ", ":"))
    for child in node:
        _take_colors(child, keep=keep)


def _page_color(found: re.Match[str]) -> str:
    """Return the page's shade for a grey, and any other colour unchanged."""
    channels = bytes.fromhex(found[1])
    if max(channels) - min(channels) > 2:
        return found[0]
    if not any(channels):
        return "currentColor"
    share = round(100 * (1 - channels[0] / 255))
    return f"color-mix(in srgb,currentColor {share}%,var(--og-background))"


def _take_images(root: ET.Element, images: list[bytes]) -> None:
    """Replace images by HTML elements that a browser loads when they come into view."""
    parents = {child: parent for parent in root.iter() for child in parent}
    for image in list(root.iter(f"{{{_SVG}}}image")):
        x, y, width, height = (
            float(image.get(name, "0")) for name in ("x", "y", "width", "height")
        )
        flipped = "scale(1 -1)" in image.get("transform", "")
        data = b64decode(image.get(f"{{{_XLINK}}}href", "").partition(",")[2])
        name = IMAGE.format(len(images))
        images.append(_png(data, flipped=flipped))
        parent = parents[image]
        place = {"x": f"{x:g}", "y": f"{-y if flipped else y:g}"}
        place |= {"width": f"{width:g}", "height": f"{height:g}"}
        holder = ET.Element(f"{{{_SVG}}}foreignObject", place)
        ET.SubElement(
            holder,
            f"{{{_XHTML}}}img",
            {"src": name, "alt": "", "loading": "lazy", "class": "dark-light"},
        )
        parent[list(parent).index(image)] = holder


def _png(content: bytes, *, flipped: bool) -> bytes:
    """Return an image in 128 colours, the right way up."""
    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        picture = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if flipped else image.copy()
    file = BytesIO()
    picture.quantize(128, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        file, "PNG", optimize=True
    )
    return file.getvalue()


def _rename(root: ET.Element, salt: str) -> None:
    """Make ids unique in the page, drop those without use, and round coordinates."""
    used = set()
    for node in root.iter():
        for name, value in node.attrib.items():
            if name == f"{{{_XLINK}}}href" and value.startswith("#"):
                used.add(value[1:])
            used.update(_USED.findall(value))
    short = {name: f"f{salt}{number:x}" for number, name in enumerate(sorted(used))}
    for node in root.iter():
        if (given := node.attrib.pop("id", None)) in short:
            node.set("id", short[given])
        for name, value in node.attrib.items():
            if name == f"{{{_XLINK}}}href" and value[1:] in short:
                node.set(name, f"#{short[value[1:]]}")
            elif name in ("d", "transform", "x", "y", "width", "height", "points"):
                node.set(name, _rounded(value))
            else:
                node.set(name, _USED.sub(lambda found: f"url(#{short[found[1]]})", value))


def _rounded(value: str) -> str:
    """Round coordinates to a hundredth of a point, a fiftieth of a pixel, and leave out spaces."""
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", " ".join(_NUMBER.sub(_two_digits, value).split()))


def _two_digits(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")
