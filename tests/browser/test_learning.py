"""A way to learn: the first stories, the key to pictures, the home page."""

import re
from itertools import pairwise

import pytest
from conftest import SITE, Visit
from playwright.sync_api import Browser, Page, expect

from optgallery import FUNCTIONS, OPTIMIZERS

FIRST_STORIES = [
    *("plot_0_three_rates", "plot_momentum", "plot_ravine"),
    *("plot_warm_up", "plot_weight_decay", "plot_curvature"),
]
STORIES = [f"stories/{stem}.html" for stem in FIRST_STORIES]
MOST_BEFORE_SCROLLING = 393_855
"""Bytes of the home page before it is scrolled: what it was with two paragraphs of links."""

every_story = pytest.mark.parametrize("path", STORIES, ids=FIRST_STORIES)


def height(page: Page) -> float:
    box = page.locator("article").bounding_box()
    assert box is not None
    return box["height"]


@every_story
def test_a_first_story_is_at_most_two_screens_high(browser: Browser, site: str, path: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = Visit(context.new_page(), site).open(path)
        assert height(page) <= 1600


@every_story
def test_the_picture_is_loaded_when_its_fold_is_opened(visit: Visit, path: str) -> None:
    page = visit.open(path)
    folded = page.locator("details.og-answer")
    picture = folded.locator("img")
    expect(picture).to_be_hidden()
    folded.locator("summary").click()
    expect(picture).to_be_visible()
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    expect(folded.locator(".og-key")).to_be_visible()


@every_story
def test_a_story_can_be_played_without_scripts(browser: Browser, site: str, path: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = Visit(context.new_page(), site).open(path)
        folded = page.locator("details.og-answer")
        expect(folded.locator("img")).to_be_hidden()
        folded.locator("summary").click()
        expect(folded.locator("img")).to_be_visible()


@every_story
def test_a_printed_story_has_its_answer(visit: Visit, path: str) -> None:
    page = visit.open(path)
    page.emulate_media(media="print")
    folded = page.locator("details.og-answer")
    expect(folded.locator("summary")).to_be_hidden()
    picture, words = (folded.locator(each).first.bounding_box() for each in (".og-animation", "p"))
    assert picture is not None
    assert words is not None
    assert min(picture["height"], words["height"]) > 20


@every_story
def test_the_explorer_opens_with_the_runs_of_the_link(visit: Visit, path: str) -> None:
    page = visit.open(path)
    link = page.locator("article a[href*='explorer.html#']")
    expect(link).to_have_count(1)
    address = link.get_attribute("href")
    assert address is not None
    runs = re.findall(r"run=([^&]+)", address)
    link.click()
    page.wait_for_url("**/explorer.html#*")
    expect(page.locator("canvas").first).to_be_visible()
    # the explorer writes what it shows into the address
    page.wait_for_function("document.querySelector('canvas').width > 0")
    assert re.findall(r"run=([^&]+)", page.url) == runs


def test_the_first_stories_are_reached_from_home_one_after_the_other(visit: Visit) -> None:
    page = visit.open("index.html")
    page.locator(".og-doors .sd-card").first.click()
    page.wait_for_url("**/start.html")
    tiles = page.locator("ol.og-tiles a")
    expect(tiles).to_have_count(len(FIRST_STORIES))
    expect(tiles.locator("img")).to_have_count(len(FIRST_STORIES))
    tiles.first.click()
    for stem, following in pairwise(FIRST_STORIES):
        page.wait_for_url(f"**/{stem}.html")
        expect(page.locator(".prev-next-area a.right-next")).to_have_attribute(
            "href", f"{following}.html"
        )
        page.locator("article section a", has_text=title(following)).last.click()
    page.wait_for_url(f"**/{FIRST_STORIES[-1]}.html")


def title(stem: str) -> str:
    html = (SITE / "stories" / f"{stem}.html").read_text(encoding="utf-8")
    found = re.search(r"<h1>(.*?)<a", html)
    assert found
    return found[1]


def test_the_home_page_is_no_heavier_than_with_links_instead_of_tiles(
    browser: Browser, site: str
) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        sizes: list[int] = []
        page.on("response", lambda response: sizes.append(len(response.body())))
        Visit(page, site).open("index.html")
        page.wait_for_load_state("networkidle")
        assert sum(sizes) <= MOST_BEFORE_SCROLLING


def test_the_home_page_has_a_tile_for_each_family_and_kind_that_moves(visit: Visit) -> None:
    page = visit.open("index.html")
    optimizers, functions = page.locator("ul.og-tiles").all()
    grid = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
    modules = {fn.formula.__module__ for fn in grid}
    expect(optimizers.locator("li")).to_have_count(
        len({spec.family for spec in OPTIMIZERS.values()})
    )
    expect(functions.locator("li")).to_have_count(len(modules))
    for entry in ("plot_opt_", "plot_fn_"):
        expect(page.locator(f"article a[href*='{entry}']")).to_have_count(0)
    tile = optimizers.locator("a").first
    tile.scroll_into_view_if_needed()
    image = tile.locator("img")
    expect(image).not_to_have_js_property("naturalWidth", 0)
    tile.hover()
    expect(image).to_have_attribute("src", re.compile(r"_thumb\.gif$"))
    page.mouse.move(0, 0)
    expect(image).to_have_attribute("src", re.compile(r"_poster\.png$"))


def test_the_overview_leads_to_compare(visit: Visit) -> None:
    page = visit.open("index.html")
    overview = page.locator(".og-overview")
    rows = overview.locator("svg").evaluate_all(
        "all => all.map(svg => svg.viewBox.baseVal.height).reduce((a, b) => a + b)"
    )
    assert rows == len(OPTIMIZERS)
    overview.click()
    page.wait_for_url("**/compare/index.html")


@pytest.mark.parametrize("path", ["optimizers/plot_opt_lion.html", "functions/plot_fn_booth.html"])
def test_the_key_is_on_the_page_once_and_in_the_player(visit: Visit, path: str) -> None:
    page = visit.open(path)
    expect(page.locator("article .og-key")).to_have_count(1)
    page.locator(".og-cell a").first.click()
    key = page.locator("dialog .og-key")
    expect(key).to_be_visible()
    expect(key).to_contain_text("minimum")
    key.get_by_role("link").click()
    page.wait_for_url("**/guide/glossary.html#term-animation")


TERMS = [
    *("adaptive", "basin", "bias correction", "data profile", "edge of divergence", "gap"),
    *("edge of stability", "minimum", "momentum", "pair", "profile", "race", "robust", "sharpness"),
    *("solved", "stability strip", "typical rate", "update", "valley", "warm-up", "weight decay"),
    *("width", "wrapper"),
]


def test_the_glossary_has_the_terms_of_optimizer_pages_of_compare_and_of_the_explorer(
    visit: Visit,
) -> None:
    page = visit.open("guide/glossary.html")
    names = {name.strip("\N{PILCROW SIGN}#\n") for name in page.locator("dl dt").all_inner_texts()}
    assert not set(TERMS) - names


def test_the_card_of_an_optimizer_links_why_training_has_smaller_rates(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_lion.html")
    page.locator(".og-card a", has_text="in training it is smaller").click()
    page.wait_for_url("**/stories/plot_0_three_rates.html#*")
    expect(page.get_by_role("heading", name="Why training needs smaller rates")).to_be_in_viewport()


def test_an_optimizers_page_begins_with_a_picture_and_what_to_see_beside_it(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    picture = page.locator("article figure.og-animation").first.bounding_box()
    parameters = page.locator("table.og-parameters").bounding_box()
    assert picture is not None
    assert parameters is not None
    assert picture["y"] + picture["height"] < 900
    assert picture["y"] < parameters["y"]
    both = page.locator(".og-relatives a", has_text="play both").first
    address = both.get_attribute("href") or ""
    assert re.findall(r"run=([a-z_]+)@", address) == ["adamw", "adam"]
    both.click()
    page.wait_for_url("**/explorer.html#*")
    assert re.findall(r"run=([a-z_]+)@", page.url) == ["adamw", "adam"]
