"""Style sheets are reduced to exactly the rules that a page uses."""

import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pydata_sphinx_theme
import pytest
from fontTools.ttLib import TTFont

from optgallery.sphinxext.html.css import (
    names_in_html,
    names_in_script,
    names_in_sheet,
    parse,
    purge,
    select_names,
)
from optgallery.sphinxext.html.math import FONT

HERE = Path(__file__).parent


def styled(css: str, html: str, script: str = "") -> str:
    sheet = parse(css, HERE)
    names = select_names(names_in_html(html) | names_in_script(script), set(names_in_sheet(sheet)))
    return purge([sheet], names, lambda path: f"_static/{path.name}")


@pytest.mark.parametrize(
    ("css", "html"),
    [
        ("p{color:red}", "<p>"),
        (".a.b > #c{color:red}", '<i class="a b"><i id="c">'),
        ("*{color:red}", ""),
        (":root{color:red}", ""),
        ("[data-theme=dark] p{color:red}", "<p>"),
        ('p:not(.gone)::before{content:"a"}', "<p>"),
        (":is(.gone, p){color:red}", "<p>"),
        ("p:nth-child(2n + 1){color:red}", "<p>"),
        ("P:hover{color:red}", "<p>"),
        ("@media print{p{color:red}}", "<p>"),
    ],
)
def test_a_rule_that_may_match_is_kept(css: str, html: str) -> None:
    assert styled(css, html) == css


@pytest.mark.parametrize(
    ("css", "script"),
    [
        (":root{--run-1:red}", "style.getPropertyValue(`--run-${slot + 1}`)"),
        (".og-solved{color:red}", "element.className = `row og-${verdict}`"),
        ("#cell-3{color:red}", 'document.getElementById("cell-" + number)'),
    ],
)
def test_names_that_a_script_builds_are_kept(css: str, script: str) -> None:
    assert styled(css, "<p>", script) == css
    assert styled(css, "<p>", "let i = 1; i--;") == ""


@pytest.mark.parametrize(
    "css",
    [
        "q{color:red}",
        ".gone{color:red}",
        "p.gone{color:red}",
        "p #gone{color:red}",
        "p:is(.gone, #gone){color:red}",
        "@media print{.gone{color:red}}",
        "p{--unasked:red}",
        "@keyframes unplayed{0%{color:red}}",
        '@font-face{font-family:"Unused";src:url("unused.woff2")}',
        "/* p{color:red} */",
    ],
)
def test_unused_rules_are_removed(css: str) -> None:
    assert styled(css, "<p>") == ""


def test_only_selectors_that_may_match_are_kept() -> None:
    assert styled("p,.gone,q p{color:red}", "<p><q>") == "p,q p{color:red}"


def test_names_in_scripts_count_as_used() -> None:
    css = ".shown{color:red}.gone{color:red}p{--told:1}"
    script = "node.classList.add('shown'); style.getPropertyValue('--told');"
    assert styled(css, "<p>", script) == ".shown{color:red}p{--told:1}"


def test_variables_used_by_other_variables_are_kept() -> None:
    css = ":root{--a:var( --b, 1px);--b:2px;--c:var(--a)}p{margin:var(--a)}"
    assert styled(css, "<p>") == ":root{--a:var( --b, 1px);--b:2px}p{margin:var(--a)}"


def test_used_animations_and_fonts_are_kept() -> None:
    css = """@font-face{font-family:"My Font";src:url(fonts/my.woff2)}
    @keyframes turn{0%{rotate:0deg}}
    p{animation:turn 1s;font-family:My\\ Font}"""
    text = styled(css, "<p>")
    assert '@font-face{font-family:"My Font";src:url("_static/my.woff2")}' in text
    assert "@keyframes turn" in text


def test_addresses_in_imported_sheets_are_relative_to_them(tmp_path: Path) -> None:
    (tmp_path / "inner.css").write_text("p{background:url('picture.svg')}", encoding="utf-8")
    sheet = parse('@import "inner.css"; p{color:red}', tmp_path)
    text = purge([sheet], {"p"}, lambda path: path.relative_to(tmp_path.resolve()).as_posix())
    assert text == 'p{background:url("picture.svg")}p{color:red}'


def test_an_icon_font_is_reduced_to_the_icons_shown() -> None:
    static = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
    css = (static / "styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    page = names_in_html('<i class="fa-solid fa-bars">')
    text = purge([parse(css, static / "styles")], page, lambda path: path.name)
    (font,) = re.findall(r"data:font/woff2;base64,([^\"]*)", text)
    assert list(TTFont(BytesIO(b64decode(font))).getBestCmap()) == [0xF0C9]
    assert "fa-solid-900.woff2" not in text


def test_a_font_is_reduced_to_the_given_characters() -> None:
    css = "@font-face{font-family:own;src:url(formulas.woff2)}math{font-family:own}"
    sheets = [parse(css, FONT.parent)]
    shown = {FONT.name: frozenset(map(ord, "x+\N{SQUARE ROOT}"))}
    text = purge(sheets, {"math"}, lambda path: path.name, shown)
    (content,) = re.findall(r"data:font/woff2;base64,([^\"]*)", text)
    font = TTFont(BytesIO(b64decode(content)))
    assert set(font.getBestCmap()) == shown[FONT.name]
    assert (
        font["MATH"].table.MathVariants.VertGlyphCount > 0
    )  # the data for stretching the root sign
    assert FONT.name not in text
    assert purge(sheets, {"p"}, lambda path: path.name, shown) == ""
    assert f'url("{FONT.name}")' in purge(sheets, {"math"}, lambda path: path.name)
