"""Matrices in a browser: numbers and pictures, the preview, the keyboard, links to cells, paper."""

import re
from collections.abc import Callable

import pytest
from conftest import Visit
from playwright.sync_api import Browser, Locator, Page, expect

PAGE = "optimizers/plot_opt_rmsprop.html"  # a single table, of 42 functions
FUNCTION = "functions/plot_fn_beale.html"  # of all optimizers
RATES = 7
PICTURE = re.compile(r"/cells/|/surfaces/")


def cell(page: Page, function: str, rate: str) -> Locator:
    return page.locator(f"[id='rmsprop-{function}-lr-{rate}'] .og-tile")


def box(locator: Locator) -> dict[str, float]:
    found = locator.bounding_box()
    assert found is not None
    return dict(found)


def pictures_shown(page: Page) -> int:
    return int(
        page.locator(".og-tile img").evaluate_all(
            "images => images.filter(image => image.checkVisibility()).length"
        )
    )


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText")
    )


@pytest.mark.parametrize("path", [PAGE, FUNCTION])
def test_a_large_matrix_shows_numbers_on_one_screen_and_loads_no_picture(
    visit: Visit, path: str
) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    page = visit.open(path)
    table = page.locator(".og-matrix table").last
    table.scroll_into_view_if_needed()
    height = 900 - box(page.locator("header.bd-header"))["height"]
    assert box(table)["height"] <= height
    assert table.locator("tr[data-row]").count() >= 42
    assert pictures_shown(page) == 0
    page.wait_for_timeout(300)  # for pictures that come into view
    assert not [url for url in asked if PICTURE.search(url)]


def test_the_choice_of_pictures_holds_on_other_pages(visit: Visit) -> None:
    page = visit.open(PAGE)
    page.get_by_role("radio", name="Pictures").check()
    assert pictures_shown(page) == 42 * RATES
    page = visit.open(FUNCTION)
    expect(page.get_by_role("radio", name="Pictures")).to_be_checked()
    page.get_by_role("radio", name="Numbers").check()
    page = visit.open(PAGE)
    expect(page.get_by_role("radio", name="Numbers")).to_be_checked()


def test_a_row_and_a_group_open_their_pictures(visit: Visit) -> None:
    page = visit.open(PAGE)
    row = page.get_by_role("button", name="Pictures: Beale")
    row.click()
    assert pictures_shown(page) == RATES
    expect(row).to_have_attribute("aria-expanded", "true")
    group = page.get_by_role("button", name="Pictures: Valley")
    group.click()
    valleys = page.locator("tbody", has=group).locator("tr[data-row]").count()
    assert pictures_shown(page) == valleys * RATES > RATES
    group.click()
    assert pictures_shown(page) == 0
    expect(row).to_have_attribute("aria-expanded", "false")


def test_the_number_under_the_pointer_has_a_moving_preview_beside_its_row(visit: Visit) -> None:
    page = visit.open(PAGE)
    number = cell(page, "beale", "0.03")
    number.scroll_into_view_if_needed()
    number.hover()
    preview = page.locator(".og-preview")
    expect(preview.locator("> p")).to_contain_text("RMSprop on Beale, lr 0.03:")
    expect(preview.locator("img").last).to_have_attribute(
        "src", re.compile(r"cells/rmsprop/beale/0\.03\.gif$")
    )
    shown, row = box(preview), box(page.locator("tr[data-row=beale]"))
    assert shown["y"] >= row["y"] + row["height"] or shown["y"] + shown["height"] <= row["y"]
    assert 0 <= shown["x"] <= 1280 - shown["width"]
    page.keyboard.press("Escape")
    expect(preview).to_have_count(0)


def test_the_preview_says_what_a_share_means(visit: Visit) -> None:
    page = visit.open(PAGE)
    note = page.locator(".og-cell.og-unsolved .og-note", has_text=re.compile(r"^\d+%$")).first
    note.scroll_into_view_if_needed()
    share = note.text_content()
    note.locator("xpath=../a").hover()
    expect(page.locator(".og-preview > p")).to_contain_text(f"; {share} of the way down to the")


def test_without_motion_the_preview_is_the_still(browser: Browser, site: str) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = Visit(context.new_page(), site).open(PAGE)
        cell(page, "beale", "0.03").hover()
        preview = page.locator(".og-preview")
        expect(preview.locator("svg path")).to_have_count(1)
        expect(preview.locator("img[src$='.gif']")).to_have_count(0)


def test_a_table_has_one_tab_stop_and_arrow_keys_reach_its_cells(visit: Visit) -> None:
    page = visit.open(PAGE)
    table = page.get_by_role("grid")
    assert table.locator("[tabindex='0']").count() == 1
    assert table.locator(":is(a, button):not([tabindex])").count() == 0
    cell(page, "rosenbrock", "0.01").focus()
    for key, words in (
        ("ArrowRight", "RMSprop on Rosenbrock, lr 0.03"),
        ("ArrowDown", "RMSprop on Beale, lr 0.03"),
        ("End", "RMSprop on Beale, lr 1"),
        ("ArrowRight", "RMSprop on Beale, lr 1"),
        ("ArrowUp", "RMSprop on Rosenbrock, lr 1"),
        ("Home", "Pictures: Rosenbrock"),
        ("ArrowRight", "Rosenbrock"),
        ("ArrowRight", "RMSprop on Rosenbrock, lr 0.001"),
        ("Control+End", "RMSprop on Flower, lr 1"),
        ("Control+Home", "0/42"),
    ):
        page.keyboard.press(key)
        assert focused(page).startswith(words), key
        assert table.locator("[tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('table')")


def test_enter_opens_the_player_in_which_arrow_keys_go_on_without_closing(visit: Visit) -> None:
    page = visit.open(PAGE)
    cell(page, "rosenbrock", "0.3").focus()
    page.keyboard.press("Enter")
    player = page.get_by_role("dialog")
    expect(player).to_contain_text("RMSprop on Rosenbrock, lr 0.3:")
    page.keyboard.press("ArrowRight")
    expect(player).to_contain_text("RMSprop on Rosenbrock, lr 1:")
    expect(player).to_have_attribute("aria-label", re.compile("^RMSprop on Rosenbrock, lr 1:"))
    further = player.get_by_role("button", name="Next learning rate")
    expect(further).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowRight")
    expect(player).to_contain_text("RMSprop on Rosenbrock, lr 1:")
    player.get_by_role("button", name="Next row").click()
    expect(player).to_contain_text("RMSprop on Beale, lr 1:")
    player.get_by_role("button", name="Previous learning rate").click()
    expect(player).to_contain_text('og.run("rmsprop", "beale", steps=200, lr=0.3)')
    expect(player.locator(".og-playing")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(player).to_have_count(0)
    expect(cell(page, "beale", "0.3")).to_be_focused()


def test_the_moving_picture_of_the_player_has_the_shape_of_its_gif(visit: Visit) -> None:
    page = visit.open(PAGE)
    cell(page, "beale", "0.1").click()
    playing = page.locator(".og-player .og-playing")
    expect(playing).not_to_have_js_property("naturalWidth", 0)
    width, height = playing.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    shown = box(playing)
    assert shown == pytest.approx(box(page.locator(".og-player .og-frame")), abs=1)
    assert shown["height"] / shown["width"] == pytest.approx(height / width, rel=0.01)


def test_the_link_to_a_cell_copies_its_whole_address_which_opens_it(visit: Visit) -> None:
    page = visit.open(PAGE)
    cell(page, "beale", "0.1").click()
    player = page.get_by_role("dialog")
    link = player.get_by_role("link", name="Link to this cell")
    assert link.get_attribute("href") == "#rmsprop-beale-lr-0.1"
    link.click()
    expect(player.get_by_role("status")).to_have_text("Link copied")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == f"{visit.site}/{PAGE}#rmsprop-beale-lr-0.1"
    page.goto("about:blank")
    page.goto(address)
    marked = page.locator(".og-cell:target")
    expect(marked).to_be_in_viewport(ratio=1)
    assert pictures_shown(page) == RATES
    widths = page.locator("tr[data-row=beale] .og-cell").evaluate_all(
        "cells => cells.map(cell => cell.getBoundingClientRect().width)"
    )
    assert max(widths) - min(widths) < 1


@pytest.mark.parametrize(
    ("path", "head"),
    [
        (PAGE, ".og-matrix thead"),
        ("catalogue/optimizers.html", ".og-catalogue thead th"),
        ("catalogue/functions.html", ".og-catalogue thead th"),
        ("compare/index.html", ".og-heat .og-catalogue thead th"),
    ],
)
def test_heads_of_tables_stay_in_sight(visit: Visit, path: str, head: str) -> None:
    page = visit.open(path)
    if path == PAGE:
        page.get_by_role("radio", name="Pictures").check()
    page.locator("tbody tr:visible").nth(30).evaluate("row => row.scrollIntoView()")
    top = box(page.locator("header.bd-header"))["height"]
    assert box(page.locator(head).first)["y"] == pytest.approx(top, abs=2)


@pytest.mark.parametrize("view", ["Numbers", "Pictures"])
def test_all_rates_fit_a_phone(browser: Browser, site: str, view: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = Visit(context.new_page(), site).open(PAGE)
        page.get_by_role("radio", name=view).check()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        for part in (".og-matrix thead tr:visible th", "tr[data-row=beale] .og-cell"):
            boxes = [box(one) for one in page.locator(part).all()]
            assert len(boxes) == RATES
            assert all(b["x"] >= 0 and b["x"] + b["width"] <= 390 for b in boxes)
            assert len({round(b["y"]) for b in boxes}) == 1
        notes = page.locator("tr[data-row=beale] .og-note").evaluate_all(
            "notes => notes.map(note => note.scrollWidth - note.clientWidth)"
        )
        assert max(notes) <= 0, "a number is cut off"


def test_without_scripts_both_views_are_reached_and_links_open_a_row(
    browser: Browser, site: str
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = Visit(context.new_page(), site).open(f"{PAGE}#rmsprop-beale-lr-0.1")
        image = page.locator("[id='rmsprop-beale-lr-0.1'] img")
        expect(image).to_be_visible()
        other = page.locator("[id='rmsprop-rosenbrock-lr-0.1'] img")
        expect(other).to_be_hidden()
        page.get_by_role("radio", name="Pictures").check()
        expect(other).to_be_visible()


def test_paper_shows_the_pictures_of_every_column(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 680, "height": 900}) as context:
        page = Visit(context.new_page(), site).open(PAGE)
        page.emulate_media(media="print")
        assert pictures_shown(page) == 42 * RATES
        expect(page.locator(".og-views")).to_be_hidden()
        boxes = [box(one) for one in page.locator("tr[data-row=beale] .og-cell svg").all()]
        assert len(boxes) == RATES
        assert boxes[-1]["x"] + boxes[-1]["width"] <= 680


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["Numbers", "Pictures", "player"])
def test_axe_finds_no_violation_in_either_view(
    browser: Browser,
    site: str,
    scheme: str,
    state: str,
    violations: Callable[[Page], dict[str, list[str]]],
) -> None:
    with browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        page = Visit(context.new_page(), site).open(PAGE)
        if state == "player":
            cell(page, "beale", "0.1").click()
        else:
            page.get_by_role("radio", name=state).check()
        assert violations(page) == {}
