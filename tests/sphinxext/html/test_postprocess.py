"""Post-processed pages: inlined styles, deferred scripts, figures with sizes."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup, Tag
from PIL import Image
from sphinx.testing.util import SphinxTestApp

from optgallery.sphinxext.html.postprocess import as_xml

CONF = """
extensions = ["sphinx_copybutton"]
html_theme = "pydata_sphinx_theme"
template_bridge = "optgallery.sphinxext.html.postprocess.PostprocessingTemplates"
html_theme_options = {
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
"""
INDEX = """
Site
====

.. code-block:: python

   def f(): ...

.. raw:: html

   <img src="_images/a.png" srcset="_images/a.png, _images/a_2_00x.png 2.00x" alt="A" \
class = "sphx-glr-single-img"/>
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    docs = tmp_path_factory.mktemp("docs")
    (docs / "conf.py").write_text(CONF, encoding="utf-8")
    (docs / "index.rst").write_text(INDEX, encoding="utf-8")
    out = docs / "_build" / "html"
    (out / "_images").mkdir(parents=True)
    Image.new("RGB", (60, 40)).save(out / "_images" / "a.png")
    app = SphinxTestApp("html", srcdir=docs)
    app.build()
    assert not app.warning.getvalue()
    yield out
    app.cleanup()


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")


def scripts(page: BeautifulSoup) -> list[str]:
    return [
        str(script["src"]).split("?")[0].rpartition("/")[2]
        for script in page.find_all("script", src=True)
    ]


@pytest.mark.parametrize("name", ["index.html", "search.html", "genindex.html"])
def test_no_style_sheet_or_script_blocks_rendering(site: Path, name: str) -> None:
    shown = page(site, name)
    assert not shown.find_all("link", rel="stylesheet")
    assert all(script.has_attr("defer") for script in shown.find_all("script", src=True))
    style = shown.find("style", string=re.compile("--pst-color-background"))
    assert isinstance(style, Tag)
    assert ".bd-header" in style.text
    assert ".fa-rocket" not in style.text


def test_code_has_the_colours_of_both_themes(site: Path) -> None:
    style = str(page(site, "index.html"))
    rule = re.search(r"html:root \.highlight \.k ?\{color: ?var\((--og-code-\d)\)", style)
    assert rule is not None
    assert len(re.findall(rf"{rule[1]}: ?#", style)) == 2
    assert 'data-theme="light"] .highlight' not in style


def test_search_scripts_are_loaded_on_the_search_page_only(site: Path) -> None:
    searching = ["searchtools.js", "language_data.js", "searchindex.js"]
    assert [name for name in scripts(page(site, "search.html")) if name in searching] == searching
    assert not {*searching, "fontawesome.js"}.intersection(scripts(page(site, "index.html")))


def test_bootstrap_is_named_for_its_first_use_and_its_rules_are_kept(site: Path) -> None:
    index = page(site, "index.html")
    assert "bootstrap.js" not in scripts(index)
    (later,) = index.find_all("template", class_="og-later")
    assert re.fullmatch(r"_static/scripts/bootstrap\.js\?digest=\w+", str(later["data-src"]))
    # the rules for the names in that script are on the page
    style = index.find("style", string=re.compile("--pst-color-background"))
    assert isinstance(style, Tag)
    assert ".bs-tooltip-" in style.text


def test_rules_of_components_that_the_theme_does_not_show_are_left_out(site: Path) -> None:
    style = "".join(element.text for element in page(site, "index.html").find_all("style"))
    for shown in (".dropdown-menu", ".tooltip-inner", ".bs-tooltip"):
        assert shown in style
    for unused in (".carousel", ".offcanvas", ".popover", ".toast"):
        assert unused not in style


def test_scripts_keep_their_order_and_find_their_options(site: Path) -> None:
    index = page(site, "index.html")
    ordered = [name for name in scripts(index) if name in {"doctools.js", "copybutton.js"}]
    assert ordered == ["doctools.js", "copybutton.js"]
    inline = [script.text for script in index.find_all("script", src=False)]
    (options,) = (i for i, text in enumerate(inline) if "const DOCUMENTATION_OPTIONS" in text)
    assert all("DOCUMENTATION_OPTIONS" not in text for text in inline[:options])


def test_figures_have_sizes_and_a_srcset_of_widths(site: Path) -> None:
    image = page(site, "index.html").find("img", class_="sphx-glr-single-img")
    assert isinstance(image, Tag)
    assert (image["width"], image["height"], image["loading"]) == ("60", "40", "lazy")
    assert image["srcset"] == "_images/a.png 60w, _images/a_2_00x.png 120w"
    assert image["sizes"] == "min(100vw, 60px)"


@pytest.mark.parametrize(
    ("html", "attributes"),
    [
        ('<input type="search" name="text" disabled>', {"disabled": ""}),
        ('<option value="a > b" selected>&nbsp;</option>', {"value": "a > b", "selected": ""}),
        ('<img alt="a &lt; b" src=\'x.png\' loading="lazy">', {"alt": "a < b", "src": "x.png"}),
        ('<math xmlns="m"><mo>&ApplyFunction;</mo></math>', {}),
        ('<br class="a"/>', {"class": "a"}),
    ],
)
def test_a_page_of_an_epub_is_xml(html: str, attributes: dict[str, str]) -> None:
    element = ET.fromstring(as_xml(html))
    assert attributes.items() <= element.attrib.items()
    assert as_xml(as_xml(html)) == as_xml(html)
