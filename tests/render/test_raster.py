from itertools import pairwise

import numpy as np
import pytest

from optgallery.render import raster


def coverage(strokes: raster.Strokes, frame: int, shape: tuple[int, int]) -> np.ndarray:
    levels = np.zeros(shape[0] * shape[1], np.uint8)
    for k in range(frame + 1):
        new = slice(strokes.ends[k], strokes.ends[k + 1])
        levels[strokes.pixels[new]] = strokes.levels[new]
    return levels.reshape(shape)


def by_brute_force(points: np.ndarray, shape: tuple[int, int], width: float) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    distance = np.full(shape, np.inf)
    for (x0, y0), (x1, y1) in pairwise(points):
        if (x0, y0) == (x1, y1):
            continue
        length = np.hypot(x1 - x0, y1 - y0)
        t = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2
        t = np.clip(t, 0, 1)
        distance = np.minimum(distance, np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0)))
    return np.floor(np.clip(width / 2 + 0.5 - distance, 0, 1) * raster.LEVELS + 0.5)


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 7.5])
@pytest.mark.parametrize("spread", [3.0, 40.0, 400.0])
def test_coverage_follows_from_the_distance_to_the_path(width: float, spread: float) -> None:
    rng = np.random.default_rng(5)
    points, shape = 30 + spread * rng.standard_normal((25, 2)), (60, 80)
    strokes = raster.strokes(points, np.arange(1, 25), 25, shape, width)
    for frame in (0, 1, 9, 24):
        expected = by_brute_force(points[: frame + 1], shape, width)
        assert np.array_equal(coverage(strokes, frame, shape), expected)


def test_the_pixels_that_a_frame_adds_are_in_its_box() -> None:
    rng = np.random.default_rng(6)
    points, shape = 30 + 20 * rng.standard_normal((25, 2)), (60, 80)
    strokes = raster.strokes(points, np.arange(1, 25) // 2, 13, shape, 2.0)
    for k, (top, bottom, left, right) in enumerate(strokes.boxes):
        y, x = np.divmod(strokes.pixels[strokes.ends[k] : strokes.ends[k + 1]], shape[1])
        assert ((top <= y) & (y < bottom) & (left <= x) & (x < right)).all()


def test_a_path_that_does_not_move_or_stays_outside_adds_no_pixels() -> None:
    for points in (np.full((5, 2), 20.0), np.full((5, 2), 1e7), np.zeros((1, 2))):
        strokes = raster.strokes(points, np.arange(len(points) - 1), len(points), (40, 40), 2.0)
        assert strokes.ends[-1] == 0
        assert (strokes.boxes[:, 1] <= strokes.boxes[:, 0]).all()


def test_a_long_jump_is_clipped_to_the_canvas() -> None:
    points = np.array([[20.0, 20.0], [1e7 + 20, 20.0]])
    strokes = raster.strokes(points, np.array([0]), 1, (40, 40), 2.0)
    assert np.array_equal(
        coverage(strokes, 0, (40, 40)), by_brute_force(np.array([[20, 20], [60, 20]]), (40, 40), 2)
    )


def test_segments_are_clipped_to_the_box() -> None:
    start = np.array([[-5.0, 5.0], [5, 5], [-5, -5], [2, 2], [-5, 20], [5, -9]])
    end = np.array([[15.0, 5.0], [5, 25], [-1, 30], [3, 3], [30, 20], [5, -3]])
    first, last, inside = raster.clip_segments(start, end, np.array([[0.0, 0.0], [10.0, 10.0]]))
    assert inside.tolist() == [True, True, False, True, False, False]
    assert first.tolist() == [[0, 5], [5, 5], [2, 2]]
    assert last.tolist() == [[10, 5], [5, 10], [3, 3]]


def test_a_segment_that_passes_outside_a_corner_is_omitted() -> None:
    _, _, inside = raster.clip_segments(
        np.array([[-3.0, 8.0]]), np.array([[8.0, 19.0]]), np.array([[0.0, 0.0], [10.0, 10.0]])
    )
    assert not inside.any()


def test_a_disc_covers_its_area() -> None:
    for radius in (2.0, 3.5, 6.0):
        window = raster.windows_around(np.array([[10.3, 20.7]]), radius + 1)
        area = raster.quantise(raster.disc(window, radius)).sum() / raster.LEVELS
        assert area == pytest.approx(np.pi * radius**2, rel=0.03)


@pytest.mark.parametrize("angle", [0.0, 0.5, 2.0, -1.2])
def test_an_arrowhead_points_in_its_direction(angle: float) -> None:
    ahead = np.array([[np.cos(angle), np.sin(angle)]])
    aside = np.array([[-ahead[0, 1], ahead[0, 0]]])
    for along, across, inside in (
        (9.8, 0.0, True),
        (10.2, 0.0, False),
        (-4.8, 0.0, True),
        (-5.2, 0.0, False),
        (-4.8, 8.4, True),
        (-4.8, -8.4, True),
        (2.0, 6.0, False),
    ):
        offset = along * ahead + across * aside
        window = raster.Windows(
            np.array([0]), np.array([0]), offset[:, 0, None, None], offset[:, 1, None, None]
        )
        assert (raster.arrowhead(window, ahead, 10.0)[0, 0, 0] < 0) == inside
