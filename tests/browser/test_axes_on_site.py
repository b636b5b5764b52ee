"""Optimizers without a learning rate on the built site: a page of a function, the explorer."""

from collections.abc import Callable

import pytest
from conftest import Visit, keep_screenshot
from playwright.sync_api import Browser, Page, expect

from optgallery import LEARNING_RATES, OPTIMIZERS
from optgallery.sphinxext.incremental.cells import value_text

PAGE = "functions/plot_fn_booth.html"
OWN = [spec for spec in OPTIMIZERS.values() if spec.own_axis is not None]
ALONG = [spec for spec in OWN if spec.own_axis.parameter]
SINGLE = [spec for spec in OWN if not spec.own_axis.parameter]


def test_there_are_optimizers_of_both_kinds() -> None:
    assert ALONG
    assert SINGLE


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_their_rows_fit_the_page_of_a_function(
    browser: Browser,
    site: str,
    violations: Callable[[Page], dict[str, list[str]]],
    width: int,
    scheme: str,
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as context:
        visit = Visit(context.new_page(), site)
        page = visit.open(PAGE)
        table = page.locator(".og-matrix table").last
        table.scroll_into_view_if_needed()
        heads = [box["x"] for box in boxes(table.locator("thead tr").first.locator("th"))]
        for spec in ALONG:
            row = table.locator(f"tr[data-row={spec.name}]")
            at = [value_text(value) for value in spec.own_axis.values]
            assert row.locator(".og-at").all_inner_texts() == at
            expect(row.locator(".og-axis")).to_have_text(spec.own_axis.title)
            for text in row.locator(".og-at").all():  # none is cut off
                assert text.evaluate("node => node.scrollWidth <= node.clientWidth")
        for spec in SINGLE:
            cells = boxes(table.locator(f"tr[data-row={spec.name}] .og-cell"))
            assert len(cells) == 1
            assert cells[0]["width"] > 6 * (heads[1] - heads[0])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == {}
        keep_screenshot(page, f"own-axis-{scheme}")
        assert visit.faults == []


def boxes(locator):
    """Return the rectangles of elements."""
    return [each.bounding_box() for each in locator.all()]


def test_the_dialog_names_the_axis_and_goes_on_to_other_rows(visit: Visit) -> None:
    spec = ALONG[0]
    page = visit.open(PAGE)
    row = page.locator(f"tr[data-row={spec.name}]")
    row.locator(".og-tile").first.evaluate("tile => tile.click()")
    words = page.locator(".og-player-words")
    first, second, *_ = (spec.own_axis.words(value) for value in spec.own_axis.values)
    expect(words).to_contain_text(f"{spec.title} on Booth, {first}")
    buttons = page.locator(".og-player-top button")
    expect(buttons.first).to_have_attribute("aria-label", f"Previous {spec.own_axis.title}")
    expect(buttons.first).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowRight")
    expect(words).to_contain_text(f"{spec.title} on Booth, {second}")
    page.keyboard.press("Escape")
    single = page.locator(f"tr[data-row={SINGLE[0].name}] .og-tile")
    single.evaluate("tile => tile.click()")
    expect(words).to_contain_text(f"{SINGLE[0].title} on Booth")
    for button in buttons.all()[:2]:
        expect(button).to_have_attribute("aria-disabled", "true")


def test_the_explorer_offers_the_values_of_the_axis(visit: Visit) -> None:
    spec, single = ALONG[0], SINGLE[0]
    value = value_text(spec.own_axis.values[-1])
    state = f"fn=booth&run={spec.name}@{value}&run={single.name}&run=sgd@0.1"
    page = visit.open(f"explorer.html#{state}")
    lists = page.locator(".og-x-runs select[name=lr]")
    offered = [
        [option.get_attribute("value") for option in each.locator("option").all()]
        for each in lists.all()
    ]
    assert offered == [
        [value_text(each) for each in spec.own_axis.values],
        ["default"],
        [f"{lr:g}" for lr in LEARNING_RATES],
    ]
    expect(page.locator(".og-explorer pre")).to_contain_text(
        f'og.run("{spec.name}", "booth", {spec.own_axis.parameter}={value})'
    )
    expect(page.locator(".og-explorer pre")).to_contain_text(f'og.run("{single.name}", "booth")')
    # another optimizer has no such value, and gets one in the middle
    page.locator(".og-x-runs select[name=optimizer]").last.select_option(spec.name)
    middle = value_text(spec.own_axis.values[len(spec.own_axis.values) // 2])
    expect(lists.last).to_have_value(middle)


def test_runs_without_a_learning_rate_are_found(visit: Visit) -> None:
    page = visit.open(f"find.html#optimizer={SINGLE[0].name}&function=booth&lr=none")
    expect(page.locator(".og-found-title")).to_have_text([f"{SINGLE[0].title} on Booth"])
