"""The built site, as a visitor meets it."""

import re

import pytest
from conftest import SITE, Visit
from playwright.sync_api import Browser, expect

from optgallery import FUNCTIONS, LEARNING_RATES

GRID = [fn.name for fn in FUNCTIONS.values() if fn.variant_of is None]
MATRIX_PAGES = sorted(path.stem for path in SITE.glob("optimizers/plot_opt_*.html"))
PAGES = [
    "index.html",
    "stories/index.html",
    "stories/plot_1_learning_rate.html",
    "optimizers/index.html",
    "optimizers/plot_opt_adamw.html",
    "functions/plot_fn_beale.html",
    "guide/torchopt.html",
    "api/index.html",
]


def test_the_site_has_a_matrix_for_each_of_torchopts_optimizers_and_lbfgs() -> None:
    assert len(MATRIX_PAGES) >= 11
    cells = [f"cells/{o.removeprefix('plot_opt_')}" for o in MATRIX_PAGES]
    gifs = [gif for cell in cells for gif in (SITE / cell).rglob("*.gif")]
    assert len(gifs) == len(MATRIX_PAGES) * len(GRID) * len(LEARNING_RATES) >= 1001


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_its_screen_and_every_picture_on_it_loads(
    browser: Browser,
    site: str,
    path: str,
    scheme: str,
    width: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as context:
        visit = Visit(context.new_page(), site)
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for image in page.locator("img:visible").all():
            image.scroll_into_view_if_needed()
            expect(image).not_to_have_js_property("naturalWidth", 0)
            assert image.get_attribute("alt")
        assert visit.faults == []


@pytest.mark.parametrize("stem", MATRIX_PAGES)
def test_every_matrix_has_a_cell_for_each_function_and_rate(visit: Visit, stem: str) -> None:
    page = visit.open(f"optimizers/{stem}.html")
    tiles = page.locator(".og-tile")
    assert tiles.count() == len(GRID) * len(LEARNING_RATES)
    name = stem.removeprefix("plot_opt_")
    targets = {tile.get_attribute("href") for tile in tiles.all()}
    assert targets == {f"../cells/{name}/{fn}/{lr:g}.gif" for fn in GRID for lr in LEARNING_RATES}


def test_a_cell_rests_until_it_is_touched(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    image = page.locator("#beale-lr-0\\.1 img")
    expect(image).to_have_attribute("src", re.compile(r"\.png$"))
    image.hover()
    expect(image).to_have_attribute("src", re.compile(r"\.gif$"))
    page.mouse.move(0, 0)
    expect(image).to_have_attribute("src", re.compile(r"\.png$"))
    page.locator("#beale-lr-0\\.1 a").focus()
    expect(image).to_have_attribute("src", re.compile(r"\.gif$"))


def test_a_chosen_cell_says_what_happened_and_gives_the_code_that_repeats_it(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    page.locator("#sphere-lr-1 a").click()
    player = page.get_by_role("dialog")
    expect(player).to_contain_text("AdamW on Sphere, lr 1: solved after")
    expect(player.locator("img")).not_to_have_js_property("naturalWidth", 0)
    player.get_by_role("button", name="Copy the code").click()
    code = page.evaluate("navigator.clipboard.readText()")
    scope: dict[str, object] = {}
    exec(code, scope)
    assert str(scope["trajectory"]) in f"<Trajectory: {player.locator('p').text_content()}>"
    page.keyboard.press("Escape")
    expect(player).to_have_count(0)


def test_an_animation_can_be_paused(visit: Visit) -> None:
    figure = visit.open("index.html").locator(".og-animation").first
    image = figure.locator("img")
    expect(image).to_have_attribute("src", re.compile(r"\.gif$"))
    figure.get_by_role("button", name="Pause the animation").click()
    expect(image).to_have_attribute("src", re.compile(r"_poster\.png$"))
    figure.get_by_role("button", name="Play the animation").click()
    expect(image).to_have_attribute("src", re.compile(r"\.gif$"))


def test_reduced_motion_shows_stills(browser: Browser, site: str) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = Visit(context.new_page(), site).open("optimizers/plot_opt_adamw.html")
        shown = page.locator(".og-animation img").first.evaluate("image => image.currentSrc")
        assert shown.endswith("_poster.png")
        tile = page.locator("#beale-lr-0\\.1 img")
        tile.hover()
        expect(tile).to_have_attribute("src", re.compile(r"\.png$"))


def test_without_scripts_a_cell_is_a_link_to_its_gif(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = Visit(context.new_page(), site).open("optimizers/plot_opt_adamw.html")
        page.locator("#beale-lr-0\\.1 a").click()
        page.wait_for_url("**/cells/adamw/beale/0.1.gif")


def test_the_site_opens_from_a_folder(browser: Browser) -> None:
    with browser.new_context() as context:
        visit = Visit(context.new_page(), "file:")
        page = visit.page
        page.goto((SITE / "optimizers" / "plot_opt_adamw.html").as_uri())
        image = page.locator(".og-tile img").first
        image.scroll_into_view_if_needed()
        expect(image).not_to_have_js_property("naturalWidth", 0)
        assert visit.faults == []
