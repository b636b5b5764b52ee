"""The comparison of all optimizers, from a cell of its table to the lines of a run."""

from conftest import Visit
from playwright.sync_api import expect

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
