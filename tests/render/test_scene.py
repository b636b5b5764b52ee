"""The arrangement of panels, and frames drawn from scratch or over the previous one."""

import numpy as np
import pytest
from looks import LOOK

import optgallery as og
from optgallery.render.animation import animate
from optgallery.render.scene import arrange, make_scene, merge


@pytest.fixture(scope="module")
def runs():
    return tuple(og.run("sgd", name, steps=12, lr=0.05) for name in ("booth", "beale", "sphere"))


@pytest.mark.parametrize(
    ("count", "columns", "rows_and_columns"),
    [(1, None, (1, 1)), (3, None, (1, 3)), (5, None, (2, 3)), (8, None, (2, 4)), (3, 2, (2, 2))],
)
def test_panels_are_placed_in_balanced_rows_of_at_most_four(runs, count, columns, rows_and_columns):
    arrangement = arrange((runs * 3)[:count], 100, columns)
    rows, across = rows_and_columns
    lefts = {left for left, _ in arrangement.corners}
    tops = {top for _, top in arrangement.corners}
    assert (len(tops), len(lefts)) == rows_and_columns
    assert arrangement.shape[1] == across * 100 + (across - 1) * 8
    assert arrangement.shape[0] == rows * (100 + arrangement.layout.height) + (rows - 1) * 8


def test_a_frame_drawn_over_the_previous_one_is_that_drawn_from_scratch(runs):
    steps = np.array([0, 1, 2, 5, 9, 12])
    arrangement = arrange(runs, 90, None)
    scene = make_scene(runs, steps, LOOK, arrangement=arrangement, line_width=2.0)
    assert scene.frames == len(steps)
    before = None
    for number, (canvas, boxes) in enumerate(scene.play()):
        np.testing.assert_array_equal(canvas, scene.compose(number))
        if before is not None:
            allowed = np.zeros(scene.shape, bool)
            for top, bottom, left, right in boxes:
                allowed[top:bottom, left:right] = True
            assert not (canvas != before)[~allowed].any()
            assert (canvas != before).any()
        before = canvas.copy()


def test_boxes_that_add_least_are_joined_first():
    near, nearer, far = (0, 2, 0, 2), (0, 2, 2, 4), (50, 52, 50, 52)
    assert sorted(merge([near, nearer, far], 2)) == [(0, 2, 0, 4), far]
    assert merge([near, nearer, far], 1) == [(0, 52, 0, 52)]
    assert merge([near, far], 2) == [near, far]


def test_common_rows_are_the_same_for_all_runs_from_one_start() -> None:
    names = {"adam": 0.1, "sgd": 0.003, "lbfgs": 1.0}
    runs = [og.run(name, "beale", steps=30, lr=lr) for name, lr in names.items()]
    scenes = [animate(run, size=150)._scene for run in runs]
    assert {scene.common_rows for scene in scenes} == {150}
    first = [scene.compose(0)[:150] for scene in scenes]
    assert all(np.array_equal(rows, first[0]) for rows in first)
    assert animate(runs, size=150)._scene.common_rows == 0
