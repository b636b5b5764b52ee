"""Formulas as pictures within the page."""

import re
from xml.etree import ElementTree

import pytest
from projects import SHOWN, Project

from optgallery.sphinxext.html.math import render

SVG = "{http://www.w3.org/2000/svg}"


def drop(svg: str) -> float:
    """Return by how many pixels a formula is set below the line's baseline."""
    found = re.search(r"vertical-align: (-?[\d.]+)px", svg)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("latex", ["x", "y_i", r"\sqrt{\frac{a}{b}}", r"\frac{1}{1 + x^2}"])
def test_a_formula_in_a_line_stands_on_the_lines_baseline(latex: str) -> None:
    svg = render(latex, inline=True)
    root = ElementTree.fromstring(svg)
    _, top, _, height = map(float, root.attrib["viewBox"].split())
    assert drop(svg) == pytest.approx(-(top + height), abs=0.01)
    assert float(root.attrib["height"]) == height


def test_what_has_a_descender_reaches_lower() -> None:
    heights = [drop(render(latex, inline=True)) for latex in (r"\frac{1}{2}", "y", "x")]
    assert heights[0] < heights[1] < heights[2] < 0


@pytest.mark.parametrize("inline", [True, False])
def test_a_formula_takes_the_colour_of_its_text_and_says_its_source(inline: bool) -> None:
    root = ElementTree.fromstring(render("a <  b", inline=inline))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "a < b"
    shapes = [element for element in root.iter() if element is not root]
    assert {shape.tag for shape in shapes} <= {f"{SVG}path", f"{SVG}rect"}
    assert {shape.attrib["fill"] for shape in shapes} == {"currentColor"}
    assert not any("id" in element.attrib for element in root.iter())


def test_lines_are_aligned_at_their_ampersands() -> None:
    lines = ElementTree.fromstring(render("aaa &= b \\\\\n c &= ddd", inline=False))
    one = ElementTree.fromstring(render("aaa = ddd", inline=False))
    assert float(lines.attrib["height"]) > 1.8 * float(one.attrib["height"])
    assert float(lines.attrib["width"]) == pytest.approx(float(one.attrib["width"]), rel=0.15)
    whole = render(r"\begin{aligned}aaa &= b \\ c &= ddd\end{aligned}", inline=False)
    paths = [
        re.findall(r' d="([^"]+)"', svg) for svg in (ElementTree.tostring(lines, "unicode"), whole)
    ]
    assert paths[0] == paths[1]


def test_pages_hold_formulas_in_place(site: Project) -> None:
    page = site.page("stories/plot_1_shown")
    inline = [svg["aria-label"] for svg in page.select("p svg")]
    assert inline == [r"x_{t+1} = x_t - \alpha g_t", r"\sqrt{\frac{a}{b}}"]
    blocks = page.find_all("div", class_="og-formula")
    assert [block.find("svg")["aria-label"] for block in blocks] == [
        r"a &= b \\ c &= d",
        "a = b",
    ]
    assert not page.find_all("script", src=re.compile("mathjax|katex", re.IGNORECASE))


def test_a_numbered_formula_can_be_referred_to(site: Project) -> None:
    page = site.page("stories/plot_1_shown")
    numbered, plain = page.find_all("div", class_="og-formula")
    (reference,) = page.find_all("a", href=f"#{numbered['id']}")
    assert reference.get_text() == numbered.find("span", class_="eqno").get_text() == "(1)"
    assert plain.find("span", class_="eqno") is None


@pytest.mark.parametrize("latex", ["x_{", r"\frac{1}"])
def test_a_formula_that_cannot_be_set_is_a_warning_and_keeps_its_source(project, latex) -> None:
    page = f":orphan:\n\nPage\n====\n\nAs :math:`{latex}` says.\n\n.. math:: {latex}\n"
    wrong = project({"docs/page.rst": page, "gallery/stories/plot_1_shown.py": SHOWN})
    wrong.build(plot_gallery="False")
    assert wrong.warnings.count(f"WARNING: cannot set the formula {latex}: ") == 2
    assert "page.rst:6" in wrong.warnings
    assert [code.get_text().strip() for code in wrong.page("page").find_all("code")] == [latex] * 2
