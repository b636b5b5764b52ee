"""Classes of behaviour, against labels given by eye and on paths made for the purpose."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from behaviour_sample import LABELS, agreement

import optgallery as og
from optgallery.analysis.behaviour import CLASSES, behaviour, behaviours

GUIDE = " ".join(
    (Path(__file__).parents[2] / "docs" / "guide" / "behaviour.rst").read_text().split()
)
UNIT = (lambda x, y: x**2 + y**2, {"xmin": -1, "xmax": 1, "ymin": -1, "ymax": 1, "x0": 1, "y0": 0})


def test_each_class_agrees_with_the_labels_in_95_of_100_cells() -> None:
    found = agreement("used")
    assert found.cells == 100
    assert max(found.differing.values()) <= 5
    assert found.whole >= 95


def test_the_guide_states_the_agreement_with_the_labels_that_were_held_out() -> None:
    found = agreement("held out")
    assert max(found.differing.values()) <= 5
    worst = found.cells - max(found.differing.values())
    right = found.cells * len(CLASSES) - sum(found.differing.values())
    said = f"each class agrees in at least {worst}, and {found.whole} agree in all classes"
    assert said in GUIDE
    assert f"{right:,} of {found.cells * len(CLASSES):,} decisions" in GUIDE


def test_the_guide_states_the_agreement_in_rare_classes() -> None:
    found = agreement("rare held out")
    least = {name: found.cells - number for name, number in found.differing.items()}
    assert f"Of {found.cells} further cells" in GUIDE
    for name, number in least.items():
        title = next(each.title for each in CLASSES if each.name == name)
        assert f"{title}: {number}" in GUIDE


def test_every_class_is_among_the_labels() -> None:
    labelled = {name for row in json.loads(LABELS.read_text())["cells"] for name in row["classes"]}
    assert labelled == {each.name for each in CLASSES}


def path(points: Any, fn: Any = UNIT) -> tuple[str, ...]:
    return behaviour(og.Trajectory.from_points(points, fn))


STEPS = np.arange(201)


def test_an_orbit_of_three_points_is_a_cycle() -> None:
    corners = np.array([(0.3, 0.0), (-0.2, 0.2), (-0.2, -0.2)])
    assert path(corners[STEPS % 3]) == ("cycles",)


@pytest.mark.parametrize(("period", "expected"), [(13, "cycles"), (14, "oscillates")])
def test_the_longest_orbit_is_visited_three_times(period: int, expected: str) -> None:
    angle = 2 * np.pi * STEPS / period
    assert path(np.column_stack([0.5 * np.cos(angle), 0.5 * np.sin(angle)])) == (expected,)


def test_an_orbit_that_turns_is_no_cycle() -> None:
    angle = np.pi * STEPS + 0.02 * STEPS
    assert path(np.column_stack([0.5 * np.cos(angle), 0.5 * np.sin(angle)])) == ("oscillates",)


def test_an_orbit_below_a_pixel_is_not_seen() -> None:
    points = np.column_stack([0.001 * (-1.0) ** STEPS + 0.5, np.zeros(201)])
    assert path(points) == ("hardly moves",)


def test_a_steady_path_is_still_on_its_way() -> None:
    assert path(np.column_stack([1 - STEPS / 400, np.zeros(201)])) == ("still on its way",)


def test_a_path_that_climbs_is_not_on_its_way() -> None:
    assert path(np.column_stack([0.1 + STEPS / 400, np.zeros(201)])) == ()


def test_a_path_that_stays_within_a_hundredth_hardly_moves() -> None:
    assert path(np.column_stack([1 - STEPS / 10_000, np.zeros(201)])) == ("hardly moves",)


def test_a_run_that_passes_its_end_overshoots() -> None:
    x = 4 * np.cos(2 * np.pi * STEPS / 40) * np.exp(-STEPS / 15.0)
    found = path(np.column_stack([x, 0 * x]), "sphere")
    assert found == ("global minimum", "overshoots")
    slower = path(np.column_stack([4 * np.exp(-STEPS / 15.0), 0 * x]), "sphere")
    assert slower == ("global minimum",)


def test_a_point_outside_counts_if_the_last_one_is_inside() -> None:
    x = np.where(STEPS == 100, 1.5, 0.5)
    assert "leaves and returns" in path(np.column_stack([x, 0 * x]))
    x = np.where(STEPS >= 100, 1.5, 0.5)
    assert path(np.column_stack([x, 0 * x])) == ()


def through_the_saddle(slowest: float) -> np.ndarray:
    """Return a path along the ridge to the saddle point and down to a minimum."""
    pace = np.where((STEPS > 60) & (STEPS < 120), slowest, 0.06)
    along = np.cumsum(pace)
    along -= along[90]
    return np.column_stack([np.where(along < 0, -along, 0), np.clip(along, 0, 2**0.5)])


def test_a_run_that_slows_down_at_a_saddle_point_escapes_it() -> None:
    found = path(through_the_saddle(0.0005), "saddle")
    assert "escapes a saddle" in found
    assert "global minimum" in found


def test_a_run_that_crosses_a_saddle_point_does_not_escape_it() -> None:
    assert "escapes a saddle" not in path(through_the_saddle(0.06), "saddle")


def test_a_kink_is_no_saddle_point() -> None:
    # the gradient of the flower has the norm 1 or more everywhere
    runs = og.sweep(["radam", "dog", "laprop", "rprop"], "flower", steps=200).values()
    assert "escapes a saddle" not in {name for names in behaviours(runs) for name in names}


def test_divergence_is_early_up_to_step_20() -> None:
    early, late = og.run("sgd", "rosenbrock", lr=0.01), og.run("sgd", "booth", lr=1.0)
    assert early.stopped_at is not None
    assert early.stopped_at <= 20
    assert behaviour(early) == ("diverges early",)
    assert late.stopped_at is not None
    assert late.stopped_at > 20
    assert behaviour(late) == ("diverges late",)


def test_a_local_minimum_is_not_a_global_one() -> None:
    run = og.run("sgd", "rastrigin", lr=0.001)
    assert behaviour(run)[0] == "local minimum"


def test_a_class_does_not_depend_on_the_other_runs() -> None:
    runs = list(og.sweep(["sgd", "adam", "lion"], ["levi_n13", "bird", "saddle"]).values())
    together = behaviours(runs)
    assert together == [behaviour(run) for run in runs]
    assert behaviours(runs[::-1]) == together[::-1]


def test_runs_of_any_length_are_classified() -> None:
    start = og.Trajectory.from_points([(0.5, 0.5)], UNIT)
    assert behaviour(start) == ("hardly moves",)
    assert (
        behaviours(og.run("sgd", "sphere", lr=0.1, steps=3, start=np.ones((5, 2))))
        == [("still on its way",)] * 5
    )
    assert behaviours([]) == []
    swept = og.sweep("sgd", "sphere", lrs=[0.1, 1.0])
    assert behaviours(swept) == behaviours(swept.values())


@pytest.mark.parametrize(
    ("call", "given"),
    [
        *((behaviour, "adam"), (behaviour, None), (behaviour, [1])),
        *((behaviours, ["adam"]), (behaviours, 3), (behaviours, og.run("sgd", "sphere", steps=1))),
    ],
)
def test_something_else_than_a_trajectory_is_an_error(call: Any, given: Any) -> None:
    with pytest.raises(TypeError, match=r"as run\(\) returns"):
        call(given)
