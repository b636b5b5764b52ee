"""Formulas as MathML: every formula of the site, and the font that shows them."""

import ast
import re
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path
from textwrap import dedent
from unicodedata import decomposition
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from math_core import LatexError
from projects import SHOWN, Project
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

import optgallery as og
from optgallery.functions import FUNCTIONS
from optgallery.sphinxext.html.math import FONT, characters, render

ROOT = Path(__file__).parents[3]
# folders in docs that builds write, perhaps from another version
GALLERIES = {"comparisons", "functions", "optimizers", "schedules", "stories"}
WRITTEN = {"_build", "backreferences", "generated", *GALLERIES}
INLINE = re.compile(r":math:`([^`]+)`")
GREEK = range(0x1D6E2, 0x1D71C)
BLOCK = re.compile(r"^( *)\.\. math::(.*(?:\n(?:\1 +\S.*| *))*)", re.MULTILINE)
ITALIC = {  # a letter -> its mathematical italic form
    chr(int(decomposition(sign).removeprefix("<font> "), 16)): sign
    for sign in map(chr, (*range(0x1D434, 0x1D455), 0x210E, *range(0x1D456, 0x1D468), *GREEK))
}


def texts() -> Iterator[tuple[str, str]]:
    """Yield the reStructuredText of pages, gallery scripts and strings in the package."""
    for path in sorted((ROOT / "docs").rglob("*.rst")):
        if not WRITTEN & set(path.parts):
            yield str(path), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "gallery").rglob("*.py")):
        blocks = split_code_and_text_blocks(str(path))[1]
        yield str(path), "\n\n".join(block.content for block in blocks if block.type == "text")
    for path in sorted((ROOT / "optgallery").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = cleandoc(node.value)
                if text != ".. math::":  # to which code adds a formula
                    yield str(path), text


def formulas() -> Iterator[tuple[str, str, bool]]:
    """Yield the place of each formula, its LaTeX, and whether it is inline."""
    for fn in FUNCTIONS.values():
        yield fn.name, f"f(x, y) = {fn.latex}", False
    for place, text in texts():
        for found in INLINE.finditer(text):
            yield place, found[1], True
        for found in BLOCK.finditer(text):
            yield place, re.sub(r"(?m)^ *:\w+:.*$", "", dedent(found[2])).strip(), False


ALL = list(formulas())


def parsed(latex: str, *, inline: bool = False) -> ElementTree.Element:
    return ElementTree.fromstring(render(latex, inline=inline).replace("&ApplyFunction;", "\u2061"))


def drawn(latex: str, *, inline: bool) -> Iterator[str]:
    """Yield the characters that a browser draws for a formula; a single letter is italic."""
    for element in parsed(latex, inline=inline).iter():
        text = element.text or ""
        if element.tag == "mi" and element.get("mathvariant") != "normal":
            text = ITALIC.get(text, text)
        yield from text
        if element.tag in {"msqrt", "mroot"}:
            yield "\N{SQUARE ROOT}"


def test_formulas_of_entries_pages_scripts_and_docstrings_are_found() -> None:
    places = {place for place, _, _ in ALL}
    assert set(FUNCTIONS) <= places
    for folder in (
        "gallery/optimizers",
        "gallery/stories",
        "optgallery/optim",
        "optgallery/sphinxext",
    ):
        assert any(place.startswith(str(ROOT / folder)) for place in places)
    assert sum(inline for *_, inline in ALL) > 300
    assert sum(not inline for *_, inline in ALL) > 100
    assert all(latex for _, latex, _ in ALL)


def test_every_formula_of_the_site_is_converted() -> None:
    refused = []
    for place, latex, inline in ALL:
        try:
            element = parsed(latex, inline=inline)
        except LatexError as error:
            refused.append(f"{place}: {latex}: {error}")
        else:
            assert "\\" not in "".join(element.itertext()), latex
            assert not any(part.tag == "merror" for part in element.iter()), latex
    assert refused == []


def test_the_font_has_every_character_of_the_formulas() -> None:
    with TTFont(FONT) as font:
        known = set(font.getBestCmap())
        assert "MATH" in font  # needed to stretch brackets
    asked = {sign: place for place, latex, inline in ALL for sign in drawn(latex, inline=inline)}
    assert {sign: place for sign, place in asked.items() if ord(sign) not in known} == {}


def test_the_characters_of_a_page_are_those_of_its_formulas_only() -> None:
    for _, latex, inline in ALL:
        page = f"<p>\N{SNOWMAN} {render(latex, inline=inline)} \N{SNOWMAN}</p>"
        asked = characters(page)
        assert set(map(ord, drawn(latex, inline=inline))) <= asked
        assert ord("\N{SNOWMAN}") not in asked
    assert characters("<p>x</p>") == frozenset()


def test_a_single_letter_is_italic_and_a_name_is_upright() -> None:
    shown = "".join(drawn(r"\sqrt{x} + \mathrm{d} + \max h + \theta", inline=True))
    assert "".join(shown.split()) == "\N{SQUARE ROOT}\U0001d465+d+max\u2061\u210e+\U0001d703"


@pytest.mark.parametrize(
    "changed",
    [
        lambda fn: og.functions.rotated(fn, 30),
        lambda fn: og.functions.scaled(fn, x=2.5, y=1e-3),
        lambda fn: og.functions.shifted(fn, -1, 0.5),
        lambda fn: og.functions.rotated(og.functions.shifted(fn, 1, 2), -45),
    ],
)
def test_formulas_of_transformed_functions_are_converted(changed) -> None:
    for fn in FUNCTIONS.values():
        assert len(parsed(f"f(x, y) = {changed(fn).latex}")) > 0


@pytest.mark.parametrize(
    ("latex", "mathml"),
    [
        ("x_t", "<msub><mi>x</mi><mi>t</mi></msub>"),
        (r"\sqrt{\frac{a}{b}}", "<msqrt><mfrac><mi>a</mi><mi>b</mi></mfrac></msqrt>"),
        (" a <  b ", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
    ],
)
def test_parts_of_a_formula_are_elements(latex: str, mathml: str) -> None:
    assert render(latex, inline=True) == f"<math>{mathml}</math>"
    assert render(latex, inline=False) == f'<math display="block">{mathml}</math>'


def test_lines_are_aligned_at_their_ampersands() -> None:
    table = parsed("aaa &= b \\\\\n c &= ddd").find("mtable")
    lines = [["".join(cell.itertext()) for cell in line] for line in table]
    assert lines == [["aaa", "=b"], ["c", "=ddd"]]
    whole = r"\begin{aligned}aaa &= b \\ c &= ddd\end{aligned}"
    assert render(whole, inline=False) == render("aaa &= b \\\\\n c &= ddd", inline=False)


def test_pages_contain_inline_and_displayed_formulas(site: Project) -> None:
    page = site.page("stories/plot_1_shown")
    inline = [str(element) for element in page.select("p > math")]
    assert inline == [
        render(latex, inline=True)
        for latex in (r"x_{t+1} = x_t - \alpha g_t", r"\sqrt{\frac{a}{b}}")
    ]
    blocks = page.find_all("div", class_="og-formula")
    assert [block.find("math") for block in blocks] == [
        BeautifulSoup(render(latex, inline=False), "html.parser").find("math")
        for latex in (r"a &= b \\ c &= d", "a = b")
    ]
    assert not page.find_all("script", src=re.compile("mathjax|katex", re.IGNORECASE))
    assert (site.html / "_static" / FONT.name).read_bytes() == FONT.read_bytes()


def test_a_reference_links_to_a_numbered_formula(site: Project) -> None:
    page = site.page("stories/plot_1_shown")
    numbered, plain = page.find_all("div", class_="og-formula")
    (reference,) = page.find_all("a", href=f"#{numbered['id']}")
    assert reference.get_text() == numbered.find("span", class_="eqno").get_text() == "(1)"
    assert plain.find("span", class_="eqno") is None


def test_other_builders_write_the_source(project) -> None:
    page = ":orphan:\n\nPage\n====\n\nAs :math:`x_t` says.\n\n.. math:: y = \\sqrt{x}\n"
    plain = project({"docs/page.rst": page, "gallery/stories/plot_1_shown.py": SHOWN})
    plain.build("text", plot_gallery="False")
    text = next(plain.root.rglob("page.txt")).read_text(encoding="utf-8")
    assert "As x_t says." in text
    assert r"y = \sqrt{x}" in text


@pytest.mark.parametrize("latex", ["x_{", r"\frac{1}", r"\unheard x", r"\widetilde x"])
def test_a_formula_that_cannot_be_converted_is_a_warning_and_keeps_its_source(
    project, latex
) -> None:
    page = f":orphan:\n\nPage\n====\n\nAs :math:`{latex}` says.\n\n.. math:: {latex}\n"
    wrong = project({"docs/page.rst": page, "gallery/stories/plot_1_shown.py": SHOWN})
    wrong.build(plot_gallery="False")
    assert wrong.warnings.count(f"WARNING: cannot convert the formula {latex} to MathML: ") == 2
    assert "page.rst:6" in wrong.warnings
    assert [code.get_text().strip() for code in wrong.page("page").find_all("code")] == [latex] * 2


def test_an_epub_is_built_without_a_warning_about_the_font(project) -> None:
    book = project({"gallery/stories/plot_1_shown.py": SHOWN})
    book.build("epub", epub_show_urls="no")
    assert "formulas." not in book.warnings
    assert "<mfrac>" in (book.root / "site" / "epub" / "stories" / "plot_1_shown.xhtml").read_text()
