"""Stills: the path of the last frame as SVG, within half a pixel."""

import re

import numpy as np
import pytest

import optgallery as og
from optgallery.render.background import to_pixels
from optgallery.render.still import GRID, frame, still

SIZE = 240
RUNS = {
    "a straight line": ("sgd", "sphere", 0.1),
    "a curve": ("adamw", "beale", 0.1),
    "zigzag": ("sgd", "booth", 0.1),
    "scribble": ("sgd", "rastrigin", 0.03),
    "leaves and returns": ("sgd", "rastrigin", 0.3),
    "diverges": ("sgd", "rosenbrock", 0.3),
    "far away": ("sgd", "booth", 1.0),
    "starts at the edge": ("adam", "langermann", 0.3),
}


def lines(path: str) -> list[np.ndarray]:
    """Return the vertices of each part of a path in pixels."""
    found = []
    for part in re.findall(r"M[^M]*", path):
        numbers = [[int(n) for n in re.findall(r"-?\d+", p)] for p in part.split("l")]
        first, moves = (np.array(n).reshape(-1, 2) for n in numbers)
        found.append(np.cumsum(np.vstack([first, moves]), axis=0) / GRID)
    return found


def distance(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the distance of each point to the nearest of the segments."""
    along = end - start
    share = ((points[:, None] - start) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
    nearest = start + share.clip(0, 1)[..., None] * along
    return np.linalg.norm(points[:, None] - nearest, axis=-1).min(axis=1)


@pytest.mark.parametrize("named", RUNS.values(), ids=RUNS)
def test_the_path_passes_every_iterate_within_half_a_pixel(named) -> None:
    optimizer, function, lr = named
    run = og.run(optimizer, function, lr=lr)
    points = to_pixels(run.test_fn, run.points, SIZE)
    drawn = still(run, SIZE)
    parts = lines(drawn.path)
    inside = points[((points >= 0) & (points <= SIZE - 1)).all(axis=1)]
    assert len(inside)
    starts, ends = (
        np.concatenate([p[i] for p in parts]) for i in (slice(None, -1), slice(1, None))
    )
    assert distance(inside, starts, ends).max() < 0.5
    # and nothing else: every vertex is near the run's own segments
    vertices = np.concatenate(parts)
    assert distance(vertices, points[:-1], points[1:]).max() < 0.5
    assert np.abs(vertices - SIZE / 2).max() < SIZE / 2 + 6, "far parts are not drawn"
    assert len(vertices) <= 2 * len(points)


def test_a_straight_line_has_two_vertices_and_a_run_at_rest_none() -> None:
    line = still(og.run("sgd", "sphere", lr=0.1), SIZE)
    assert len(np.concatenate(lines(line.path))) == 2
    at_rest = still(og.run("sgd", "sphere", lr=1e-12, steps=5), SIZE)
    assert at_rest.path == ""
    assert at_rest.start == at_rest.end


def test_a_run_that_ends_outside_has_an_arrowhead_at_the_edge_instead_of_a_point() -> None:
    run = og.run("sgd", "rosenbrock", lr=0.3)
    drawn = still(run, SIZE)
    assert drawn.end is None
    assert drawn.arrow.endswith("z")
    (corners,) = lines(drawn.arrow[:-1])
    assert corners.shape == (3, 2)
    assert ((corners >= -1) & (corners <= SIZE)).all()
    # it points to the last iterate
    tip = corners[0] - corners.mean(axis=0)
    away = to_pixels(run.test_fn, run.points[-1:], SIZE)[0] - corners.mean(axis=0)
    assert tip @ away / np.linalg.norm(tip) / np.linalg.norm(away) > 0.98


def test_the_box_covers_whole_pixels() -> None:
    left, top, width, height = map(int, frame(SIZE).box.split())
    assert (left, top) == (-GRID / 2, -GRID / 2), "the first pixel's centre is at 0"
    assert width == height == GRID * SIZE
