"""Figures in the colours and widths of the page, and text that can be read."""

import pytest
from conftest import Visit
from playwright.sync_api import Browser, Page, expect

SURFACES = "functions/plot_fn_beale.html"
CURVES = "schedules/plot_lr_StepLR.html"
SMALLEST_TEXT = 7.5  # CSS pixels, of what has 10 points

# for each paragraph of three lines and more, its characters per line
LINES = """() => [...document.querySelectorAll(".bd-article p")]
  .filter((p) => p.offsetParent && !p.closest("table, figure, dialog, .sphx-glr-thumbcontainer"))
  .map((p) => [p.innerText.length, p.offsetHeight / parseFloat(getComputedStyle(p).lineHeight)])
  .map(([characters, height]) => [characters, Math.round(height)])
  .filter(([, lines]) => lines >= 3)"""
SCALE = "svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
LOADED = "img => img.complete && img.naturalWidth > 0"


def opened(browser: Browser, site: str, path: str, **settings: object) -> Page:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
    page = context.new_page()
    page.goto(f"{site}/{path}")
    return page


@pytest.mark.parametrize("path", [SURFACES, CURVES])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_text_of_a_figure_has_the_color_of_the_pages(
    browser: Browser, site: str, path: str, scheme: str
) -> None:
    page = opened(browser, site, path, color_scheme=scheme)
    svg = page.locator(".og-plot svg").first
    text = page.locator(".bd-article p").first.evaluate("p => getComputedStyle(p).color")
    assert svg.evaluate("svg => getComputedStyle(svg).fill") == text
    assert svg.evaluate("svg => getComputedStyle(svg).backgroundColor") == "rgba(0, 0, 0, 0)"
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_images_in_a_figure_are_shown(browser: Browser, site: str, scripts: bool) -> None:
    page = opened(browser, site, SURFACES, java_script_enabled=scripts)
    images = page.locator(".og-plot svg img")
    assert images.count() >= 2
    for image in images.all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate(LOADED)
        assert image.evaluate("img => getComputedStyle(img).filter") == "none"
    page.context.close()


@pytest.mark.parametrize(("width", "beside"), [(1280, True), (390, False)])
def test_panels_are_beside_each_other_if_there_is_room(
    browser: Browser, site: str, width: int, beside: bool
) -> None:
    page = opened(browser, site, SURFACES, viewport={"width": width, "height": 844})
    first, second = page.locator(".og-panels").first.locator("svg").all()
    boxes = [svg.bounding_box() for svg in (first, second)]
    assert boxes[0]
    assert boxes[1]
    assert (boxes[1]["x"] > boxes[0]["x"] + 50) == beside
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


@pytest.mark.parametrize(
    "path",
    [
        *(SURFACES, CURVES, "schedules/plot_lr_ChainedScheduler.html"),
        *("stories/plot_momentum.html", "comparisons/plot_cmp_2_rates.html"),
        *("comparisons/plot_cmp_6_threshold.html", "compare/pairs/adamw-against-muon.html"),
    ],
)
def test_the_text_of_figures_can_be_read_on_a_phone(browser: Browser, site: str, path: str) -> None:
    page = opened(browser, site, path, viewport={"width": 390, "height": 844})
    scales = [svg.evaluate(SCALE) for svg in page.locator(".og-plot svg").all()]
    assert min(scales) * 10 >= SMALLEST_TEXT
    page.context.close()


def test_figures_and_code_are_dark_on_white_in_print(browser: Browser, site: str) -> None:
    page = opened(browser, site, CURVES, color_scheme="dark")
    page.emulate_media(media="print")
    svg = page.locator(".og-plot svg").first
    assert svg.evaluate("svg => getComputedStyle(svg).fill") == "rgb(0, 0, 0)"
    text = page.locator(".bd-article p").first.evaluate("p => getComputedStyle(p).color")
    code = page.locator(".highlight pre span").first.evaluate("p => getComputedStyle(p).color")
    for color in (text, code):
        assert max(int(n) for n in color.strip("rgb()").split(",")) < 100
    ground = "node => getComputedStyle(node).backgroundColor"
    for part in (".highlight", ".highlight pre"):
        assert page.locator(part).first.evaluate(ground) == "rgba(0, 0, 0, 0)"
    page.context.close()


def test_a_figure_can_be_saved(visit: Visit) -> None:
    page = visit.open(CURVES)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as PNG").first.click()
    assert download.value.suggested_filename.endswith(".png")


@pytest.mark.parametrize(
    "path",
    [
        *("guide/sweeps.html", "guide/comparing.html", "optimizers/plot_opt_adamw.html"),
        *("functions/plot_fn_beale.html", "stories/plot_0_three_rates.html"),
        *("comparisons/plot_cmp_4_basins.html", "compare/pairs/adamw-against-muon.html"),
    ],
)
def test_lines_of_text_have_at_most_85_characters(visit: Visit, path: str) -> None:
    found = visit.open(path).evaluate(LINES)
    assert found
    assert sum(c for c, _ in found) / sum(lines for _, lines in found) <= 85


def test_headings_tell_their_levels_apart(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    h1, h2 = (page.locator(f".bd-article {name}").first.evaluate(size) for name in ("h1", "h2"))
    assert h1 >= 1.4 * h2


def test_copy_buttons_are_seen_on_devices_without_a_pointer(browser: Browser, site: str) -> None:
    page = opened(browser, site, CURVES, has_touch=True, is_mobile=True)
    button = page.locator("button.copybtn").first
    expect(button).to_have_css("opacity", "1")
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_menus_open_without_scripts(browser: Browser, site: str, width: int) -> None:
    viewport = {"width": width, "height": 844}
    page = opened(browser, site, CURVES, viewport=viewport, java_script_enabled=False)
    header = page.locator("header")
    expect(header.get_by_role("link", name="Functions").first).to_be_visible()
    page.keyboard.press("Tab")
    for _ in range(30):
        if page.locator("header .dropdown-toggle:focus").count():
            break
        page.keyboard.press("Tab")
    expect(header.locator(".navbar-nav .dropdown-menu a").first).to_be_visible()
    page.context.close()


def test_indexes_are_grouped(visit: Visit) -> None:
    page = visit.open("optimizers/index.html#second-order")
    group = page.locator("#second-order")
    expect(group).to_be_in_viewport()
    below = group.locator("xpath=following-sibling::div[1]")
    expect(below.get_by_role("link")).to_have_count(1)


def test_the_words_of_a_thumbnail_are_shown_on_focus(visit: Visit) -> None:
    page = visit.open("optimizers/index.html")
    thumbnail = page.locator(".sphx-glr-thumbcontainer").first
    words = thumbnail.locator(".og-thumb-words")
    expect(words).to_have_css("opacity", "0")
    thumbnail.get_by_role("link").focus()
    expect(words).to_have_css("opacity", "1")
    assert words.inner_text()


def test_the_api_shows_at_most_eight_scripts(visit: Visit) -> None:
    page = visit.open("api/generated/optgallery.run.html")
    assert 4 <= page.locator(".sphx-glr-thumbcontainer").count() <= 8
