"""What stands for animations and matrices in documents that are not web pages."""

import zipfile
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from projects import FUNCTION, OPTIMIZER, PANELS, SHOWN, Project

import optgallery as og
from optgallery.render.tile import TILE
from optgallery.runs.outcome import OUTCOMES
from optgallery.sphinxext.pages.documents import _LATEX_SYMBOLS

INDEX = """
Site
====

.. animation:: alone.gif
   :alt: A GIF without a still

.. toctree::

   stories/index
   optimizers/index
   functions/index
"""
FIGURE_ALT = "Losses"
RUN = og.run("sgd", "booth", lr=0.1)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of scripts, which run only in the first build."""
    files = {
        "gallery/stories/plot_1_shown.py": SHOWN,
        "gallery/stories/plot_2_panels.py": PANELS,
        "gallery/optimizers/plot_opt_sgd.py": OPTIMIZER,
        "gallery/functions/plot_fn_sphere.py": FUNCTION,
        "docs/index.rst": INDEX,
    }
    project = Project(tmp_path_factory.mktemp("book"), files)
    run = og.run("sgd", "booth", lr=0.03, steps=9)
    og.animate(run, size=100, frames=4).save(project.docs / "alone.gif")
    return project


def built(book: Project, builder: str, page: str) -> str:
    """Build, and return the text of a file that the builder wrote."""
    book.build(builder, version="1", project="Site", copyright="2026")
    assert book.warnings == ""
    return (book.root / "site" / builder / page).read_text(encoding="utf-8")


def test_a_pdf_has_the_still_and_the_words_of_an_animation(book: Project) -> None:
    latex = built(book, "latex", "site.tex")
    assert r"{{sphx_glr_plot_1_shown_001_poster}.png}" in latex
    assert og.run("sgd", "sphere", lr=0.1, steps=12).summary in latex
    assert "_001.gif" not in latex
    assert (book.root / "site/latex/sphx_glr_plot_1_shown_001_poster.png").exists()


def test_a_pdf_has_a_table_of_the_stills_of_a_matrix(book: Project) -> None:
    latex = built(book, "latex", "site.tex")
    (still,) = (book.root / "site" / "latex").glob("sgd-booth-lr-0.1-*.png")
    with Image.open(still) as picture:
        shown = np.asarray(picture.convert("RGB"))
    assert (shown == og.animate(RUN, **TILE).poster()).all()
    assert f"{{{{{still.stem}}}.png}}" in latex
    assert "lr 0.3" in latex
    # a reference to a cell leads to the place of its still
    assert "plot_opt_sgd:sgd-sphere-lr-0.1}]{" in latex
    assert r"\label{\detokenize{optimizers/plot_opt_sgd:sgd-sphere-lr-0.1}}" in latex


def test_every_symbol_of_an_outcome_is_known_to_latex() -> None:
    symbols = {sign for outcome in OUTCOMES for sign in outcome.symbol if not sign.isascii()}
    # Sphinx itself writes the check mark
    assert {sign for sign in symbols if f"{{{ord(sign):X}}}" not in _LATEX_SYMBOLS} == {"✓"}


def test_an_epub_is_well_formed_and_shows_stills(book: Project) -> None:
    page = built(book, "epub", "optimizers/plot_opt_sgd.xhtml")
    (path,) = (book.root / "site" / "epub").glob("*.epub")
    with zipfile.ZipFile(path) as content:
        names = content.namelist()
        for name in names:
            if name.endswith((".xhtml", ".opf", ".ncx")):
                ET.fromstring(content.read(name))
        (still,) = (name for name in names if "sgd-booth-lr-0.1-" in name)
        assert f"../{still}" in page
        assert f'alt="{RUN.summary}"' in page
        assert 'id="sgd-sphere-lr-0.1"' in page
        assert not [name for name in names if name.startswith("cells/")]
        formulas = content.read("stories/plot_1_shown.xhtml").decode()
        assert '<math xmlns="http://www.w3.org/1998/Math/MathML">' in formulas
        assert any(name.endswith("formulas.woff2") for name in names)


@pytest.mark.parametrize(
    ("builder", "page"),
    [
        ("man", "site.1"),
        ("texinfo", "site.texi"),
        ("text", "optimizers/plot_opt_sgd.txt"),
        ("xml", "optimizers/plot_opt_sgd.xml"),
    ],
)
def test_other_formats_have_the_words_of_runs(book: Project, builder: str, page: str) -> None:
    text = " ".join(built(book, builder, page).replace("\\", "").split())
    shown = og.run("sgd", "booth", lr=0.1, steps=5).summary
    assert shown in text
    if builder != "texinfo":  # which has the stills of a matrix
        assert RUN.summary in text
    else:
        assert "sgd-booth-lr-0.1-" in text


def test_figures_of_sphinx_gallery_are_described_where_it_writes_none(book: Project) -> None:
    assert f"[{FIGURE_ALT}]" in built(book, "text", "stories/plot_2_panels.txt")


def test_a_gif_without_a_still_has_its_last_frame_as_still(book: Project) -> None:
    html = built(book, "html", "index.html")
    (still,) = (book.root / "site/html/_images").glob("alone-*.png")
    with Image.open(book.docs / "alone.gif") as gif:
        gif.seek(gif.n_frames - 1)
        last = gif.convert("RGB")
    with Image.open(still) as picture:
        assert picture.convert("RGB").tobytes() == last.tobytes()
    assert f'data-poster="_images/{still.name}"' in html


@pytest.mark.parametrize("builder", ["dirhtml", "singlehtml"])
def test_other_web_pages_link_pictures_that_exist(book: Project, builder: str) -> None:
    page = {"dirhtml": "optimizers/plot_opt_sgd/index.html", "singlehtml": "index.html"}[builder]
    html = built(book, builder, page)
    folder = (book.root / "site" / builder / page).parent
    start = html.index('href="', html.index('class="og-tile"')) + len('href="')
    address = html[start : html.index('"', start)]
    assert address.endswith("cells/sgd/sphere/0.1.gif")
    assert (folder / address).exists()
