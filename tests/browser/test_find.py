"""Finding runs by what happens in them, by pointer, keyboard, touch and address."""

import gzip
import re
import zlib
from base64 import b64decode

import numpy as np
import pytest
from conftest import SITE, Visit, keep_screenshot
from playwright.sync_api import Browser, Page, expect

from optgallery import OPTIMIZERS
from optgallery.sweeps.sweep import plan

PAGE = "find.html"
ALL = len(plan().runs)
FILE = SITE / "behaviour" / "runs.js"
MOST_BYTES = 8_000  # of the data file, compressed as a web host sends it


def opened(visit: Visit, address: str = "") -> Page:
    page = visit.open(f"{PAGE}{address}")
    expect(page.locator(".og-found li").first).to_be_visible()
    return page


def number(page: Page) -> int:
    """Return the number of runs that are found."""
    text = page.locator(".og-found-count").inner_text()
    return int(text.split()[0].replace(",", ""))


def is_painted(page: Page, at: int = 0) -> None:
    """Wait until the picture of a run has several colours."""
    page.locator(".og-found canvas").nth(at).scroll_into_view_if_needed()
    page.wait_for_function(
        """at => {
          const canvas = document.querySelectorAll(".og-found canvas")[at];
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size > 20;
        }""",
        arg=at,
    )


def test_the_page_opens_with_a_choice_and_pictures(visit: Visit) -> None:
    page = opened(visit)
    assert page.get_by_label("escapes a saddle point").is_checked()
    assert 0 < number(page) < ALL
    is_painted(page)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".og-found-count")).to_have_text(f"{ALL:,} runs")
    assert page.url.endswith("#all")


def test_the_numbers_beside_the_classes_are_those_that_remain(visit: Visit) -> None:
    page = opened(visit, "#what=cycles")
    expected = page.locator("[data-of='global minimum']").inner_text()
    page.get_by_label("ends at a global minimum").check()
    assert number(page) == int(expected.replace(",", "")) > 0
    assert page.url.endswith("#what=global+minimum&what=cycles")
    words = page.locator(".og-found-what").all_inner_texts()
    assert not any("cycles" in each for each in words)  # what is ticked is not said again


def test_families_kinds_and_rates_narrow_the_choice(visit: Visit) -> None:
    page = opened(visit, "#what=cycles")
    before = number(page)
    page.get_by_label("Optimizer").select_option("family:sign")
    signs = number(page)
    assert 0 < signs < before
    page.get_by_label("Learning rate").select_option("1")
    assert 0 < number(page) < signs
    titles = page.locator(".og-found-title").all_inner_texts()
    known = {spec.title for spec in OPTIMIZERS.values() if spec.family == "sign"}
    assert {title.partition(" on ")[0] for title in titles} <= known
    assert all(title.endswith("lr 1") for title in titles)
    option = page.get_by_label("Function").locator("option").nth(0)
    assert option.inner_text() == f"any ({number(page)})"


def test_runs_on_one_function_are_overlaid_in_the_explorer(visit: Visit) -> None:
    page = opened(visit, "#what=cycles&function=abs_ravine")
    page.get_by_role("link", name=re.compile("^Overlay")).click()
    expect(page).to_have_url(re.compile(r"explorer\.html#fn=abs_ravine&run="))
    expect(page.locator(".og-x-outcome").nth(1)).not_to_have_text("loading …")


def test_a_picture_leads_to_its_run(visit: Visit) -> None:
    page = opened(visit, "#what=cycles&optimizer=lion&lr=1")
    title = page.locator(".og-found-title").first.inner_text()
    page.locator(".og-found a").first.click()
    expect(page).to_have_url(re.compile(r"explorer\.html#fn=\w+&run=lion@1$"))
    expect(page.locator(".og-x-table caption")).to_contain_text(
        title.split(" on ")[1].split(",")[0]
    )


def test_all_of_it_is_done_by_keyboard(visit: Visit) -> None:
    page = opened(visit, "#all")
    page.get_by_label("diverges late").focus()
    page.keyboard.press("Space")
    late = number(page)
    assert 12 < late < ALL
    expect(page.locator(".og-found li")).to_have_count(12)
    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".og-found li")).to_have_count(min(24, late))
    assert page.evaluate("document.activeElement === document.querySelectorAll('.og-found a')[12]")


def test_a_choice_without_runs_says_so(visit: Visit) -> None:
    page = visit.open(f"{PAGE}#what=hardly+moves&what=diverges+late")
    expect(page.locator(".og-found-count")).to_have_text(
        re.compile(rf"^0 of {ALL:,} runs\. Without “[a-z ]+”, there are [1-9][0-9,]*\.$")
    )
    expect(page.locator(".og-more")).to_be_hidden()


def test_it_works_from_a_folder(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{(SITE / PAGE).as_uri()}#what=cycles")
        expect(page.locator(".og-found li")).to_have_count(12)
        is_painted(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(browser: Browser, site: str, scheme: str) -> None:
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, color_scheme=scheme
    ) as context:
        visit = Visit(context.new_page(), site)
        page = opened(visit, "#what=cycles")
        page.get_by_label("overshoots the minimum").tap()
        assert number(page) > 0
        is_painted(page)
        assert page.evaluate("document.querySelector('.og-find').scrollWidth") <= 390
        keep_screenshot(page, scheme)
        assert visit.faults == []


def test_the_file_is_small_and_has_every_run() -> None:
    content = FILE.read_bytes()
    assert len(gzip.compress(content, 6)) <= MOST_BYTES
    body = re.search(rb'"(.*)"', content)
    assert body is not None
    assert len(np.frombuffer(zlib.decompress(b64decode(body[1])), np.uint8)) == 2 * ALL
