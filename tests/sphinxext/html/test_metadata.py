"""Metadata for search engines and link previews."""

from xml.etree import ElementTree as ET

import pytest
from projects import OPTIMIZER, SHOWN, Project

ADDRESS = "https://example.org/sub/"
SETTINGS = {
    "extensions": [
        "sphinx_gallery.gen_gallery",
        "sphinxext.opengraph",
        "optgallery.sphinxext.site",
    ],
    "html_baseurl": ADDRESS,
    "ogp_site_url": ADDRESS,
    "ogp_image": "_images/sphx_glr_plot_1_shown_001_poster.png",
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = {
        "gallery/stories/plot_1_shown.py": SHOWN,
        "gallery/optimizers/plot_opt_sgd.py": OPTIMIZER,
    }
    project = Project(tmp_path_factory.mktemp("published"), files)
    project.build(**SETTINGS)
    assert project.warnings == ""
    return project


def listed(project: Project) -> list[str]:
    root = ET.parse(project.html / "sitemap.xml").getroot()
    assert root.tag == "{http://www.sitemaps.org/schemas/sitemap/0.9}urlset"
    return [str(loc.text) for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_the_sitemap_lists_all_pages_even_after_a_partial_build(
    published: Project,
) -> None:
    pages = ["index", "optimizers/index", "optimizers/plot_opt_sgd"]
    pages += ["stories/index", "stories/plot_1_shown"]
    expected = [f"{ADDRESS}{page}.html" for page in pages]
    assert listed(published) == expected
    published.write("docs/index.rst", (published.docs / "index.rst").read_text() + "\nMore.\n")
    published.build(**SETTINGS)
    assert "1 changed" in published.status
    assert listed(published) == expected


def test_the_preview_image_is_the_still_of_the_first_animation(published: Project) -> None:
    page = published.page("optimizers/plot_opt_sgd")
    tags = {meta["property"]: meta["content"] for meta in page.find_all("meta", property=True)}
    image = "_images/sphx_glr_plot_opt_sgd_001_poster.png"
    assert tags["og:image"] == f"{ADDRESS}{image}"
    assert (published.html / image).exists()
    assert tags["og:image:alt"].startswith("SGD on Booth, lr 0.1: ")
    assert tags["og:title"] == "SGD"
    assert tags["og:url"] == f"{ADDRESS}optimizers/plot_opt_sgd.html"
    assert page.find("link", rel="canonical")["href"] == tags["og:url"]


def test_a_build_without_an_address_deletes_the_sitemap(project) -> None:
    local = project({"gallery/stories/plot_1.py": SHOWN})
    for address in (ADDRESS, ""):
        local.build(**{**SETTINGS, "html_baseurl": address, "plot_gallery": "False"})
        assert (local.html / "sitemap.xml").exists() == bool(address)


def test_the_description_of_an_api_page_is_its_title_and_summary(project) -> None:
    page = ":orphan:\n\nrun\n===\n\n.. autofunction:: optgallery.run\n"
    described = project({"docs/api.rst": page, "gallery/stories/plot_1.py": SHOWN})
    described.build(
        extensions=["sphinx.ext.autodoc", "numpydoc", *SETTINGS["extensions"]],
        numpydoc_show_class_members=False,
        plot_gallery="False",
    )
    description = described.page("api").find("meta", attrs={"name": "description"})["content"]
    assert (
        description
        == "run: Run an optimizer on a two-dimensional function and record every point it visits."
    )
