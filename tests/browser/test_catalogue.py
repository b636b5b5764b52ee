"""Sorting and filtering the catalogues."""

import re

from conftest import SITE, Visit
from playwright.sync_api import Browser, Locator, Page, expect

from optgallery import OPTIMIZERS

PAGE = "catalogue/optimizers.html"
COUNT = len(OPTIMIZERS)
SIGNS = [spec.title for spec in OPTIMIZERS.values() if spec.family == "sign"]


def shown(page: Page, column: int = 0) -> list[str]:
    """Return a column of the visible rows, from top to bottom."""
    return [row.locator("th, td").nth(column).inner_text() for row in visible(page)]


def visible(page: Page) -> list[Locator]:
    return page.locator(".og-catalogue tbody tr:visible").all()


def test_filters_by_family_and_words_are_in_the_address(visit: Visit) -> None:
    page = visit.open(PAGE)
    expect(page.locator(".og-count")).to_have_text(f"{COUNT} optimizers")
    page.get_by_label("Family").select_option("sign")
    expect(page.locator(".og-count")).to_have_text(f"{len(SIGNS)} of {COUNT} optimizers")
    assert sorted(shown(page)) == sorted(SIGNS)
    page.get_by_label("Words").fill("LION")
    assert "Lion" in shown(page)
    assert all("lion" in row.inner_text().lower() for row in visible(page))
    assert len(shown(page)) < len(SIGNS)
    assert page.url.endswith("#family=sign&text=LION")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".og-count")).to_have_text(f"{COUNT} optimizers")
    assert page.get_by_label("Family").input_value() == ""
    assert page.get_by_label("Words").input_value() == ""
    assert page.url.endswith(PAGE)


def test_a_column_heading_sorts_ascending_then_descending(visit: Visit) -> None:
    page = visit.open(PAGE)
    head = page.get_by_role("columnheader", name="Year")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    years = shown(page, 2)
    assert years == sorted(years)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert shown(page, 2) == years[::-1]
    assert page.url.endswith("#sort=-year")


def test_an_address_restores_filters_and_order(visit: Visit) -> None:
    page = visit.open(f"{PAGE}#family=sign&sort=-optimizer")
    assert shown(page) == sorted(SIGNS, key=str.lower, reverse=True)
    assert page.get_by_label("Family").input_value() == "sign"
    page.evaluate("location.hash = '#family=nothing&text=lion'")
    expect(page.locator(".og-count")).to_have_text(re.compile(f"of {COUNT} optimizers$"))
    assert "Lion" in shown(page), "a family that is not there is left out"


def test_a_family_is_linked_from_an_optimizers_page(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_lion.html")
    page.get_by_role("link", name="sign", exact=True).click()
    expect(page.locator(".og-count")).to_have_text(f"{len(SIGNS)} of {COUNT} optimizers")


def test_rows_stay_rows_for_screen_readers_on_a_phone(browser: Browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto((SITE / PAGE).as_uri())
        table = page.locator(".og-catalogue").get_by_role("table")
        expect(table.get_by_role("row")).to_have_count(COUNT + 1)
        expect(table.get_by_role("rowheader")).to_have_count(COUNT)
