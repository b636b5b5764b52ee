"""The guide to figures for a paper: its example runs, and files have the sizes that it states."""

import re
from io import BytesIO
from itertools import combinations
from pathlib import Path
from textwrap import dedent

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

import optgallery as og
from optgallery.plot import legend, maps

GUIDE = Path(__file__).parents[1] / "docs" / "guide" / "paper_figures.rst"
BLOCKS = [
    dedent(block)
    for block in re.findall(
        r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", GUIDE.read_text(encoding="utf-8")
    )
]

# Machado, Oliveira and Fernandes (2009): linear RGB as seen with deuteranopia
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color: str, seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the CIELAB coordinates of a colour whose linear RGB a matrix maps to what is seen."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x = XYZ @ np.clip(seen @ linear, 0, 1) / (0.95047, 1, 1.08883)
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_example_writes_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    scope: dict[str, Figure] = {}
    exec(BLOCKS[0], scope)
    pdf = (tmp_path / "paths.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/FontType 3" not in pdf
    assert b"/Type3" not in pdf
    svg = (tmp_path / "paths.svg").read_text(encoding="utf-8")
    assert "<text" in svg
    assert 'width="486pt"' in svg  # 6.75 inches
    exec(BLOCKS[2], scope)
    with Image.open(tmp_path / "grey.png") as picture:
        assert picture.mode == "L"
    mpl.pyplot.close("all")


@pytest.mark.parametrize(("file_format", "image", "shapes"), [("pdf", 40, 300), ("svg", 100, 1000)])
def test_fills_as_an_image_make_small_files(file_format: str, image: int, shapes: int) -> None:
    sizes = []
    for as_shapes in (False, True):
        figure = Figure(figsize=(3.3, 2.8), layout="constrained")
        ax = figure.subplots()
        og.plot_surface("rosenbrock", ax=ax)
        if as_shapes:
            exec(BLOCKS[1], {"ax": ax})
        content = BytesIO()
        figure.savefig(content, format=file_format, dpi=300)
        sizes.append(len(content.getvalue()) / 1000)
    assert sizes == pytest.approx([image, shapes], rel=0.2)


def test_lines_and_text_stay_shapes_on_a_map() -> None:
    figure = Figure(figsize=(3.3, 3.3))
    og.plot_basins(og.basins("sgd", "booth", lr=0.03, n=32, jobs=1), ax=figure.subplots())
    content = BytesIO()
    figure.savefig(content, format="pdf", dpi=300)
    assert len(content.getvalue()) < 40_000


@pytest.mark.parametrize("seen", [np.eye(3), DEUTERANOPIA], ids=["normal", "deuteranopia"])
@pytest.mark.parametrize(
    "palette",
    [legend._COLORS, (*maps.COLORS, *maps._OF_LABEL.values())],
    ids=["curves", "basins"],
)
def test_colours_are_distinct_without_the_perception_of_red_and_green(
    palette: tuple[str, ...], seen: NDArray[np.float64]
) -> None:
    places = [lab(color, seen) for color in palette]
    assert min(np.linalg.norm(a - b) for a, b in combinations(places, 2)) > 15


def test_viridis_becomes_steadily_lighter() -> None:
    colors = mpl.colormaps["viridis"](np.linspace(0, 1, 64))
    lightness = [lab(mpl.colors.to_hex(color), np.eye(3))[0] for color in colors]
    assert (np.diff(lightness) > 0).all()
