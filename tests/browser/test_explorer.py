"""The explorer, used by pointer, keyboard, touch and address."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from conftest import SITE, Visit, keep_screenshot
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import optgallery as og
from optgallery.render.showing import shown_by

PAGE = "explorer.html"
THREE = "#fn=beale&run=adamw@0.01&run=adamw@0.3&run=adamw@1"
PAUSED = f"{THREE}&step=60"
FIRST_VIEW = 1_500_000  # bytes
SWITCH = 200_000

PICTURE = "document.querySelector('.og-x-picture').toDataURL()"


def opened(visit: Visit, address: str = PAUSED) -> Page:
    page = visit.open(f"{PAGE}{address}")
    expect(page.locator(".og-x-outcome").first).not_to_have_text("loading …")
    return page


def settled(page: Page) -> np.ndarray:
    """Return the picture's pixels when they no longer change."""
    page.wait_for_timeout(500)
    expect(page.locator(".og-x-picture")).to_have_attribute("data-ground", "sharp")
    page.wait_for_timeout(50)
    png = b64decode(page.evaluate(PICTURE).partition(",")[2])
    return np.asarray(Image.open(BytesIO(png)), np.int16)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures are equal except for rounding in the browser."""
    return one.shape == other.shape and int(np.abs(one - other).max()) <= 2


def runs(page: Page) -> list[tuple[str, str]]:
    """Return the chosen optimizers and rates."""
    rows = page.locator(".og-x-runs li")
    return [
        (row.locator("[name=optimizer]").input_value(), row.locator("[name=lr]").input_value())
        for row in rows.all()
    ]


def middle(page: Page) -> tuple[float, float, float]:
    """Return the position of the picture's centre in the window, and its side."""
    canvas = page.locator(".og-x-picture")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"]


def number(text: str) -> float:
    """Parse a number with a typographic minus sign."""
    return float(text.replace("\N{MINUS SIGN}", "-"))


def zoom(page: Page) -> float:
    given = re.search(r"view=[^,]+,[^,]+,([^&]+)", page.url)
    return float(given[1]) if given else 1.0


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_it_opens_with_three_optimizers_that_differ_and_plays_to_the_end(visit: Visit) -> None:
    page = opened(visit, "")
    chosen = [("sgd", "0.03"), ("momentum", "0.01"), ("adam", "0.03")]
    assert runs(page) == chosen
    expect(button(page, "Pause")).to_be_visible()
    expect(page.locator(".og-x-step")).to_have_text("200 / 200", timeout=30_000)
    expect(button(page, "Play")).to_be_visible()
    outcomes = page.locator(".og-x-outcome").all_text_contents()
    trajectories = [og.run(name, "abs_ravine", lr=float(lr)) for name, lr in chosen]
    assert outcomes == [str(trajectory.outcome) for trajectory in trajectories]
    xmin, xmax, *_ = og.FUNCTIONS["abs_ravine"].domain
    for one, other in combinations(trajectories, 2):  # in the first half, by a tenth of the width
        apart = np.hypot(*(one.points[:100] - other.points[:100]).T).max()
        assert apart > (xmax - xmin) / 10


def test_the_table_shows_the_numbers_of_the_step(visit: Visit) -> None:
    page = opened(visit)
    cells = page.locator("tbody tr").nth(1).locator("td").all_text_contents()
    run = og.run("adamw", "beale", lr=0.3)
    assert number(cells[0]) == pytest.approx(run.values[60], rel=1e-3)
    norm = float((run.gradients[60] ** 2).sum() ** 0.5)
    assert number(cells[1]) == pytest.approx(norm, rel=0.06)
    assert cells[2] == str(run.evaluations[60])


def test_a_function_is_chosen_and_back_and_forward_undo_it(visit: Visit) -> None:
    page = opened(visit)
    before = settled(page)
    page.get_by_label("Function").select_option("rosenbrock")
    expect(page.locator("caption")).to_have_text("What happened on Rosenbrock")
    assert "fn=rosenbrock" in page.url
    assert not same(settled(page), before)
    page.get_by_label("Optimizer of run 2").select_option("sgd")
    page.get_by_label("Learning rate of run 2").select_option("0.003")
    assert runs(page)[1] == ("sgd", "0.003")
    for _ in range(3):
        page.go_back()
    expect(page.locator("caption")).to_have_text("What happened on Beale")
    assert runs(page)[1] == ("adamw", "0.3")
    expect(page.locator(".og-x-step")).to_have_text("60 / 200")
    page.go_forward()
    expect(page.locator("caption")).to_have_text("What happened on Rosenbrock")


def test_a_further_setting_is_offered_where_a_page_shows_its_runs(visit: Visit) -> None:
    page = opened(visit, "#fn=himmelblau&run=adamw@0.3&step=60")
    setting = page.get_by_label("Further setting of run 1")
    values = ["", *(f"weight_decay={value}" for value in (0, 0.01, 0.1, 0.3, 1))]
    assert setting.locator("option").evaluate_all("all => all.map(o => o.value)") == values
    setting.select_option("weight_decay=0.1")
    run = og.run("adamw", "himmelblau", lr=0.3, weight_decay=0.1)
    expect(page.locator(".og-x-outcome")).to_have_text(str(run.outcome))
    value = page.locator("tbody td").first.text_content()
    assert number(value or "") == pytest.approx(run.values[60], rel=1e-3)
    assert page.url.endswith("#fn=himmelblau&run=adamw@0.3,weight_decay=0.1&step=60")
    code = page.locator("details pre").text_content()
    assert 'og.run("adamw", "himmelblau", lr=0.3, weight_decay=0.1)' in (code or "")
    gif = page.get_by_role("link", name="Download GIF").get_attribute("href") or ""
    assert gif.endswith("cells/adamw/himmelblau/0.3-weight_decay-0.1.gif")
    assert (SITE / gif).exists()
    page.reload()
    expect(setting).to_have_value("weight_decay=0.1")
    page.get_by_label("Function").select_option("beale")
    expect(setting).to_be_hidden()
    assert "weight_decay" not in page.url
    page.go_back()
    expect(setting).to_have_value("weight_decay=0.1")


def test_noise_is_offered_too_and_an_unknown_setting_is_answered(visit: Visit) -> None:
    page = opened(visit, "#fn=sphere&run=adam@0.1,noise=10&run=momentum@0.1,noise=10&step=200")
    rough = og.functions.noisy("sphere", 10)
    outcomes = [str(og.run(name, rough, lr=0.1).outcome) for name in ("adam", "momentum")]
    expect(page.locator(".og-x-outcome")).to_have_text(outcomes)
    page = opened(visit, "#fn=sphere&run=adam@0.1,noise=7")
    said = page.locator(".og-x-said")
    expect(said).to_contain_text("There is no run of adam on Sphere with “noise=7” here.")


def test_up_to_eight_runs_are_overlaid_and_each_can_be_removed(visit: Visit) -> None:
    page = opened(visit)
    for count in range(4, 9):
        button(page, "Add a run").click()
        expect(page.locator(".og-x-runs li")).to_have_count(count)
    assert len(set(runs(page))) == 8
    expect(button(page, "Add a run")).to_be_disabled()
    expect(page.locator("tbody tr")).to_have_count(8)
    page.get_by_role("button", name="Remove AdamW, lr 0.3").click()
    assert ("adamw", "0.3") not in runs(page)
    assert len(runs(page)) == 7
    page.reload()
    expect(page.locator(".og-x-runs li")).to_have_count(7)


COLOURS = """canvases => canvases.map(canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let [best, most] = ["", -1];
    for (let i = 0; i < data.length; i += 4) {
        const colour = data.slice(i, i + 3);
        const strength = data[i + 3] < 250 ? 0 : Math.max(...colour) - Math.min(...colour);
        if (strength > most) [best, most] = [colour.join(), strength];
    }
    return [best, most];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_run_has_a_different_colour(visit: Visit, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = opened(visit)
    button(page, "All seven rates").click()
    button(page, "Add a run").click()
    expect(page.locator(".og-x-runs li")).to_have_count(8)
    found = page.locator(".og-x-runs .og-x-swatch").evaluate_all(COLOURS)
    assert len({colour for colour, _ in found}) == 8
    assert min(strength for _, strength in found) > 30


# Machado, Oliveira and Fernandes (2009): linear RGB as seen with deuteranopia and protanopia
SEEN = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]
    ),
    "protanopia": np.array(
        [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]
    ),
}
CONES = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
OKLAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])


def linear(colour: str) -> np.ndarray:
    """Return the linear RGB of a colour such as #a878ff."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(("seen", "least"), [("normal", 19), ("deuteranopia", 15)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_runs_are_far_apart(visit: Visit, scheme: str, seen: str, least: float) -> None:
    """Distances in Oklab, whose lightness goes from 0 to 100 here."""
    visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = opened(visit)
    style = "getComputedStyle(document.querySelector('.og-explorer'))"
    names = [f"--og-run-{slot}" for slot in range(1, 9)]
    colours = page.evaluate(f"{json.dumps(names)}.map(n => {style}.getPropertyValue(n).trim())")
    places = [
        100 * OKLAB @ np.cbrt(CONES @ np.clip(SEEN[seen] @ linear(colour), 0, 1))
        for colour in colours
    ]
    distances = [float(np.linalg.norm(a - b)) for a, b in combinations(places, 2)]
    assert min(distances) >= least


def test_a_run_that_is_added_moves_and_differs_from_those_shown(visit: Visit) -> None:
    page = opened(visit, "#fn=rosenbrock&run=sgd@0.001&step=0")
    for count in range(2, 6):
        button(page, "Add a run").click()
        expect(page.locator(".og-x-runs li")).to_have_count(count)
    trajectories = [og.run(name, "rosenbrock", lr=float(lr)) for name, lr in runs(page)]
    for trajectory in trajectories[1:]:
        assert trajectory.outcome.kind in ("solved", "unsolved")
        points = trajectory.points
        assert np.hypot(*(points - points[0]).T).max() > 0.05 * 4
    for one, other in combinations(trajectories, 2):
        assert np.hypot(*(one.points - other.points).T).max() > 0.04 * 4
    expect(page.get_by_label("Optimizer of run 5")).to_be_focused()


def test_one_click_shows_an_optimizer_at_all_rates(visit: Visit) -> None:
    page = opened(visit)
    button(page, "All seven rates").click()
    assert runs(page) == [("adamw", f"{lr:g}") for lr in og.LEARNING_RATES]


def test_the_same_run_is_not_shown_twice(visit: Visit) -> None:
    page = opened(visit)
    page.get_by_label("Learning rate of run 1").select_option("1")
    expect(page.locator(".og-x-said")).to_contain_text("AdamW, lr 1 is shown already")
    assert runs(page)[0] == ("adamw", "0.01")


def test_rates_state_the_outcomes_of_their_runs(visit: Visit) -> None:
    page = opened(visit)
    rates = page.get_by_label("Learning rate of run 1").locator("option").all_text_contents()
    assert rates[5] == "0.3  ·  ✓ 29"


def test_it_plays_pauses_steps_and_scrubs_by_pointer(visit: Visit) -> None:
    page = opened(visit)
    step = page.locator(".og-x-step")
    button(page, "One step on").click()
    expect(step).to_have_text("61 / 200")
    button(page, "One step back").click()
    button(page, "One step back").click()
    expect(step).to_have_text("59 / 200")
    button(page, "To the end").click()
    expect(step).to_have_text("200 / 200")
    button(page, "To the start").click()
    expect(step).to_have_text("0 / 200")
    first = settled(page)
    page.get_by_label("Step", exact=True).fill("120")
    expect(step).to_have_text("120 / 200")
    assert not same(settled(page), first)
    assert page.url.endswith("&step=120")
    button(page, "Play").click()
    expect(step).not_to_have_text("120 / 200")
    button(page, "Pause").click()
    expect(button(page, "Play")).to_be_visible()


def test_the_speed_is_chosen(visit: Visit) -> None:
    page = opened(visit, f"{THREE}&step=0")
    page.get_by_label("Speed").select_option("4")
    page.wait_for_url("**&speed=4")
    button(page, "Play").click()
    expect(page.locator(".og-x-step")).to_have_text("200 / 200", timeout=10_000)


def test_a_click_in_a_chart_seeks_to_that_step(visit: Visit) -> None:
    page = opened(visit)
    chart = page.locator(".og-x-chart canvas").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + 40)
    expect(page.locator(".og-x-step")).to_have_text(re.compile(r"^(19\d|200) / 200"))


@pytest.mark.parametrize(
    ("key", "step"),
    [("ArrowRight", 61), ("ArrowLeft", 59), ("Home", 0), ("End", 200)],
)
def test_arrow_keys_change_the_step(visit: Visit, key: str, step: int) -> None:
    page = opened(visit)
    page.keyboard.press(key)
    expect(page.locator(".og-x-step")).to_have_text(f"{step} / 200")


def test_the_space_bar_plays_and_pauses_but_not_on_a_button_or_in_a_field(visit: Visit) -> None:
    page = opened(visit)
    page.keyboard.press("Space")
    expect(button(page, "Pause")).to_be_visible()
    page.keyboard.press("Space")
    expect(button(page, "Play")).to_be_visible()
    page.get_by_label("Function").focus()
    page.keyboard.press("0")
    page.keyboard.press("Home")
    expect(page.locator(".og-x-step")).not_to_have_text("0 / 200")
    button(page, "One step on").focus()
    page.keyboard.press("Space")
    expect(button(page, "Play")).to_be_visible()


def test_it_zooms_and_pans_by_key_button_and_pointer(visit: Visit) -> None:
    page = opened(visit)
    whole = settled(page)
    page.keyboard.press("+")
    near = settled(page)
    assert not same(near, whole)
    assert zoom(page) == 1.5
    page.keyboard.press("Shift+ArrowLeft")
    assert not same(settled(page), near)
    page.keyboard.press("0")
    assert same(settled(page), whole)
    assert "view=" not in page.url
    button(page, "Zoom in").click()
    settled(page)
    assert zoom(page) == 2
    button(page, "Zoom out").click()
    assert same(settled(page), whole)
    x, y, side = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + side / 4, y, steps=4)
    page.mouse.up()
    page.mouse.move(0, 0)
    assert not same(settled(page), whole)
    given = re.search(r"view=([^,]+),", page.url)
    assert given is not None
    assert float(given[1]) == pytest.approx(-9 / 4, abs=0.1)
    button(page, "Show the whole domain").click()
    assert same(settled(page), whole)


def test_the_wheel_scrolls_the_page_unless_the_picture_has_the_focus_or_ctrl_is_held(
    visit: Visit,
) -> None:
    page = opened(visit)
    x, y, _ = middle(page)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -240)
    settled(page)
    assert zoom(page) == 1
    expect(page.locator(".og-x-hint")).to_contain_text("hold Ctrl or click into the picture")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -240)
    page.keyboard.up("Control")
    settled(page)
    assert zoom(page) == pytest.approx(2, rel=0.01)


def test_the_pointer_shows_coordinates_value_and_the_nearest_step(visit: Visit) -> None:
    page = opened(visit, f"{THREE}&step=200")
    x, y, side = middle(page)
    readout = page.locator(".og-x-readout")
    page.mouse.move(x, y)
    expect(readout).to_have_text(re.compile(r"^x \S+\s+y \S+\s+f ≈ \S+"))
    said = re.search(r"f ≈ (\S+)", readout.inner_text())
    assert said is not None
    value = number(said[1])
    assert value == pytest.approx(og.FUNCTIONS["beale"](0.0, 0.0), rel=0.05)
    end = og.run("adamw", "beale", lr=0.3).points[-1]
    page.mouse.move(x + end[0] / 9 * side, y - end[1] / 9 * side)
    expect(readout).to_contain_text("AdamW, lr 0.3: step")
    page.mouse.move(0, 0)
    expect(readout).to_have_text("")


def test_the_address_contains_the_whole_state(visit: Visit) -> None:
    page = opened(visit)
    page.get_by_label("Speed").select_option("0.5")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    shown = settled(page)
    address = page.url
    button(page, "Copy the link").click()
    assert page.evaluate("navigator.clipboard.readText()") == address
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".og-x-outcome").first).not_to_have_text("loading …")
    expect(page.locator(".og-x-step")).to_have_text("61 / 200")
    assert page.get_by_label("Speed").input_value() == "0.5"
    assert same(settled(page), shown)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("#fn=nowhere&run=adamw@0.1", "There is no function “nowhere” here."),
        ("#fn=beale&run=nobody@0.1", "There is no optimizer “nobody” here. Other runs are shown"),
        ("#fn=beale&run=adamw@7", "“7” is none of the learning rates 0.001, 0.003,"),
        ("#fn=beale&run=adamw", "“” is none of the learning rates"),
        ("#fn=beale&run=sgd@0.1&step=-4", "Steps go from 0 to 200."),
        ("#fn=beale&run=sgd@0.1&step=x", "Steps go from 0 to 200."),
        ("#fn=beale&run=sgd@0.1&speed=99", "Speeds are 0.1, 0.25,"),
        ("#fn=beale&run=sgd@0.1&view=1,2", "A view is x,y,zoom."),
        ("#fn=%E0%A4%A&run=", "There is no function"),
        ("#fn=<img src=x>&run=<b>@1", "There is no function “<img src=x>” here."),
    ],
)
def test_an_invalid_address_opens_with_a_message(visit: Visit, address: str, words: str) -> None:
    page = opened(visit, address)
    expect(page.locator(".og-x-said")).to_contain_text(words)
    assert runs(page)
    assert page.locator(".og-x-outcome").first.inner_text()


def test_at_most_eight_runs_of_an_address_are_shown(visit: Visit) -> None:
    many = "".join(f"&run={name}@{lr:g}" for name in ("sgd", "adamw") for lr in og.LEARNING_RATES)
    page = opened(visit, f"#fn=beale{many}")
    expect(page.locator(".og-x-said")).to_contain_text("Only the first 8 of 14 runs are shown.")
    assert len(runs(page)) == 8


def test_a_fragment_of_another_element_is_not_a_state(visit: Visit) -> None:
    page = opened(visit, "#main-content")
    expect(page.locator(".og-x-said")).to_be_hidden()


@pytest.mark.parametrize("name", ["beale/adamw", "beale/-surface"])
def test_a_missing_file_is_named_and_the_rest_is_shown(
    browser: Browser, site: str, name: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.route(f"**/explorer/{name}.js*", lambda route: route.abort())
        page.goto(f"{site}/{PAGE}#fn=beale&run=adamw@0.1&run=sgd@0.01&step=9")
        expect(page.locator(".og-x-said")).to_contain_text(f"explorer/{name}.js is missing")
        outcome = page.locator(".og-x-outcome").nth(1)
        expect(outcome).to_have_text(str(og.run("sgd", "beale", lr=0.01).outcome))


def test_a_damaged_file_is_named(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/explorer/beale/adamw.js*", lambda route: route.fulfill(body="// nothing"))
        page.goto(f"{site}/{PAGE}{PAUSED}")
        expect(page.locator(".og-x-said")).to_contain_text("explorer/beale/adamw.js is damaged")


def test_data_of_another_build_ask_to_reload_the_page(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        body = 'optgallery.load(0,"beale/adamw",{},"");'
        page.route("**/explorer/beale/adamw.js*", lambda route: route.fulfill(body=body))
        page.goto(f"{site}/{PAGE}{PAUSED}")
        expect(page.locator(".og-x-said")).to_contain_text("reload the page")


def test_the_copied_code_repeats_the_view(visit: Visit) -> None:
    page = opened(visit)
    button(page, "Copy the code").click()
    expect(page.locator(".og-copied")).to_have_text("The code is copied")
    code = page.evaluate("navigator.clipboard.readText()")
    shown: list[og.Animation] = []
    with shown_by(shown.append):
        exec(code, {})
    outcomes = page.locator(".og-x-outcome").all_text_contents()
    assert [str(run.outcome) for run in shown[0].trajectories] == outcomes
    page.get_by_text("Show the code").click()
    expect(page.locator("details pre")).to_have_text(code)


def test_the_gif_of_each_cell_is_downloaded(visit: Visit) -> None:
    page = opened(visit)
    link = page.get_by_role("link", name="Download GIF: AdamW, lr 0.3 on Beale")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "adamw-beale-0.3.gif"
    gif = SITE / "cells" / "adamw" / "beale" / "0.3.gif"
    assert download.value.path().read_bytes() == gif.read_bytes()


def test_names_link_to_their_pages(visit: Visit) -> None:
    page = opened(visit)
    page.get_by_role("link", name="AdamW, lr 0.3", exact=True).click()
    page.wait_for_url("**/optimizers/plot_opt_adamw.html")
    page.go_back()
    page.get_by_role("link", name="More on Beale").click()
    page.wait_for_url("**/functions/plot_fn_beale.html")


def loaded_bytes(page: Page) -> int:
    """Return the uncompressed size of the page and its resources loaded so far."""
    page.wait_for_load_state("networkidle")
    kinds = "['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))"
    return int(page.evaluate(f"{kinds}.reduce((sum, e) => sum + e.decodedBodySize, 0)"))


def test_the_first_view_and_each_switch_load_little(visit: Visit) -> None:
    page = opened(visit)
    first = loaded_bytes(page)
    assert 100_000 < first < FIRST_VIEW
    with page.expect_request_finished(lambda request: "rosenbrock/adamw" in request.url):
        page.get_by_label("Function").select_option("rosenbrock")
    page.wait_for_timeout(1000)  # for the surface, which may be loaded later
    second = loaded_bytes(page)
    assert 10_000 < second - first < SWITCH
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Function").select_option("beale")
    page.wait_for_timeout(500)
    assert not [url for url in asked if "/explorer/" in url], "what is there is not asked for again"


def test_without_scripts_it_states_its_needs_and_links_to_the_matrices(
    browser: Browser, site: str
) -> None:
    phone = {"width": 390, "height": 844}
    with browser.new_context(java_script_enabled=False, viewport=phone) as context:
        page = Visit(context.new_page(), site).open(PAGE)
        expect(page.locator("article")).to_contain_text("needs JavaScript")
        words = page.locator(".og-x-without").bounding_box()
        following = page.locator("article p", has_text="Choose a function").bounding_box()
        assert words is not None
        assert following is not None
        assert words["y"] + words["height"] <= following["y"]
        page.get_by_role("link", name="each optimizer").click()
        page.wait_for_url("**/optimizers/index.html")


def test_reduced_motion_shows_whole_paths_without_playing(browser: Browser, site: str) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        visit = Visit(context.new_page(), site)
        page = opened(visit, THREE)
        expect(page.locator(".og-x-step")).to_have_text("200 / 200")
        page.get_by_label("Function").select_option("rosenbrock")
        expect(button(page, "Play")).to_be_visible()
        expect(page.locator(".og-x-step")).to_have_text("200 / 200")
        button(page, "Play").click()
        expect(button(page, "Pause")).to_be_visible()
        assert visit.faults == []


def test_nothing_plays_after_all_motion_is_stopped(visit: Visit) -> None:
    visit.page.add_init_script("localStorage.setItem('optgallery-motion', 'stopped')")
    page = opened(visit, THREE)
    expect(page.locator(".og-x-step")).to_have_text("200 / 200")
    expect(button(page, "Play")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_screen_in_light_and_dark(
    browser: Browser, site: str, width: int, scheme: str
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as context:
        visit = Visit(context.new_page(), site)
        page = opened(visit)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for control in page.locator(".og-explorer :is(button, select, input):visible").all():
            box = control.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= width
            assert min(box["width"], box["height"]) >= 16
        keep_screenshot(page, scheme)
        assert visit.faults == []


def test_colours_follow_the_theme(visit: Visit) -> None:
    page = opened(visit)
    light = settled(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert not same(settled(page), light)


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Page]:
    with browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    ) as context:
        visit = Visit(context.new_page(), site)
        yield opened(visit)
        assert visit.faults == []


def test_touch_plays_and_pinches(phone: Page) -> None:
    button(phone, "Play").tap()
    expect(button(phone, "Pause")).to_be_visible()
    button(phone, "Pause").tap()
    x, y, side = middle(phone)
    session = phone.context.new_cdp_session(phone)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (x - 30, y), (x + 30, y))
    for apart in range(30, 91, 10):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    settled(phone)
    assert zoom(phone) == pytest.approx(3, rel=0.1)
    assert side <= 360


def test_screen_readers_get_names_for_everything_and_the_table(visit: Visit) -> None:
    page = opened(visit)
    picture = page.get_by_role("img", name=re.compile("^The paths of AdamW, lr 0.01; "))
    expect(picture).to_have_attribute("aria-label", re.compile("on Beale, step 60 of 200$"))
    for control in page.locator(".og-explorer :is(button, select, input)").all():
        assert control.evaluate(
            "c => c.getAttribute('aria-label') || c.labels?.[0]?.textContent || c.textContent"
        )
    table = page.get_by_role("table", name="What happened on Beale")
    expect(table.get_by_role("row")).to_have_count(4)
    expect(table.get_by_role("columnheader")).to_have_count(6)
    assert page.locator("[onclick], [onchange], [oninput]").count() == 0


def test_it_opens_from_a_local_folder(browser: Browser) -> None:
    with browser.new_context() as context:
        visit = Visit(context.new_page(), "file:")
        page = visit.page
        page.goto(f"{(SITE / PAGE).as_uri()}{PAUSED}")
        outcome = page.locator(".og-x-outcome").first
        expect(outcome).to_have_text(str(og.run("adamw", "beale", lr=0.01).outcome))
        page.get_by_label("Function").select_option("rosenbrock")
        expect(outcome).to_have_text(str(og.run("adamw", "rosenbrock", lr=0.01).outcome))
        assert page.evaluate(PICTURE).startswith("data:image/png")
        assert visit.faults == []


@pytest.mark.parametrize(("width", "height"), [(1366, 650), (390, 844)])
def test_the_first_screen_shows_the_picture_play_and_a_slider_as_wide(
    browser: Browser, site: str, width: int, height: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        visit = Visit(context.new_page(), site)
        page = opened(visit, "")
        boxes = [
            page.locator(part).bounding_box()
            for part in (".og-x-stage", "[name=step]", ".og-x-play")
        ]
        picture, slider, play = (box for box in boxes if box is not None)
        assert picture["y"] > 0
        assert picture["width"] >= min(width - 40, height / 2)
        assert slider["width"] == pytest.approx(picture["width"], abs=2)
        assert play["y"] + play["height"] <= height
        column = page.locator(".og-x-left").bounding_box()
        assert column is not None
        assert column["width"] == pytest.approx(picture["width"], abs=2)
        assert visit.faults == []


def test_the_minima_are_marked_where_they_are(visit: Visit) -> None:
    page = opened(visit, "#fn=himmelblau&run=sgd@0.001&step=0")
    picture = settled(page)
    side = picture.shape[0]
    fn = og.FUNCTIONS["himmelblau"]
    assert fn.minima
    xmin, xmax, ymin, ymax = fn.domain
    for x, y in fn.minima:
        column = round((x - xmin) / (xmax - xmin) * side)
        row = round((ymax - y) / (ymax - ymin) * side)
        around = picture[row - 9 : row + 10, column - 9 : column + 10, :3]
        assert (around.min(axis=2) > 230).sum() >= 8  # a white ring on the dark floor
    assert (picture[..., :3].min(axis=2) > 230).sum() < 2000


def state_of(page: Page) -> dict[str, object]:
    """Return what a presentation must leave as it was."""
    return {
        "address": page.url,
        "step": page.locator(".og-x-step").inner_text(),
        "scrolled": page.evaluate("scrollY"),
        "speed": page.get_by_label("Speed").input_value(),
        "focus": page.evaluate("document.activeElement.name"),
        "classes": page.evaluate("document.documentElement.className"),
        "size": page.locator(".og-x-picture").bounding_box(),
    }


@pytest.mark.parametrize("end", ["Escape", "p", "button"])
def test_a_presentation_fills_the_screen_and_leaves_everything_as_it_was(
    visit: Visit, end: str
) -> None:
    page = opened(visit)
    page.evaluate("scrollTo(0, 40)")
    page.wait_for_timeout(300)
    usual = settled(page)
    button(page, "Present on the whole screen").focus()
    before = state_of(page)
    page.keyboard.press("Enter")
    expect(button(page, "Pause")).to_be_focused()
    expect(page.locator(".og-x-names li")).to_have_text(
        [f"AdamW, lr {lr}" for lr in ("0.01", "0.3", "1")]
    )
    root = page.locator(".og-explorer").bounding_box()
    assert root == {"x": 0, "y": 0, "width": 1280, "height": 900}
    assert page.evaluate("document.fullscreenElement?.className") == "og-explorer og-x-presented"
    expect(page.locator(".og-x-table")).to_be_hidden()
    size = page.locator(".og-x-names li").first.evaluate(
        "e => parseFloat(getComputedStyle(e).fontSize)"
    )
    assert size >= 22
    page.get_by_label("Speed").select_option("4")
    # it goes on after its last step
    expect(page.locator(".og-x-step")).to_have_text("200 / 200", timeout=10_000)
    expect(page.locator(".og-x-step")).not_to_have_text("200 / 200", timeout=10_000)
    page.locator("body").click(position={"x": 1200, "y": 850})
    if end == "button":
        button(page, "End the presentation").click()
    else:
        page.keyboard.press(end)
    expect(page.locator(".og-x-table")).to_be_visible()
    page.wait_for_timeout(400)
    assert state_of(page) == before
    assert same(settled(page), usual)


@pytest.mark.parametrize(("width", "height"), [(844, 390), (667, 375)])
def test_a_presentation_fits_a_phone_held_sideways(visit: Visit, width: int, height: int) -> None:
    page = opened(visit)
    page.set_viewport_size({"width": width, "height": height})
    button(page, "Present on the whole screen").click()
    for part in (".og-x-picture", ".og-x-play", ".og-x-step"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    for name in page.locator(".og-x-names li").all():
        expect(name).to_be_in_viewport(ratio=1)


def test_lines_are_stronger_in_a_presentation(visit: Visit) -> None:
    """The marker at the start, at which all paths are, covers four times as many pixels."""
    page = opened(visit, "#fn=beale&run=adamw@0.01&step=0")
    share = float((settled(page)[..., :3].min(axis=2) > 250).mean())
    visit.page.emulate_media(reduced_motion="reduce")
    button(page, "Present on the whole screen").click()
    strong = float((settled(page)[..., :3].min(axis=2) > 250).mean())
    assert strong > 1.8 * share


@pytest.mark.parametrize(
    "address", ["#embed&fn=beale&run=sgd@0.01&step=9", "?embed#fn=beale&run=sgd@0.01&step=9"]
)
def test_an_embedded_explorer_has_no_frame_and_links_to_the_whole_one(
    visit: Visit, address: str
) -> None:
    visit.page.set_viewport_size({"width": 640, "height": 780})
    page = opened(visit, address)
    for part in ("header", "footer", "h1", ".og-x-table", ".og-x-right"):
        for node in page.locator(part).all():
            expect(node).to_be_hidden()
    for part in (".og-x-picture", ".og-x-play", ".og-x-names li"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight") <= 780
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    link = page.get_by_role("link", name="Open in the explorer")
    page.wait_for_timeout(400)
    href = link.evaluate("link => link.href")
    assert href == f"{visit.site}/{PAGE}#fn=beale&run=sgd@0.01&step=9"


def show_page(page: Page, site: str, body: str) -> None:
    """Open a page of a visitor's own."""
    address = f"{site}/lecture.html"
    page.route(address, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(address)


def test_the_copied_iframe_works_in_another_page(visit: Visit) -> None:
    page = opened(visit)
    button(page, "Copy the iframe").click()
    expect(page.locator(".og-copied")).to_have_text("The iframe is copied")
    code = page.evaluate("navigator.clipboard.readText()")
    title = "AdamW, lr 0.01; AdamW, lr 0.3; AdamW, lr 1 on Beale"
    assert f'title="{title}"' in code
    assert f'src="{visit.site}/{PAGE}#embed&amp;fn=beale' in code
    assert 'width="640"' in code
    show_page(page, visit.site, f"<h1>A lecture</h1><p>Watch:</p>{code}")
    frame = page.frame_locator(f"iframe[title='{title}']")
    expect(frame.locator(".og-x-step")).to_have_text("60 / 200")
    expect(frame.locator(".og-x-names li")).to_have_count(3)
    expect(frame.locator("h1")).to_be_hidden()
    frame.get_by_role("button", name="Play", exact=True).click()
    expect(frame.locator(".og-x-step")).not_to_have_text("60 / 200")
    # without permission for a full screen, the presentation fills the iframe
    page.locator("iframe").evaluate("frame => frame.removeAttribute('allow')")
    frame.get_by_role("button", name="Present on the whole screen").click()
    expect(frame.get_by_role("button", name="End the presentation")).to_be_visible()


def test_the_iframe_of_a_file_says_what_to_do(browser: Browser) -> None:
    with browser.new_context() as context:
        visit = Visit(context.new_page(), "file:")
        page = visit.page
        page.goto(f"{(SITE / PAGE).as_uri()}{PAUSED}")
        button(page, "Copy the iframe").click()
        expect(page.locator(".og-copied")).to_contain_text(
            "copy the iframe from the published site"
        )
        assert visit.faults == []


HIDDEN = {
    "no width": "root.style.width = '0'",
    "not displayed": "root.style.display = 'none'",
    "parent not displayed": "root.parentElement.style.display = 'none'",
    "no height of charts": "root.querySelectorAll('canvas').forEach(c => c.style.height = '0')",
}


@pytest.mark.parametrize("way", HIDDEN)
def test_an_explorer_without_a_size_draws_nothing_and_fails_nowhere(visit: Visit, way: str) -> None:
    page = opened(visit, THREE)
    page.evaluate(f"root => {{ {HIDDEN[way]} }}", page.locator(".og-explorer").element_handle())
    page.wait_for_timeout(300)
    page.keyboard.press("ArrowRight")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(500)


def test_an_iframe_without_width_and_a_printed_page_fail_nowhere(visit: Visit) -> None:
    page = opened(visit, THREE)
    page.emulate_media(media="print")
    page.pdf()
    page.emulate_media(media="screen")
    address = f"{visit.site}/{PAGE}#embed&{THREE[1:]}"
    frame = f'<iframe src="{address}" width="0" height="0" title="narrow"></iframe>'
    show_page(page, visit.site, frame)
    page.wait_for_timeout(1000)
    page.locator("iframe").evaluate("frame => { frame.width = frame.height = 600 }")
    expect(page.frame_locator("iframe").locator(".og-x-outcome")).to_have_count(3)
    page.wait_for_timeout(300)


def test_the_visible_text_of_a_control_is_in_its_name(visit: Visit) -> None:
    """WCAG 2.5.3: who speaks to the computer says what is written."""
    page = opened(visit)
    named = page.locator(".og-explorer :is(a, button, summary)[aria-label]:visible").evaluate_all(
        "nodes => nodes.map(node => [node.innerText.trim(), node.getAttribute('aria-label')])"
    )
    assert len(named) > 5
    for text, name in named:
        assert text.lower() in name.lower()
