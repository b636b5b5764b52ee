"""The comparison of all optimizers, from a cell of its table to the lines of a run, and of two."""

import re

import pytest
from conftest import Visit
from playwright.sync_api import Browser, expect

from optgallery import FUNCTIONS


def test_a_cell_leads_to_the_functions_solved_at_that_rate_and_to_the_lines_of_a_run(
    visit: Visit,
) -> None:
    page = visit.open("compare/index.html")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Lion", exact=True))
    row.locator("a[href$='#sort=-0.03']").click()
    head = page.get_by_role("columnheader", name="0.03", exact=True)
    expect(head).to_have_attribute("aria-sort", "descending")
    column = page.locator(".og-runs tbody td.og-by")
    grid = [fn for fn in FUNCTIONS.values() if fn.variant_of is None]
    expect(column).to_have_count(len(grid))
    solved = [sum(text.count(mark) for mark in "✓↩") for text in column.all_inner_texts()]
    assert solved == sorted(solved, reverse=True)
    assert solved[0] > 0
    code = page.locator("#repeat-a-run pre")
    assert 'og.run("lion", ' in code.inner_text()
    page.get_by_role("row").filter(has_text="Himmelblau").locator("td").nth(5).click()
    expect(page.locator("select[name=function]")).to_have_value("himmelblau")
    assert 'shifted("himmelblau", ' in code.inner_text()
    assert code.inner_text().rstrip().splitlines()[-2].endswith("lr=0.03)")
    page.locator("select[name=start]").select_option("2")
    page.locator("select[name=lr]").select_option("100.0")
    assert "start=(" in code.inner_text()
    assert "lr=100.0)" in code.inner_text()


def test_the_table_is_sorted_by_a_rate_and_filtered_by_words(visit: Visit) -> None:
    page = visit.open("compare/index.html")
    head = page.get_by_role("columnheader", name="0.3", exact=True)
    for _ in range(2):
        head.get_by_role("button").click()
    cells = page.locator(".og-heat tbody td.og-by a").all_inner_texts()
    shares = [int(text.split()[0]) for text in cells]
    assert shares == sorted(shares, reverse=True)
    page.get_by_label("Words").fill("lion")
    expect(page.locator(".og-heat tbody tr:visible")).to_have_count(1)


def test_columns_of_shares_have_a_colour_that_grows_with_them(visit: Visit) -> None:
    page = visit.open("compare/index.html")
    shown = "node => getComputedStyle(node).backgroundColor"
    cells = {
        cell.inner_text(): cell.evaluate(shown)
        for cell in page.locator("td.og-summary .og-share").all()
    }
    assert len(set(cells.values())) == len(cells)


def test_which_rate_for_lion_is_answered_after_one_click(visit: Visit) -> None:
    page = visit.open("index.html")
    page.locator(".og-doors .sd-card").filter(has_text="Compare").click()
    expect(
        page.get_by_text(re.compile(r"Which rate for Lion\? Find its row: 0\.1"))
    ).to_be_visible()
    page = visit.open("search.html?q=lion")
    page.locator("#search-results li a").first.click()
    expect(page.locator("dd", has_text="0.1 solves most").first).to_be_visible()


def test_is_muon_better_is_answered_after_two_clicks(visit: Visit) -> None:
    page = visit.open("index.html")
    page.locator(".og-doors .sd-card").filter(has_text="Compare").click()
    expect(page.get_by_text(re.compile(r"Is Muon better here\? Not here"))).to_be_visible()
    page.get_by_role("link", name="AdamW against Muon").first.click()
    expect(page.get_by_role("heading", name="AdamW against Muon", level=1)).to_be_visible()
    expect(page.get_by_text("AdamW is faster where both solve")).to_be_visible()


@pytest.mark.parametrize(
    ("words", "title", "name"),
    [
        ("adam vs sgd", "Adam against SGD", "adam-against-sgd"),
        ("SGD vs Adam", "Adam against SGD", "adam-against-sgd"),
        ("adamw vs muon", "AdamW against Muon", "adamw-against-muon"),
        ("nesterov vs momentum", "SGD with momentum against Nesterov", "momentum-against-nesterov"),
        ("adamw against lion", "AdamW against Lion", "adamw-against-lion"),
    ],
)
def test_the_search_finds_the_page_of_a_pair_first(
    visit: Visit, words: str, title: str, name: str
) -> None:
    page = visit.open(f"search.html?q={words}")
    result = page.locator("#search-results li").first
    expect(result).to_contain_text(title)
    expect(result.locator("a").first).to_have_attribute("href", re.compile(name))


def test_the_search_for_an_optimizer_leads_to_its_pairs(visit: Visit) -> None:
    page = visit.open("search.html?q=muon")
    titles = page.locator("#search-results li > a")
    expect(titles.nth(5)).to_be_visible()
    assert "AdamW against Muon" in titles.all_inner_texts()[:6]


def test_the_races_of_a_pair_have_the_same_width_and_play_in_step(visit: Visit) -> None:
    page = visit.open("compare/pairs/adam-against-sgd.html")
    races = page.locator("#two-races .og-animation")
    expect(races).to_have_count(2)
    boxes = [race.bounding_box() for race in races.all()]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["width"] == pytest.approx(boxes[1]["width"], abs=2)
    assert boxes[0]["y"] == pytest.approx(boxes[1]["y"], abs=2)  # side by side
    page.mouse.wheel(0, 700)
    for race in races.all():
        expect(race.locator("img")).to_have_attribute("src", re.compile(r"\.gif$"))


def test_on_a_phone_the_table_scrolls_sideways_and_its_names_stay(
    browser: Browser, site: str
) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = Visit(context.new_page(), site).open("compare/index.html")
        assert page.evaluate("document.documentElement.scrollHeight") < 10_000
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        table = page.locator(".og-heat .og-catalogue")
        name = page.get_by_role("rowheader", name="AdaBound")
        name.scroll_into_view_if_needed()
        before = name.bounding_box()
        assert table.evaluate("node => { node.scrollLeft = 9999; return node.scrollLeft }") > 300
        assert name.bounding_box() == before
        last = page.get_by_role("columnheader", name="100", exact=True).bounding_box()
        assert last is not None
        assert last["x"] + last["width"] <= 390
