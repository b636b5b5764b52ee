"""Trajectories and surfaces as the explorer's scripts read them."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explorer_files import read

import optgallery as og
from optgallery import FUNCTIONS, LEARNING_RATES
from optgallery.render.surface import surface
from optgallery.sphinxext.explorer import directive, encoding
from optgallery.sphinxext.incremental.pictures import tile
from optgallery.sweeps.sweep import grid_functions


def whole(octets: bytes, count: int, size: int) -> np.ndarray:
    """Decode differences as explorer-data.js does."""
    planes = np.frombuffer(octets, np.uint8).reshape(size, count).astype(np.int64)
    folded = np.zeros(count, np.int64)
    for plane in planes:
        folded = folded * 256 + plane
    return np.where(folded % 2, -(folded // 2) - 1, folded // 2)


def columns(script: bytes) -> tuple[dict[str, Any], list[list[np.ndarray]]]:
    """Return a pair's head and its columns, each with one array for each run."""
    (_, _, head), body = read(script)
    rows = [run["rows"] for run in head["runs"]]
    size = 4 * sum(rows)
    splits = np.cumsum(rows)[:-1]
    return head, [
        [np.cumsum(part) for part in np.split(whole(body[i : i + size], sum(rows), 4), splits)]
        for i in range(0, len(body), size)
    ]


def reals(numbers: np.ndarray, bits: int) -> np.ndarray:
    spelled = (np.abs(numbers) << (23 - bits)) | np.where(numbers < 0, 1 << 31, 0)
    return spelled.astype(np.uint32).view(np.float32).astype(np.float64)


@pytest.mark.parametrize(
    ("optimizer", "function"),
    [("adamw", "beale"), ("sgd", "rosenbrock"), ("lbfgs", "beale"), ("momentum", "schwefel")],
)
def test_decoded_trajectories_are_exact_to_the_stated_precision(
    optimizer: str, function: str
) -> None:
    fn = FUNCTIONS[function]
    runs = [og.run(optimizer, fn, lr=lr) for lr in LEARNING_RATES]
    head, (x, y, heights, gradients, _, *costs) = columns(encoding.pack_runs("pair", runs))
    xmin, xmax, ymin, ymax = fn.domain
    width = np.array([xmax - xmin, ymax - ymin])
    for i, run in enumerate(runs):
        points = np.stack([x[i], y[i]], axis=1) / encoding.UNITS * width + [xmin, ymin]
        near = np.abs(run.points - [xmin, ymin]).max(axis=1) < 100 * width.min()
        assert (np.abs(points - run.points) <= 0.5001 * width / encoding.UNITS)[near].all()
        seen = np.isfinite(run.values) & (np.abs(run.values) < 1e38)
        height = run.values[seen] - head["base"]
        gap = np.abs(reals(heights[i], encoding.VALUE_BITS)[seen] - height)
        assert (gap <= 1.001 * 2.0**-16 * np.abs(height) + 1e-37).all()
        norm = np.hypot(*run.gradients.T)
        seen = np.isfinite(norm) & (norm < 1e38)
        gap = np.abs(reals(gradients[i], encoding.GRADIENT_BITS)[seen] - norm[seen])
        assert (gap <= 1.001 * 2.0**-9 * norm[seen] + 1e-37).all()
        spent = costs[0][i] if costs else np.arange(len(run)) * head["evaluations"]
        np.testing.assert_array_equal(spent, run.evaluations)
        said = head["runs"][i]
        assert (said["kind"], said["outcome"]) == (run.outcome.kind, str(run.outcome))
        assert said["rows"] == len(run)


SAMPLE = random.Random(17).sample(
    [(spec, fn) for spec in og.OPTIMIZERS for fn in grid_functions()], 12
)


@pytest.mark.parametrize(
    ("optimizer", "fn"),
    [
        *SAMPLE,
        *((name, FUNCTIONS["beale"]) for name in ("sgd", "momentum", "nesterov", "adam")),
        *((name, FUNCTIONS["rosenbrock"]) for name in ("adamw", "amsgrad", "rmsprop", "lbfgs")),
    ],
    ids=lambda entry: getattr(entry, "name", entry),
)
def test_the_curvature_along_the_runs_is_that_of_stability(
    optimizer: str, fn: og.TestFunction
) -> None:
    runs = list(og.sweep(optimizer, fn, jobs=1).values())
    head, stored = columns(encoding.pack_runs("pair", runs))
    values = og.OPTIMIZERS[optimizer].values(LEARNING_RATES)
    assert head["rates"] == [f"{value:g}" for value in values if value is not None]
    for i, run in enumerate(runs):
        told = head["runs"][i]
        if told["threshold"] is None:
            with pytest.raises(ValueError, match="no stability threshold is known"):
                og.stability(run)
            found = og.stability(run, threshold=1.0)
        else:
            found = og.stability(run)
            assert told["threshold"] == found.threshold
        assert head["preconditioned"] == found.preconditioned
        seen = np.isfinite(found.sharpness) & (np.abs(found.sharpness) < 1e38)
        back = reals(stored[4][i], encoding.SHARPNESS_BITS)
        gap = np.abs(back[seen] - found.sharpness[seen])
        assert (gap <= 1.001 * 2.0**-9 * np.abs(found.sharpness[seen]) + 1e-37).all()
        assert (np.isnan(back) == np.isnan(found.sharpness)).all()


@pytest.mark.parametrize(("optimizer", "lr"), [("adamw", 0.1), ("sgd", 1.0), ("lbfgs", 0.1)])
def test_the_playback_is_that_of_the_cell(optimizer: str, lr: float) -> None:
    run = og.run(optimizer, "rosenbrock", lr=lr)
    head, _ = columns(encoding.pack_runs("pair", [run]))
    frames, motion, hold = head["runs"][0]["playback"]
    shown = tile(run)
    assert frames == len(shown)
    assert motion + hold == pytest.approx(shown.seconds)
    assert 100 * hold == pytest.approx(shown.durations[-1])


def test_infinity_and_nan_are_kept_and_larger_numbers_are_clipped() -> None:
    given = np.array([np.inf, -np.inf, np.nan, 1e300, -1e300, 3.4028234e38, 0.0, -2.5])
    back = reals(encoding.rounded(given, encoding.VALUE_BITS), encoding.VALUE_BITS)
    assert back[0] == np.inf
    assert back[1] == -np.inf
    assert np.isnan(back[2])
    assert back[3] == -back[4] == back[5]
    assert 3.40e38 < back[3] < np.inf
    assert back[6:].tolist() == [0.0, -2.5]


def test_a_very_distant_point_keeps_its_direction_from_the_corner() -> None:
    diverged = og.run("sgd", "rosenbrock", lr=1.0)
    assert diverged.status == "diverged"
    _, (x, y, *_) = columns(encoding.pack_runs("pair", [diverged]))
    last = np.array([x[0][-1], y[0][-1]])
    assert np.abs(last).max() <= 2**29
    true = (diverged.points[-1] - [-2, -1]) / 4
    np.testing.assert_allclose(last / np.abs(last).max(), true / np.abs(true).max(), atol=1e-8)


@pytest.mark.parametrize("fn", grid_functions(), ids=lambda fn: fn.name)
def test_a_surface_stores_tones_and_how_to_compute_values(fn: og.TestFunction) -> None:
    script = encoding.pack_surface("surface", fn)
    (_, _, head), body = read(script)
    side = head["side"]
    bend = whole(body, side * side, 3).reshape(side, side)
    tone = bend.cumsum(axis=1).cumsum(axis=0) / encoding.TONES
    sample = surface(fn, side)
    assert np.abs(tone - sample.tone).max() <= 0.5001 / encoding.TONES
    rise = head["rise"]
    share = np.expm1(rise * sample.tone) / np.expm1(rise) if rise else sample.tone
    value = head["value"] + head["span"] * share
    seen = np.isfinite(sample.z)
    assert np.abs(value - sample.z)[seen].max() <= 1e-9 * head["span"]
    assert len(script) < 80_000


@pytest.mark.parametrize("name", ["log_beale", "log_booth"])
def test_values_above_a_clipped_pole_are_decoded(name: str) -> None:
    sample = surface(FUNCTIONS[name], 65)
    value, span, rise = encoding.scale_of(sample, "linear")
    above = sample.tone > 0
    assert rise == 0
    np.testing.assert_allclose((value + span * sample.tone)[above], sample.z[above], rtol=1e-9)


def test_eight_pairs_and_a_surface_are_within_the_size_limit() -> None:
    runs = [og.run("adamw", "ackley", lr=lr) for lr in LEARNING_RATES]
    pair = len(encoding.pack_runs("ackley/adamw", runs))
    assert 8 * pair + 80_000 < 200_000


def test_the_format_version_is_that_of_the_script() -> None:
    script = Path(directive.__file__).parent / "static" / "explorer-data.js"
    text = script.read_text(encoding="utf-8")
    for name, value in {
        "FORMAT": encoding.FORMAT,
        "UNITS": "2 ** 22",
        "VALUE_BITS": encoding.VALUE_BITS,
        "GRADIENT_BITS": encoding.GRADIENT_BITS,
        "SHARPNESS_BITS": encoding.SHARPNESS_BITS,
        "TONES": encoding.TONES,
    }.items():
        assert f"const {name} = {value};" in text
    assert encoding.UNITS == 2**22
