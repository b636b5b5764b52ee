import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import optgallery as og
from optgallery.render import fonts
from optgallery.render.caption import Ticker, broken, lay_out, number, pieces, status
from optgallery.render.colors import STRIP


@pytest.fixture(scope="module")
def trajectory() -> og.Trajectory:
    return og.run("adamw", "beale", steps=120, lr=0.003, weight_decay=0.5)


def drawn(ticker: Ticker, picture: int) -> np.ndarray:
    """Return the whole line of a picture."""
    height, width = ticker.shape
    return ticker.line(picture, (0, height, 0, width))


def test_the_still_part_names_optimizer_function_and_hyperparameters(
    trajectory: og.Trajectory,
) -> None:
    assert pieces(trajectory) == ["AdamW", "Beale", "lr 0.003", "weight_decay 0.5"]


def test_the_moving_part_counts_steps_and_values(trajectory: og.Trajectory) -> None:
    pad = fonts.FIGURE_SPACE
    assert status(trajectory, 7) == f"step {pad}{pad}7/120  f = {number(trajectory.values[7])}"
    assert status(trajectory, 120).startswith("step 120/120  f = ")


def test_a_diverged_run_says_so_at_its_end_and_not_before() -> None:
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
    layout = lay_out([run], width)
    assert layout.lines <= 2
    lines = broken(pieces(run), layout.font, layout.room)
    text = " ".join(text for line in lines for text, _ in line)
    assert fonts.ELLIPSIS not in text
    for piece in ("Schedule-Free AdamW", "Goldstein-Price", "lr 0.003"):
        assert piece in text
    for line in lines:
        assert sum(fonts.measure(t, f, layout.font) for t, f in line) <= layout.room


@pytest.mark.parametrize("width", [100, 160, 400])
def test_the_moving_line_fits_whatever_the_value(trajectory: og.Trajectory, width: int) -> None:
    values = np.geomspace(1e-300, 1e300, len(trajectory)) * -1.234
    run = replace(trajectory, values=values)
    layout = lay_out([run], width)
    steps = range(len(run))
    widest = max(fonts.measure(status(run, k, 4), "sans", layout.font) for k in steps)
    assert widest <= layout.room
    assert layout.moving(run, list(steps)).shape[1] <= layout.room


def test_a_hyperparameter_that_fits_no_line_is_shortened(trajectory: og.Trajectory) -> None:
    run = replace(trajectory, hparams={"lr": 0.1, "note": "x" * 200})
    layout = lay_out([run], 160)
    lines = broken(pieces(run), layout.font, layout.room)
    assert lines[-1][-1][0].endswith(fonts.ELLIPSIS)
    assert layout.still(run).shape == (layout.height, 160)


def test_boxes_hold_all_that_changes_and_little_else(trajectory: og.Trajectory) -> None:
    layout = lay_out([trajectory], 400)
    ticker = layout.moving(trajectory, list(range(121)))
    lines = [drawn(ticker, k) for k in range(121)]
    for k in range(1, 121):
        changed = np.argwhere(lines[k] != lines[k - 1])
        top, bottom, left, right = ticker.boxes[k]
        assert (changed >= (top, left)).all()
        assert (changed < (bottom, right)).all()
        assert bottom - top <= layout.font


def test_moving_letters_take_two_bits_and_still_ones_four_at_most(
    trajectory: og.Trajectory,
) -> None:
    layout = lay_out([trajectory], 400)
    ticker = layout.moving(trajectory, [0, 60, 120])
    assert set(np.unique([drawn(ticker, k) for k in range(3)])) == {1, 2, 3}
    still = layout.still(trajectory)
    assert still.max() <= 7
    assert (still != STRIP).any()


def stopped(trajectory: og.Trajectory, reason: str) -> og.Trajectory:
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
def test_any_reason_and_any_name_is_drawn_in_the_same_place(
    trajectory: og.Trajectory, width: int, reason: str
) -> None:
    run = replace(stopped(trajectory, reason), hparams={"lr": 0.1, "note": reason})
    layout = lay_out([run], width)
    ticker = layout.moving(run, [0, len(run) - 1])
    assert ticker.shape[1] <= layout.room
    assert ticker.shape[0] == fonts.line_height(layout.font)
    assert (drawn(ticker, 1) != STRIP).any()
    assert layout.still(run).shape == (layout.height, width)


def test_a_reason_as_long_as_a_book_takes_no_memory_and_no_time(
    trajectory: og.Trajectory,
) -> None:
    run = replace(stopped(trajectory, "x" * 5_000_000), hparams={"note": "\u5024" * 5_000_000})
    layout = lay_out([run], 2000)
    tracemalloc.start()
    ticker = layout.moving(run, list(range(len(run))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
    assert np.array_equal(
        drawn(ticker, len(run) - 1)[:, : fonts.measure("diverged", "sans", layout.font)],
        drawn(layout.moving(stopped(trajectory, "y"), [len(run) - 1]), 0)[
            :, : fonts.measure("diverged", "sans", layout.font)
        ],
    )


@pytest.mark.parametrize("width", [240, 300, 400])
def test_a_long_reason_is_shortened_and_not_dropped(trajectory: og.Trajectory, width: int) -> None:
    reason = "the loss is NaN in the third layer of the encoder, where a variance became negative"
    run = stopped(trajectory, reason)
    layout = lay_out([run], width)
    told = layout.told(run, len(run) - 1)
    assert fonts.measure(told, "sans", layout.font) <= layout.room
    assert told.endswith(fonts.ELLIPSIS)
    whole = f"diverged at step 120: {reason}"
    kept = told.removesuffix(fonts.ELLIPSIS)
    assert whole.startswith(kept)
    # one letter more would not fit
    more = whole[: len(kept) + 2] + fonts.ELLIPSIS
    assert fonts.measure(more, "sans", layout.font) > layout.room
    ticker = layout.moving(run, list(range(len(run))))
    assert ticker.shape[1] <= layout.room
    rare = fonts.rare([told])
    placed = fonts.typeset([told], layout.font, rare)
    assert placed.shape[1] == fonts.measure(told, "sans", layout.font)
    np.testing.assert_array_equal(
        drawn(ticker, 120)[:, : placed.shape[1]] != STRIP,
        drawn(layout.moving(run, [120]), 0) != STRIP,
    )


def test_a_reason_of_which_too_little_would_be_left_is_dropped(trajectory: og.Trajectory) -> None:
    run = stopped(trajectory, "the value became infinite")
    assert lay_out([run], 130).told(run, 120) == "diverged at step 120"
    short = stopped(trajectory, "NaN")
    assert lay_out([short], 160).told(short, 120) == "diverged at step 120: NaN"


def test_a_long_reason_takes_no_digits_from_the_values(trajectory: og.Trajectory) -> None:
    run = stopped(trajectory, "the value became infinite, " * 9)
    layout = lay_out([run], 300)
    steps = list(range(120))
    with_it, without = (layout.moving(t, steps) for t in (run, stopped(trajectory, "")))
    for step in steps:
        np.testing.assert_array_equal(drawn(with_it, step), drawn(without, step))


def test_without_a_reason_no_colon_waits_for_one(trajectory: og.Trajectory) -> None:
    assert status(stopped(trajectory, ""), len(trajectory)) == "diverged at step 120"
