"""The way to the package: its files, its licence, its citation, and the notebooks."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import SITE, Visit, keep_screenshot
from playwright.sync_api import Browser, Locator, Page, expect

KINDS = [
    "index.html",
    "optimizers/plot_opt_adam.html",
    "functions/index.html",
    "compare/lion.html",
    "explorer.html",
    "api/index.html",
    "search.html",
]
NAMES = ["Get it", "Cite it", "Licence", "Changelog"]


def foot(page: Page) -> Locator:
    return page.get_by_role("navigation", name="About optgallery")


@pytest.mark.parametrize("path", KINDS)
def test_every_page_leads_to_the_package_its_licence_and_its_citation(
    visit: Visit, path: str
) -> None:
    page = visit.open(path)
    links = foot(page).get_by_role("link")
    assert [link.inner_text() for link in links.all()][:4] == NAMES
    version = re.search(r"optgallery (\d+\.\d+\.\d+)", foot(page).inner_text())
    assert version
    expect(page.locator(".og-credit")).to_contain_text(f"optgallery {version[1]}")
    assert page.locator("#pst-header").get_by_role("link", name="Get it").count() == 1


@pytest.mark.parametrize("wide", [1100, 1179, 1180, 1219, 1220, 1280])
def test_the_head_of_a_page_is_one_line(visit: Visit, wide: int) -> None:
    visit.page.set_viewport_size({"width": wide, "height": 600})
    page = visit.open("index.html")
    tops = page.locator("#pst-header .navbar-header-items a:visible, #pst-header button:visible")
    middles = [box["y"] + box["height"] / 2 for each in tops.all() if (box := each.bounding_box())]
    assert max(middles) - min(middles) < 8
    assert page.locator("#pst-header .og-get:visible").count() == (wide >= 1180)


@pytest.mark.parametrize("name", NAMES)
def test_a_link_of_the_foot_opens_its_page(visit: Visit, name: str) -> None:
    page = visit.open("functions/plot_fn_beale.html")
    foot(page).get_by_role("link", name=name).click()
    heading = {
        "Get it": "Get it",
        "Cite it": "Licence, credit and citation",
        "Licence": "Licence, credit and citation",
        "Changelog": "Changelog",
    }[name]
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def test_from_home_one_click_leads_to_files_that_can_be_downloaded(visit: Visit) -> None:
    page = visit.open("index.html")
    page.locator("#pst-header").get_by_role("link", name="Get it").click()
    for suffix in (".whl", ".tar.gz", "-scripts.zip"):
        link = page.locator(f'li a[href$="{suffix}"]')
        with page.expect_download() as started:
            link.click()
        assert started.value.path().stat().st_size > 1000
    command = page.locator(".highlight pre").first.inner_text()
    assert re.search(r"python -m pip install \S*optgallery-[\d.]+-py3-none-any\.whl", command)


def test_the_credit_line_is_selected_by_one_click(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adam.html")
    line = page.locator(".og-credit")
    line.click()
    assert page.evaluate("getSelection().toString()").strip() == line.inner_text()


def test_a_citation_is_copied_by_its_button(visit: Visit) -> None:
    page = visit.open("guide/citing.html")
    entry = page.locator(".og-cite", has_text="@software")
    entry.hover()
    entry.locator("button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == entry.locator("pre").inner_text().strip()
    assert copied.startswith("@software{optgallery,")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["guide/install.html", "guide/citing.html", "adr/README.html"])
def test_pages_fit_their_screen_and_axe_finds_no_violation(
    browser: Browser,
    site: str,
    path: str,
    scheme: str,
    width: int,
    violations: Callable[[Page], dict[str, list[str]]],
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as context:
        visit = Visit(context.new_page(), site)
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for block in page.locator(".og-cite pre").all():
            assert block.evaluate("pre => pre.scrollWidth <= pre.clientWidth")
        assert violations(page) == {}
        keep_screenshot(page, scheme)
        assert visit.faults == []


def test_decisions_are_a_page_of_their_own(visit: Visit) -> None:
    page = visit.open("guide/index.html")
    links = page.locator("article").get_by_role("link").all_inner_texts()
    assert not [text for text in links if re.match(r"\d{4}\.", text)]
    assert links.index("Decisions") > len(links) // 2
    assert not list(SITE.glob("adr/template*"))
    page.get_by_role("link", name="Decisions").first.click()
    rows = page.locator("article tbody tr")
    assert rows.count() == len(list(SITE.glob("adr/0*.html")))
    rows.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("0001. ")


@pytest.mark.parametrize("section", ["optimizers", "functions", "schedules", "stories"])
def test_a_gallery_links_the_archive_of_all_scripts(visit: Visit, section: str) -> None:
    page = visit.open(f"{section}/index.html")
    link = page.get_by_role("link", name="All scripts and notebooks in one archive")
    with page.expect_download() as started:
        link.click()
    names = ZipFile(started.value.path()).namelist()
    pages = {path.stem for path in (SITE / section).glob("plot_*.html")}
    for suffix in (".py", ".ipynb"):
        inside = {Path(n).stem for n in names if n.startswith(f"{section}/") and n.endswith(suffix)}
        assert inside == pages


def test_notebooks_begin_with_the_installation_and_have_no_rest() -> None:
    [archive] = SITE.glob("dist/*-scripts.zip")
    with ZipFile(BytesIO(archive.read_bytes())) as opened:
        books = {n: json.loads(opened.read(n)) for n in opened.namelist() if n.endswith(".ipynb")}
    assert len(books) > 100
    for name, book in books.items():
        assert "%pip install " in "".join(book["cells"][0]["source"]), name
        text = "\n".join(
            "".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "markdown"
        )
        left = re.findall(r"^\.\. .*|:[a-z]+(?:[:-][a-z]+)*:`.*|^:\w.*|\)_", text, re.MULTILINE)
        assert not left, name
