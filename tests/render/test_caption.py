import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import optgallery as og
from optgallery.render import fonts
from optgallery.render.caption import StatusLine, caption_parts, choose_layout, number, status, wrap
from optgallery.render.colors import STRIP


@pytest.fixture(scope="module")
def trajectory() -> og.Trajectory:
    return og.run("adamw", "beale", steps=120, lr=0.003, weight_decay=0.5)


def whole_line(status_line: StatusLine, frame: int) -> np.ndarray:
    """Return the whole status line in a frame."""
    height, width = status_line.shape
    return status_line.line(frame, (0, height, 0, width))


def test_the_static_part_names_optimizer_function_and_hyper_parameters(
    trajectory: og.Trajectory,
) -> None:
    assert caption_parts(trajectory) == ["AdamW", "Beale", "lr 0.003", "weight_decay 0.5"]


def test_the_status_line_shows_step_and_value(trajectory: og.Trajectory) -> None:
    pad = fonts.FIGURE_SPACE
    assert status(trajectory, 7) == f"step {pad}{pad}7/120  f = {number(trajectory.values[7])}"
    assert status(trajectory, 120).startswith("step 120/120  f = ")


def test_the_status_of_a_diverged_run_changes_at_its_end() -> None:
    run = og.run("sgd", "rosenbrock", lr=0.01)
    assert run.status == "diverged"
    last = len(run) - 1
    assert "diverged" not in status(run, last - 1)
    for step in (last, last + 50):
        assert status(run, step) == f"diverged at step {run.stopped_at}: {run.reason}"
        assert status(run, step, 1) == f"diverged at step {run.stopped_at}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (14.203125, "14.2"),
        (-186.7309, "-187"),
        (0.5, "0.500"),
        (99999.0, "99999"),
        (123456.0, "1.23e+05"),
        (1e-16, "1.00e-16"),
        (-1e300, "-1.00e+300"),
        (np.inf, "inf"),
        (-np.inf, "-inf"),
        (np.nan, "undefined"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("width", [160, 240, 400])
def test_the_longest_names_fit_a_tile(trajectory: og.Trajectory, width: int) -> None:
    run = replace(
        trajectory,
        optimizer=replace(trajectory.optimizer, title="Schedule-Free AdamW"),
        test_fn=og.FUNCTIONS["goldstein_price"],
        hparams={"lr": 0.003},
    )
    layout = choose_layout([run], width)
    assert layout.lines <= 2
    lines = wrap(caption_parts(run), layout.font, layout.room)
    text = " ".join(text for line in lines for text, _ in line)
    assert fonts.ELLIPSIS not in text
    for part in ("Schedule-Free AdamW", "Goldstein-Price", "lr 0.003"):
        assert part in text
    for line in lines:
        assert sum(fonts.measure(t, f, layout.font) for t, f in line) <= layout.room


@pytest.mark.parametrize("width", [100, 160, 400])
def test_the_status_line_fits_for_any_value(trajectory: og.Trajectory, width: int) -> None:
    values = np.geomspace(1e-300, 1e300, len(trajectory)) * -1.234
    run = replace(trajectory, values=values)
    layout = choose_layout([run], width)
    steps = range(len(run))
    widest = max(fonts.measure(status(run, k, 4), "sans", layout.font) for k in steps)
    assert widest <= layout.room
    assert layout.draw_status(run, list(steps)).shape[1] <= layout.room


def test_a_hyper_parameter_wider_than_a_line_is_shortened(trajectory: og.Trajectory) -> None:
    run = replace(trajectory, hparams={"lr": 0.1, "note": "x" * 200})
    layout = choose_layout([run], 160)
    lines = wrap(caption_parts(run), layout.font, layout.room)
    assert lines[-1][-1][0].endswith(fonts.ELLIPSIS)
    assert layout.draw_static(run).shape == (layout.height, 160)


def test_boxes_enclose_the_changes_tightly(trajectory: og.Trajectory) -> None:
    layout = choose_layout([trajectory], 400)
    status_line = layout.draw_status(trajectory, list(range(121)))
    lines = [whole_line(status_line, k) for k in range(121)]
    for k in range(1, 121):
        changed = np.argwhere(lines[k] != lines[k - 1])
        top, bottom, left, right = status_line.boxes[k]
        assert (changed >= (top, left)).all()
        assert (changed < (bottom, right)).all()
        assert bottom - top <= layout.font


def test_text_uses_few_palette_indices(
    trajectory: og.Trajectory,
) -> None:
    layout = choose_layout([trajectory], 400)
    status_line = layout.draw_status(trajectory, [0, 60, 120])
    assert set(np.unique([whole_line(status_line, k) for k in range(3)])) == {1, 2, 3}
    static = layout.draw_static(trajectory)
    assert static.max() <= 7
    assert (static != STRIP).any()


def diverged(trajectory: og.Trajectory, reason: str) -> og.Trajectory:
    return replace(trajectory, status="diverged", stopped_at=len(trajectory) - 1, reason=reason)


REASONS = {
    "emoji": "\N{COLLISION SYMBOL} left the box",
    "Japanese": "\u5024\u304c\u7121\u9650\u5927",
    "combining marks": "x\u0301 e\u0301 \u0301",
    "control characters": "\x1b[31mred\x1b[0m\x00\x07",
    "several lines": "first\n\tsecond\r\nthird\u2028fourth",
    "Hebrew and numbers": "\u05e9\u05dc\u05d5\u05dd (1.5) abc",
    "Arabic": "\u062e\u0637\u0623 \u0661\u0662 \u0644\u0627",
    "half a surrogate pair": "\ud800 bytes",
    "private and unassigned": "\ue000 \u0378",
    "invisible": "\u200b\u2060\ufe0f",
    "nothing": "",
}


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
@pytest.mark.parametrize("width", [100, 400])
def test_any_text_is_drawn_in_the_space_of_the_caption(
    trajectory: og.Trajectory, width: int, reason: str
) -> None:
    run = replace(diverged(trajectory, reason), hparams={"lr": 0.1, "note": reason})
    layout = choose_layout([run], width)
    status_line = layout.draw_status(run, [0, len(run) - 1])
    assert status_line.shape[1] <= layout.room
    assert status_line.shape[0] == fonts.line_height(layout.font)
    assert (whole_line(status_line, 1) != STRIP).any()
    assert layout.draw_static(run).shape == (layout.height, width)


def test_a_very_long_reason_takes_little_memory(
    trajectory: og.Trajectory,
) -> None:
    run = replace(diverged(trajectory, "x" * 5_000_000), hparams={"note": "\u5024" * 5_000_000})
    layout = choose_layout([run], 2000)
    tracemalloc.start()
    status_line = layout.draw_status(run, list(range(len(run))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    assert np.array_equal(
        whole_line(status_line, len(run) - 1)[:, : fonts.measure("diverged", "sans", layout.font)],
        whole_line(layout.draw_status(diverged(trajectory, "y"), [len(run) - 1]), 0)[
            :, : fonts.measure("diverged", "sans", layout.font)
        ],
    )


@pytest.mark.parametrize("width", [240, 300, 400])
def test_a_long_reason_is_shortened_and_not_dropped(trajectory: og.Trajectory, width: int) -> None:
    reason = "the loss is NaN in the third layer of the encoder, where a variance became negative"
    run = diverged(trajectory, reason)
    layout = choose_layout([run], width)
    text = layout.status(run, len(run) - 1)
    assert fonts.measure(text, "sans", layout.font) <= layout.room
    assert text.endswith(fonts.ELLIPSIS)
    whole = f"diverged at step 120: {reason}"
    kept = text.removesuffix(fonts.ELLIPSIS)
    assert whole.startswith(kept)
    # one letter more would not fit
    more = whole[: len(kept) + 2] + fonts.ELLIPSIS
    assert fonts.measure(more, "sans", layout.font) > layout.room
    line = layout.draw_status(run, list(range(len(run))))
    assert line.shape[1] <= layout.room
    extra = fonts.extra([text])
    placed = fonts.typeset([text], layout.font, extra)
    assert placed.shape[1] == fonts.measure(text, "sans", layout.font)
    np.testing.assert_array_equal(
        whole_line(line, 120)[:, : placed.shape[1]] != STRIP,
        whole_line(layout.draw_status(run, [120]), 0) != STRIP,
    )


def test_a_reason_of_which_too_little_would_be_left_is_dropped(trajectory: og.Trajectory) -> None:
    run = diverged(trajectory, "the value became infinite")
    assert choose_layout([run], 130).status(run, 120) == "diverged at step 120"
    short = diverged(trajectory, "NaN")
    assert choose_layout([short], 160).status(short, 120) == "diverged at step 120: NaN"


def test_a_long_reason_takes_no_digits_from_the_values(trajectory: og.Trajectory) -> None:
    run = diverged(trajectory, "the value became infinite, " * 9)
    layout = choose_layout([run], 300)
    steps = list(range(120))
    with_it, without = (layout.draw_status(t, steps) for t in (run, diverged(trajectory, "")))
    for step in steps:
        np.testing.assert_array_equal(whole_line(with_it, step), whole_line(without, step))


def test_an_empty_reason_is_omitted_with_its_colon(trajectory: og.Trajectory) -> None:
    assert status(diverged(trajectory, ""), len(trajectory)) == "diverged at step 120"
