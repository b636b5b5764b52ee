"""Figures as SVG that takes its colours from the page."""

import re
from xml.etree import ElementTree as ET

from optgallery.plot.page_figure import LARGE, figure


def line(ax):
    ax.plot([1, 10, 100], label="a < b")
    ax.set_yscale("log")
    ax.grid()
    ax.legend()


def test_text_axes_and_grid_have_the_colours_of_the_page():
    svg = figure(line, "A line")
    assert "currentColor" in svg
    assert "var(--faint)" in svg
    assert not re.search("#0102|#000000|#ffffff", svg)


def test_it_is_an_image_with_a_description():
    root = ET.fromstring(figure(line, 'rises "fast" & far'))
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'rises "fast" & far'
    width, height = map(float, root.get("viewBox").split()[2:])
    assert abs(width / height - 3.5 / 2.5) < 0.01


def test_figures_of_one_page_share_no_id():
    ids = [re.findall(r'\bid="([^"]+)"', figure(line, words)) for words in ("one", "two")]
    assert all(len(each) == len(set(each)) for each in ids)
    assert not set(ids[0]) & set(ids[1])


def test_every_reference_is_to_an_id_of_the_figure():
    svg = figure(line, "references", LARGE)
    referred = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    assert referred
    assert referred <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_the_same_figure_has_the_same_bytes():
    assert figure(line, "twice") == figure(line, "twice")
