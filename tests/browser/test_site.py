"""The built site in a browser: pages, matrices, players, animations."""

import re

import pytest
from bs4 import BeautifulSoup
from conftest import SITE, Visit, keep_screenshot
from playwright.sync_api import Browser, Locator, expect

from optgallery import FUNCTIONS, LEARNING_RATES, OPTIMIZERS
from optgallery.sphinxext.incremental.cells import value_text

GRID = [fn.name for fn in FUNCTIONS.values() if fn.variant_of is None]
MATRIX_PAGES = sorted(path.stem for path in SITE.glob("optimizers/plot_opt_*.html"))
# pictures are described by the link or the figure around them, thumbnails by the link over them
WORDS = """image => image.alt || image.closest("a, [role=img]")?.ariaLabel ||
    image.closest("a, .sphx-glr-thumbcontainer:has(a)").innerText.trim()"""
PAGES = [
    "index.html",
    "stories/index.html",
    "stories/plot_1_learning_rate.html",
    "stories/plot_6_falling_rate.html",
    "optimizers/index.html",
    "optimizers/plot_opt_adamw.html",
    "functions/plot_fn_beale.html",
    "schedules/index.html",
    "schedules/plot_lr_CosineAnnealingWarmRestarts.html",
    "catalogue/optimizers.html",
    "compare/index.html",
    "compare/lion.html",
    "comparisons/index.html",
    "comparisons/plot_cmp_7_transfer.html",
    "compare/pairs/adamw-against-muon.html",
    "guide/torchopt.html",
    "api/index.html",
]


def values_of(optimizer: str) -> list[str]:
    """Return the names of an optimizer's cells on one function."""
    return [value_text(value) for value in OPTIMIZERS[optimizer].values(LEARNING_RATES)]


def test_the_site_has_a_matrix_for_each_of_torchopts_optimizers_and_lbfgs() -> None:
    assert len(MATRIX_PAGES) >= 11
    shown = {page.removeprefix("plot_opt_") for page in MATRIX_PAGES}
    # others are of sweeps across a further axis
    stems = {name: set(values_of(name)) for name in shown}
    gifs = [
        gif
        for name in shown
        for gif in (SITE / "cells" / name).rglob("*.gif")
        if gif.stem in stems[name]
    ]
    assert len(gifs) == len(GRID) * sum(map(len, stems.values())) >= 1001


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_its_screen_and_every_picture_on_it_loads(
    browser: Browser,
    site: str,
    path: str,
    scheme: str,
    width: int,
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
            assert image.evaluate(WORDS)
        keep_screenshot(page, scheme)
        assert visit.faults == []


@pytest.mark.parametrize("path", ["optimizers/plot_opt_soap.html", "functions/plot_fn_saddle.html"])
def test_formulas_use_the_font_of_the_page_and_scroll_only_horizontally(
    visit: Visit, path: str, width: int
) -> None:
    page = visit.page
    page.set_viewport_size({"width": width, "height": 900})
    visit.open(path)
    page.evaluate("document.fonts.ready")
    fonts = page.evaluate("[...document.fonts].map(font => [font.family, font.status])")
    assert ["og-formulas", "loaded"] in fonts
    formulas = page.locator(".og-formula")
    assert formulas.count() >= 1
    for formula in formulas.all():
        assert formula.evaluate("node => node.scrollHeight <= node.clientHeight")
        start = "node => node.getBoundingClientRect().left"
        assert formula.locator("math").evaluate(start) >= formula.evaluate(start)
    chromium = page.context.new_cdp_session(page)
    chromium.send("DOM.enable")
    chromium.send("CSS.enable")
    root = chromium.send("DOM.getDocument")["root"]["nodeId"]
    nodes = chromium.send(
        "DOM.querySelectorAll", {"nodeId": root, "selector": "mi, mn, mo, mtext"}
    )["nodeIds"]
    used = [
        font
        for node in nodes
        for font in chromium.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    ]
    assert used
    assert all(font["isCustomFont"] for font in used)


def test_screen_readers_can_read_the_parts_of_a_formula(visit: Visit) -> None:
    page = visit.open("functions/plot_fn_saddle.html")
    expect(page.locator(".og-formula").get_by_role("math")).to_be_visible()
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    roles = {node["role"]["value"] for node in tree if not node["ignored"]}
    assert {"MathMLMath", "MathMLFraction", "MathMLSup", "MathMLNumber"} <= roles


@pytest.mark.parametrize("stem", MATRIX_PAGES)
def test_every_matrix_has_a_cell_for_each_function_and_rate(stem: str) -> None:
    html = (SITE / "optimizers" / f"{stem}.html").read_text(encoding="utf-8")
    tables = [
        [tile["href"] for tile in table.select(".og-tile")]
        for table in BeautifulSoup(html, "html.parser").select("table:has(.og-tile)")
    ]
    tiles = tables[-1]  # those before are of sweeps across a further axis
    name = stem.removeprefix("plot_opt_")
    kinds = list(dict.fromkeys(FUNCTIONS[fn].tags[0] for fn in GRID))
    rows = sorted(GRID, key=lambda fn: kinds.index(FUNCTIONS[fn].tags[0]))
    assert tiles == [
        f"../cells/{name}/{fn}/{value}.gif" for fn in rows for value in values_of(name)
    ]


def test_a_cell_plays_on_top_of_its_still_only_under_the_pointer_or_focus(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html#adamw-beale-lr-0.1")  # opens the row
    tile = page.locator("#adamw-beale-lr-0\\.1 a")
    playing = tile.locator(".og-playing")
    expect(tile.locator("img")).to_have_attribute("src", re.compile(r"surfaces/beale-\w+\.webp$"))
    tile.hover()
    expect(playing).to_have_attribute("src", re.compile(r"beale/0\.1\.gif$"))
    expect(playing).not_to_have_js_property("naturalWidth", 0)
    still, gif = tile.locator(".og-still").bounding_box(), playing.bounding_box()
    assert still == pytest.approx(gif, abs=0.5)
    page.mouse.move(0, 0)
    expect(playing).to_have_count(0)
    tile.focus()
    expect(playing).to_have_count(1)
    tile.blur()
    expect(playing).to_have_count(0)


def test_the_player_shows_the_whole_path_while_it_is_paused(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    page.locator("#adamw-beale-lr-0\\.1 a").click()
    player = page.get_by_role("dialog")
    playing, still = player.locator(".og-playing"), player.locator(".og-still")
    expect(playing).not_to_have_js_property("naturalWidth", 0)
    frame, gif = player.locator(".og-frame").bounding_box(), playing.bounding_box()
    assert frame is not None
    assert gif == pytest.approx(frame, abs=1), "or its caption would be cut or distorted"
    before = player.bounding_box()
    player.get_by_role("button", name="Pause the animation").click()
    expect(playing).to_have_count(0)
    expect(still).to_be_visible()
    assert player.bounding_box() == before
    path = page.locator("#adamw-beale-lr-0\\.1 path").get_attribute("d")
    assert still.locator("path").get_attribute("d") == path
    player.get_by_role("button", name="Play the animation").click()
    expect(playing).to_be_visible()


def test_a_selected_cell_shows_its_outcome_and_code(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    page.locator("#adamw-sphere-lr-1 a").click()
    player = page.get_by_role("dialog")
    expect(player).to_contain_text("AdamW on Sphere, lr 1: solved after")
    expect(player.locator(".og-playing")).not_to_have_js_property("naturalWidth", 0)
    player.get_by_role("button", name="Copy the code").click()
    code = page.evaluate("navigator.clipboard.readText()")
    scope: dict[str, object] = {}
    exec(code, scope)
    words = player.locator(".og-player-words").text_content()
    assert str(scope["trajectory"]) in f"<Trajectory: {words}>"
    page.keyboard.press("Escape")
    expect(player).to_have_count(0)


def test_a_selected_cell_links_to_the_explorer_with_its_run(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    page.locator("#adamw-sphere-lr-0\\.3 a").click()
    page.get_by_role("link", name="Open in the explorer").click()
    expect(page.get_by_role("heading", name="Explorer", level=1)).to_be_visible()
    assert page.url.endswith("/explorer.html#fn=sphere&run=adamw@0.3")
    expect(page.locator(".og-x-runs li")).to_have_count(1)


def test_the_player_opens_and_closes_by_keyboard_and_restores_the_focus(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    tile = page.locator("#adamw-sphere-lr-1 a")
    tile.focus()
    page.keyboard.press("Enter")
    player = page.get_by_role("dialog")
    expect(player.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(player).to_have_count(0)
    expect(tile).to_be_focused()


def test_a_click_on_the_backdrop_closes_the_player_but_not_one_on_its_edge(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    page.locator("#adamw-sphere-lr-1 a").click()
    player = page.get_by_role("dialog")
    box = player.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 6, box["y"] + box["height"] / 2)
    expect(player).to_have_count(1)
    page.mouse.click(box["x"] - 20, box["y"] + box["height"] / 2)
    expect(player).to_have_count(0)


def test_a_reference_in_the_text_links_to_its_cell(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    links = page.locator('p a[href^="#adamw-"]')
    assert links.count() > 0
    for link in links.all():
        link.click()
        target = page.locator(".og-cell:target")
        expect(target).to_be_in_viewport()
        assert link.get_attribute("href") == f"#{target.get_attribute('id')}"
        top = page.evaluate("document.querySelector('.og-cell:target').getBoundingClientRect().top")
        header = page.locator("header.bd-header").bounding_box()
        assert header is not None
        assert top > header["height"], "the page's header would hide the cell"


def test_a_thumbnail_plays_only_under_the_pointer_or_focus(visit: Visit) -> None:
    page = visit.open("optimizers/index.html")
    link = page.get_by_role("link", name="AdamW", exact=True)
    thumbnail = page.locator(".sphx-glr-thumbcontainer").filter(has=link)
    image = thumbnail.locator("img")
    expect(image).to_have_attribute("src", re.compile(r"plot_opt_adamw_poster\.png$"))
    expect(image).not_to_have_js_property("naturalWidth", 0)
    thumbnail.hover()
    expect(image).to_have_attribute("src", re.compile(r"plot_opt_adamw_thumb\.gif$"))
    page.mouse.move(0, 0)
    expect(image).to_have_attribute("src", re.compile(r"_poster\.png$"))
    link.focus()
    expect(image).to_have_attribute("src", re.compile(r"_thumb\.gif$"))
    link.blur()
    expect(image).to_have_attribute("src", re.compile(r"_poster\.png$"))


def test_the_legend_fits_the_width_of_the_screen(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = Visit(context.new_page(), site).open("optimizers/plot_opt_adamw.html")
        legends = page.locator(".og-legend").all()
        assert legends
        for legend in legends:
            box = legend.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= 390


def test_images_keep_their_colours_in_the_dark_theme(browser: Browser, site: str) -> None:
    with browser.new_context(color_scheme="dark") as context:
        visit = Visit(context.new_page(), site)
        for path in ("index.html", "optimizers/plot_opt_adamw.html", "optimizers/index.html"):
            page = visit.open(path)
            assert page.locator("html").get_attribute("data-theme") == "dark"
            filters = page.locator("article img").evaluate_all(
                "images => images.map(image => getComputedStyle(image).filter)"
            )
            assert set(filters) == {"none"}


def test_menus_open_at_the_first_click_and_by_keyboard(visit: Visit) -> None:
    page = visit.open("functions/plot_fn_beale.html")
    assert page.evaluate("window.bootstrap === undefined")
    page.evaluate("document.querySelector('#pst-nav-more-links').previousElementSibling.click()")
    guide = page.locator(".bd-header").get_by_role("link", name="Guide")
    expect(guide).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    expect(guide).to_be_hidden()
    page.locator(".theme-switch-button:visible").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_back_to_top_button_appears_after_scrolling(visit: Visit) -> None:
    page = visit.open("functions/plot_fn_beale.html")
    top = page.locator("#pst-back-to-top")
    page.mouse.wheel(0, 3000)
    page.wait_for_function("window.bootstrap !== undefined")
    page.mouse.wheel(0, 500)
    page.mouse.wheel(0, -200)
    expect(top).to_be_visible()
    top.click()
    page.wait_for_function("scrollY === 0")


def test_an_animation_can_be_paused(visit: Visit) -> None:
    figure = visit.open("index.html").locator(".og-animation").first
    image = figure.locator("img")
    gif, poster = figure.get_attribute("data-gif"), figure.get_attribute("data-poster")
    for moving in (True, False, True):
        assert showing(image).endswith(str(gif if moving else poster).lstrip("./"))
        name = "Pause the animation" if moving else "Play the animation"
        figure.get_by_role("button", name=name).click()


def test_on_a_phone_panels_are_stacked_and_can_be_paused(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = Visit(context.new_page(), site).open("index.html")
        figure = page.locator(".og-animation").first
        image = figure.locator("img")
        assert showing(image).endswith("_narrow.gif")
        figure.get_by_role("button", name="Pause the animation").click()
        assert showing(image).endswith("_narrow_poster.png")
        page.set_viewport_size({"width": 1280, "height": 900})
        expect(image).to_have_js_property("naturalWidth", 916)
        assert showing(image).endswith("_001_poster.png")


def showing(image: Locator) -> str:
    """Return the address of the image that a `picture` element shows."""
    return str(image.evaluate("image => image.decode().then(() => image.currentSrc)"))


def test_reduced_motion_shows_stills(browser: Browser, site: str) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = Visit(context.new_page(), site).open("optimizers/plot_opt_adamw.html")
        shown = page.locator(".og-animation img").first.evaluate("image => image.currentSrc")
        assert shown.endswith("_poster.png")
        page.get_by_role("button", name="Pictures: Beale").click()
        tile = page.locator("#adamw-beale-lr-0\\.1 a")
        tile.hover()
        tile.focus()
        expect(tile.locator(".og-playing")).to_have_count(0)


def test_without_scripts_a_cell_is_a_link_to_its_gif(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = Visit(context.new_page(), site).open("optimizers/plot_opt_adamw.html")
        page.locator("#adamw-beale-lr-0\\.1 a").click()
        page.wait_for_url("**/cells/adamw/beale/0.1.gif")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_scripts_the_site_is_light(browser: Browser, site: str, scheme: str) -> None:
    with browser.new_context(java_script_enabled=False, color_scheme=scheme) as context:
        page = Visit(context.new_page(), site).open("optimizers/plot_opt_adamw.html")
        for part in (".navbar-brand", ".bd-article p", ".highlight pre"):
            color = page.locator(part).first.evaluate("node => getComputedStyle(node).color")
            assert max(int(n) for n in color.strip("rgb()").split(",")) < 100, part
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert min(int(n) for n in ground.strip("rgb()").split(",")) > 240


def test_the_site_opens_from_a_local_folder(browser: Browser) -> None:
    with browser.new_context() as context:
        visit = Visit(context.new_page(), "file:")
        page = visit.page
        page.goto((SITE / "optimizers" / "plot_opt_adamw.html").as_uri())
        image = page.locator(".og-tile img").first
        image.scroll_into_view_if_needed()
        expect(image).not_to_have_js_property("naturalWidth", 0)
        assert visit.faults == []
