"""Figures of scripts as SVG in the colours of the page."""

import re
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from PIL import Image

import optgallery as og
from optgallery.plot import page_panels
from optgallery.plot.page_panels import IMAGE, MOST_POINTS, WIDEST, Panels, panels

GROUND = "var(--og-background)"


def figure(width: float = 4.0, height: float = 3.0) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def drawn(draw: Callable[..., object], **size: float) -> BeautifulSoup:
    """Return the SVG of a figure with one panel."""
    made = figure(**size)
    draw(made.subplots())
    ((panel,),) = panels(made, "salt").rows
    return BeautifulSoup(panel.svg, "html.parser")


def styles(svg: BeautifulSoup) -> str:
    return " ".join(node["style"] for node in svg.find_all(style=True))


def widths(found: Panels) -> list[list[int]]:
    return [[panel.width for panel in row] for row in found.rows]


def test_greys_are_shades_of_the_pages_colors_and_others_stay() -> None:
    def draw(ax) -> None:
        ax.plot([0, 1], color="k")
        ax.plot([0, 2], color="#0072B2")
        ax.fill_between([0, 1], [1, 2], color="0.8")

    found = styles(drawn(draw))
    assert "stroke:currentColor" in found
    assert "stroke:#0072b2" in found
    assert f"color-mix(in srgb,currentColor 20%,{GROUND})" in found
    assert "#000000" not in found
    assert "#ffffff" not in found


def test_text_has_the_color_of_the_page() -> None:
    svg = drawn(lambda ax: ax.set_title("A title"))
    assert svg.svg["fill"] == "currentColor"
    assert "fill:#" not in styles(svg)


def test_what_is_on_top_of_an_image_keeps_its_colors() -> None:
    def draw(ax) -> None:
        ax.imshow(np.arange(4.0).reshape(2, 2))
        ax.plot([0, 1], color="k")
        ax.text(0.5, 0.5, "inside")
        ax.text(1.8, 0.5, "beside")

    svg = drawn(draw)
    kept = svg.find_all("g", fill="#000")
    assert any("stroke:#000000" in styles(group) for group in kept)
    written = [group for group in kept if group.find("use")]  # of glyphs
    assert len(written) == 1  # the text inside, and not the one beside it
    assert "currentColor" in styles(svg)  # ticks and frame


def test_what_is_an_image_is_one_file_the_right_way_up() -> None:
    def draw(ax) -> None:
        x = np.linspace(-1, 1, 30)
        ax.contourf(x, x, x[:, None] + 0 * x, cmap="gray")  # black below, white above
        ax.contour(x, x, x[:, None] + 0 * x, colors="w")

    made = figure()
    draw(made.subplots())
    found = panels(made, "salt")
    ((panel,),) = found.rows
    (content,) = found.images
    image = Image.open(BytesIO(content)).convert("LA")
    gray, alpha = (np.asarray(image)[..., k] for k in (0, 1))
    rows = np.nonzero(alpha.max(axis=1))[0]
    middle = image.width // 2
    assert gray[rows[5], middle] > 200
    assert gray[rows[-5], middle] < 50
    svg = BeautifulSoup(panel.svg, "html.parser")
    (shown,) = svg.select("foreignobject > img")
    assert (shown["src"], shown["loading"]) == (IMAGE.format(0), "lazy")
    place = shown.parent
    box = [float(n) for n in svg.svg["viewbox"].split()]
    assert 0 < float(place["x"]) < box[2] - float(place["width"])
    assert 0 < float(place["y"]) < box[3] - float(place["height"])


def test_a_curve_of_many_points_is_an_image() -> None:
    many = np.random.default_rng(0).normal(size=MOST_POINTS + 1)
    made = figure()
    made.subplots().plot(many)
    assert len(panels(made, "salt").images) == 1


def test_a_panel_whose_svg_would_be_large_has_its_data_in_an_image(monkeypatch) -> None:
    made = figure()
    made.subplots().plot([0, 1, 0], color="#0072B2")
    assert panels(made, "salt").images == ()
    monkeypatch.setattr(page_panels, "MOST_BYTES", 100)
    found = panels(made, "salt")
    assert len(found.images) == 1
    assert "#0072b2" not in found.rows[0][0].svg


def test_axes_side_by_side_are_panels_of_their_own() -> None:
    made = figure(9, 6)
    for ax in made.subplots(2, 2).flat:
        ax.plot([0, 1])
        ax.set_title("text")
    found = panels(made, "salt")
    assert [len(row) for row in found.rows] == [2, 2]
    assert [sum(row) for row in widths(found)] == pytest.approx([900, 900], abs=2)


def test_a_colorbar_stays_with_its_axes() -> None:
    made = figure(9, 3)
    for ax in made.subplots(1, 2):
        made.colorbar(ax.imshow([[0, 1]]), ax=ax)
    assert len(panels(made, "salt").rows[0]) == 2


def test_axes_with_a_common_title_stay_together() -> None:
    made = figure(9, 3)
    made.subplots(1, 2)
    made.suptitle("Both")
    assert [len(row) for row in panels(made, "salt").rows] == [1]


def test_a_wide_panel_is_drawn_smaller_so_that_its_text_fits_a_phone() -> None:
    made = figure(6.4, 4)
    made.subplots().plot([0, 1])
    assert widths(panels(made, "salt")) == [[100 * WIDEST]]


def test_a_panel_is_not_drawn_smaller_if_texts_would_overlap() -> None:
    made = figure(7, 2)
    ax = made.subplots()
    ax.set_xticks(range(8), ["twelve chars"] * 8, fontsize=8)
    assert widths(panels(made, "salt"))[0][0] > 100 * WIDEST


def test_a_figure_is_as_before() -> None:
    made = figure(7, 4)
    ax = og.plot_surface("himmelblau", ax=made.subplots())
    before = BytesIO()
    made.savefig(before, format="rgba")
    engine = made.get_layout_engine()
    panels(made, "salt")
    assert made.get_layout_engine() is engine
    assert {child.get_gid() for child in ax.get_children()} == {None}
    after = BytesIO()
    made.savefig(after, format="rgba")
    assert after.getvalue() == before.getvalue()


def test_the_same_figure_gives_the_same_bytes_and_ids_differ_between_figures() -> None:
    def ids(salt: str) -> tuple[str, set[str]]:
        made = figure()
        made.subplots().plot([0, 1], marker="o")
        svg = panels(made, salt).rows[0][0].svg
        return svg, set(re.findall(r'id="([^"]*)"', svg))

    assert ids("one") == ids("one")
    assert ids("one")[1]
    assert not ids("one")[1] & ids("two")[1]
    svg, given = ids("one")
    assert set(re.findall(r'(?:href="#|url\(#)([^")]*)', svg)) == given


def test_the_scale_of_glyphs_is_not_rounded() -> None:
    assert "scale(0.015625)" in str(drawn(lambda ax: ax.set_title("A")))
