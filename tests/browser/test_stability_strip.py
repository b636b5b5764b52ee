"""The stability strip under a picture: its words, its cursor, its colours, its link."""

import io
import re
from base64 import b64decode

import numpy as np
import pytest
from conftest import SITE, Visit
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import optgallery as og

RMSPROP = "optimizers/plot_opt_rmsprop.html"
LION = "optimizers/plot_opt_lion.html"


def opened(page: Page, cell: str) -> Locator:
    """Open the player of a cell, and return its strip when it is drawn."""
    page.locator(f"[id='{cell}'] .og-tile").click()
    strip = page.locator(".og-player .og-strip")
    expect(strip).to_have_attribute("data-step", re.compile(r"\d+"))
    return strip


def pixels(canvas: Locator) -> np.ndarray:
    png = b64decode(canvas.evaluate("canvas => canvas.toDataURL()").partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.int16)


def test_the_player_tells_when_the_curvature_is_above_the_threshold(visit: Visit) -> None:
    strip = opened(visit.open(RMSPROP), "rmsprop-beale-lr-0.1")
    found = og.stability(og.run("rmsprop", "beale", lr=0.1))
    label = strip.locator("canvas").get_attribute("aria-label") or ""
    assert f"above the threshold of {found.threshold:g} at {found.unstable.sum()} of 201" in label
    assert f"first at step {found.crossing};" in label
    expect(strip).to_contain_text("preconditioned for RMSprop")
    expect(strip).to_contain_text("above the line, a step of this size overshoots")


def test_the_strip_is_as_wide_as_the_picture_and_links_to_its_explanation(visit: Visit) -> None:
    page = visit.open(RMSPROP)
    strip = opened(page, "rmsprop-beale-lr-0.1")
    picture, canvas = (
        box.bounding_box()
        for box in (page.locator(".og-player .og-frame"), strip.locator("canvas"))
    )
    assert picture is not None
    assert canvas is not None
    assert canvas["width"] == pytest.approx(picture["width"], abs=1)
    assert canvas["x"] == pytest.approx(picture["x"], abs=1)
    assert 28 <= canvas["height"] <= 40
    strip.get_by_role("link", name="What is this strip?").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The stability strip")


def steps(page: Page, cell: str) -> tuple[int, int, int]:
    """Return the step of the frame that is on the screen, and the cursor's before and after."""
    picture = page.locator(".og-player .og-frame")
    before = page.locator(".og-player .og-strip").get_attribute("data-step")
    seen = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    after = page.locator(".og-player .og-strip").get_attribute("data-step")
    assert before
    assert after
    optimizer, function, lr = cell.split("/")
    run = og.run(optimizer, function, lr=float(lr))
    animation = og.animate(run, size=240, frames=30, colors=18, levels=8)  # as in a cell
    frames = np.array(list(animation.frames()), float)
    height, width = frames.shape[1:3]
    part = np.asarray(seen.resize((width, height), Image.Resampling.BOX), float)
    # the lower left corner has the number of the step
    gaps = np.abs(frames - part)[:, -30:, :150].mean(axis=(1, 2, 3))
    return int(animation.steps[int(np.argmin(gaps))]), int(before), int(after)


def assert_together(step: int, before: int, after: int) -> None:
    """The frame is at most two frames before or after the cursor; the GIF may begin again."""
    assert min(abs(step - before), abs(step - after)) <= 12 or before < step < after


def test_the_cursor_is_at_the_step_that_the_picture_shows(visit: Visit) -> None:
    page = visit.open(RMSPROP)
    # the cell under the pointer plays already, so that its GIF is at some other frame
    page.locator("[id='rmsprop-beale-lr-0.1'] .og-tile").hover()
    page.wait_for_timeout(700)
    opened(page, "rmsprop-beale-lr-0.1")
    seen = []
    for _ in range(4):
        page.wait_for_timeout(430)
        found = steps(page, "rmsprop/beale/0.1")
        assert_together(*found)
        seen.append(found[0])
    assert len(set(seen)) > 2
    player = page.get_by_role("dialog")
    player.get_by_role("button", name="Pause the animation").click()
    expect(page.locator(".og-player .og-strip")).to_have_attribute("data-step", "200")
    expect(page.locator(".og-player .og-still")).to_be_visible()
    expect(page.locator(".og-player .og-playing")).to_have_count(0)


def test_with_reduced_motion_the_cursor_stands_at_the_end(browser: Browser, site: str) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{site}/{RMSPROP}")
        strip = opened(page, "rmsprop-beale-lr-0.1")
        before = pixels(strip.locator("canvas"))
        page.wait_for_timeout(300)
        assert np.array_equal(pixels(strip.locator("canvas")), before)
        expect(strip).to_have_attribute("data-step", "200")


def test_where_no_threshold_is_known_there_is_no_line(visit: Visit) -> None:
    strip = opened(visit.open(LION), "lion-beale-lr-0.1")
    expect(strip).to_contain_text("No threshold is known for Lion, so there is no line.")
    label = strip.locator("canvas").get_attribute("aria-label") or ""
    assert "no threshold is known" in label


def test_a_player_without_data_has_no_strip(visit: Visit) -> None:
    page = visit.open(RMSPROP)
    page.route("**/explorer/beale/rmsprop.js*", lambda route: route.fulfill(body=""))
    page.locator("[id='rmsprop-beale-lr-0.1'] .og-tile").click()
    expect(page.locator(".og-player .og-playing")).to_be_visible()
    expect(page.locator(".og-player .og-strip")).to_have_count(0)


def test_a_player_from_a_file_has_the_strip(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((SITE / RMSPROP).as_uri())
        opened(page, "rmsprop-beale-lr-0.1")
        page.wait_for_timeout(800)
        assert_together(*steps(page, "rmsprop/beale/0.1"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_part_above_the_line_is_coloured(visit: Visit, scheme: str) -> None:
    visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = visit.open("explorer.html#fn=beale&run=sgd@0.1&step=200")
    expect(page.locator(".og-x-strip")).to_have_attribute("aria-label", re.compile("above the"))
    page.wait_for_timeout(200)
    danger = page.locator(".og-x-strip").evaluate(
        """canvas => {
            const span = document.createElement("span");
            span.style.color = "var(--pst-color-danger)";
            canvas.after(span);
            const found = getComputedStyle(span).color.match(/\\d+/g).slice(0, 3).map(Number);
            span.remove();
            return found;
        }"""
    )
    off = np.abs(pixels(page.locator(".og-x-strip")) - danger).max(axis=-1)
    assert (off <= 3).sum() > 5


def test_in_the_explorer_the_cursor_moves_and_the_strip_chooses_the_step(visit: Visit) -> None:
    page = visit.open("explorer.html#fn=beale&run=adam@0.3&run=lion@0.1&step=60")
    strip = page.locator(".og-x-strip")
    expect(page.locator(".og-x-legend")).to_contain_text("Not drawn: Lion, without a threshold.")
    found = og.stability(og.run("adam", "beale", lr=0.3))
    label = strip.get_attribute("aria-label") or ""
    assert f"Adam, lr 0.3 never above the threshold of {found.threshold:.3g}" in label
    before = pixels(strip)
    box = strip.bounding_box()
    assert box is not None
    strip.click(position={"x": box["width"] / 2, "y": 10})
    expect(page.locator(".og-x-step")).to_have_text("100 / 200")
    page.wait_for_timeout(100)
    moved = np.abs(pixels(strip) - before).max(axis=(0, 2)) > 30
    share = np.flatnonzero(moved) / moved.size
    assert share.min() == pytest.approx(0.3, abs=0.02)
    assert share.max() == pytest.approx(0.5, abs=0.02)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".og-x-step")).to_have_text("101 / 200")


@pytest.mark.parametrize("run", ["lion@0.1", "lbfgs@0.1"])
def test_in_the_explorer_a_run_without_threshold_has_its_curvature(visit: Visit, run: str) -> None:
    page = visit.open(f"explorer.html#fn=beale&run={run}&step=60")
    expect(page.locator(".og-x-legend")).to_contain_text("No threshold is known for L")
    page.wait_for_timeout(200)
    assert len(np.unique(pixels(page.locator(".og-x-strip")).reshape(-1, 3), axis=0)) > 5
