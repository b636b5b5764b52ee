"""A report in a browser, opened from the file system: it moves, it fits, it is accessible."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Visit
from playwright.sync_api import Browser, Page, expect

from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.cache.store import Store
from optgallery.report.findings import Plan, collect
from optgallery.report.page import page as make_page


@pytest.fixture(scope="session", params=["folder", "single file"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    functions = (FUNCTIONS["rosenbrock"], FUNCTIONS["saddle"])
    plan = Plan(
        (OPTIMIZERS["momentum"], OPTIMIZERS["lion"]),
        (OPTIMIZERS["sgd"],),
        functions,
        (0.001, 0.01, 0.1, 1.0),
        steps=60,
        starts=2,
        store=Store(tmp_path_factory.getbasetemp() / "store"),
    )
    files = make_page(collect(plan), "Two optimizers", single_file=request.param == "single file")
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder / "index.html"


def opened(browser: Browser, report: Path, **options: object) -> Iterator[Page]:
    """Open the page, on which no error may occur, and which may load nothing from elsewhere."""
    settings = {"viewport": {"width": 1280, "height": 900}, **options}
    with browser.new_context(**settings) as context:
        visit = Visit(context.new_page(), f"file://{report.parent}")
        yield visit.open(report.name)
    assert visit.faults == []


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    yield from opened(browser, report)


MOVES = "image => /^data:image.gif/.test(image.src) || /[.]gif$/.test(image.src)"


def test_a_picture_moves_under_the_pointer_and_with_the_focus(page: Page) -> None:
    first, second = page.locator(".tile").nth(0), page.locator(".tile").nth(1)
    assert not first.locator("img").evaluate(MOVES)
    first.hover()
    assert first.locator("img").evaluate(MOVES)
    second.focus()
    assert second.locator("img").evaluate(MOVES)
    second.hover()
    assert not first.locator("img").evaluate(MOVES)


def test_the_dialog_has_the_outcome_the_code_and_a_pause_button(page: Page) -> None:
    tile = page.locator(".tile").nth(2)
    words = tile.locator("img").get_attribute("alt")
    tile.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(str(words))
    expect(dialog.locator("pre")).to_contain_text("og.run(")
    picture = dialog.locator(".picture img")
    assert picture.evaluate(MOVES)
    dialog.get_by_role("button", name="Pause the animation").click()
    assert not picture.evaluate(MOVES)
    dialog.get_by_role("button", name="Copy the code").click()
    expect(dialog.get_by_role("status")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(tile).to_be_focused()


def test_all_motion_can_be_stopped(page: Page) -> None:
    page.get_by_role("button", name="Stop all motion").click()
    tile = page.locator(".tile").first
    tile.hover()
    assert not tile.locator("img").evaluate(MOVES)
    page.get_by_role("button", name="Let pictures move").click()
    page.locator("h1").hover()
    tile.hover()
    assert tile.locator("img").evaluate(MOVES)


def test_nothing_moves_for_those_who_prefer_reduced_motion(browser: Browser, report: Path) -> None:
    for page in opened(browser, report, reduced_motion="reduce"):
        tile = page.locator(".tile").first
        tile.hover()
        assert not tile.locator("img").evaluate(MOVES)
        tile.click()
        dialog = page.get_by_role("dialog")
        assert not dialog.locator(".picture img").evaluate(MOVES)
        dialog.get_by_role("button", name="Play the animation").click()
        assert dialog.locator(".picture img").evaluate(MOVES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_violation(
    browser: Browser,
    report: Path,
    scheme: str,
    width: int,
    violations: Callable[[Page], dict[str, list[str]]],
) -> None:
    size = {"width": width, "height": 900}
    for page in opened(browser, report, viewport=size, color_scheme=scheme):
        for summary in page.locator("summary").all():
            summary.click()
        assert violations(page) == {}
        page.locator(".tile").first.click()
        assert violations(page) == {}


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_page_is_as_wide_as_the_window(browser: Browser, report: Path, width: int) -> None:
    for page in opened(browser, report, viewport={"width": width, "height": 800}):
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_printed_page_has_no_controls_and_the_whole_matrix(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 720, "height": 1000})
    expect(page.get_by_role("button", name="Stop all motion")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 720


def test_without_scripts_every_cell_links_its_gif(browser: Browser, report: Path) -> None:
    for page in opened(browser, report, java_script_enabled=False):
        expect(page.locator(".tile img").first).to_be_visible()
        expect(page.get_by_role("button", name="Stop all motion")).to_have_count(0)


def test_a_table_that_is_cut_says_that_it_scrolls(browser: Browser, report: Path) -> None:
    for page in opened(browser, report, viewport={"width": 390, "height": 900}):
        hint = page.locator(".sideways:has(+ .matrix)").first
        expect(hint).to_be_visible()
        page.locator(".matrix").first.evaluate("each => each.scrollTo(each.scrollWidth, 0)")
        expect(hint).not_to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 900})
        expect(page.locator(".sideways:visible")).to_have_count(0)
