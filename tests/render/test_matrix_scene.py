"""Animations of matrices: frames, files, colours, and what is refused."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import optgallery as og
from optgallery.problems import associative_memory
from optgallery.render.colors import color_tables
from optgallery.render.matrix_scene import strip_height

NAMES = ["associative_memory", "factorisation", "decision_space"]


@pytest.fixture(scope="module")
def runs():
    return {name: og.run("adam", name, lr=0.1, steps=30) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_that_updates_the_previous_one_equals_one_drawn_from_scratch(runs, name):
    scene = og.animate(runs[name], size=150)._scene
    before = scene.compose(0)
    for number, (canvas, boxes) in enumerate(scene.play()):
        assert np.array_equal(canvas, scene.compose(number))
        if number:
            changed = canvas != before
            for top, bottom, left, right in boxes:
                changed[top:bottom, left:right] = False
            assert not changed.any()  # every change is in a box
        before = canvas.copy()


@pytest.mark.parametrize("name", NAMES)
def test_a_gif_shows_the_frames(runs, name):
    animation = og.animate(runs[name], size=120, frames=6)
    assert len(animation._rgb) <= 256
    with Image.open(BytesIO(animation.gif())) as gif:
        gif.seek(gif.n_frames - 1)
        shown = np.asarray(gif.convert("RGB"))
    assert np.array_equal(shown, animation.poster())


def test_dots_end_in_the_rings_of_their_colours():
    trajectory = og.run("sgd", associative_memory(k=2, a=1.0), lr=1.0, steps=200)
    animation = og.animate(trajectory, size=200)
    poster = animation.poster().astype(int)
    xmin, xmax, _, ymax = trajectory.problem.domain
    for target in trajectory.problem.targets:
        x = round((target[0] - xmin) / (xmax - xmin) * 199)
        y = round((ymax - target[1]) / (xmax - xmin) * 199)
        assert np.ptp(poster[y, x]) > 60  # a colour, neither ground nor white
    first, second = (
        poster[
            round((ymax - t[1]) / (xmax - xmin) * 199), round((t[0] - xmin) / (xmax - xmin) * 199)
        ]
        for t in trajectory.problem.targets
    )
    assert np.abs(first - second).sum() > 60


def test_the_strip_is_between_the_square_and_the_caption(runs):
    plain = og.animate(og.run("adam", "rosenbrock", lr=0.1, steps=30), size=200).shape
    height, width = og.animate(runs["decision_space"], size=200).shape
    assert (height - plain[0], width) == (strip_height(200), plain[1])


def test_a_surface_is_drawn_behind_the_outputs_of_decision_space(runs):
    animation = og.animate(runs["decision_space"], size=120)
    assert animation.surface().shape == (120, 120, 3)
    base = color_tables(animation._look).rgb
    assert np.array_equal(animation._rgb[: len(base)], base)
    with pytest.raises(ValueError, match="Factorisation has no surface"):
        og.animate(runs["factorisation"]).surface()


def test_panels_of_several_optimizers_share_the_axes_of_the_strip():
    slow, fast = (og.run("sgd", "associative_memory", lr=lr, steps=20) for lr in (0.01, 3.0))
    both = og.animate([slow, fast], size=120).frames()
    alone = og.animate(slow, size=120).frames()
    strip = slice(120, 120 + strip_height(120))
    together = [*both][-1][strip, :120]
    assert not np.array_equal(together, [*alone][-1][strip])


def test_points_and_matrices_are_not_mixed():
    with pytest.raises(ValueError, match="trajectories of points or of matrices, got both"):
        og.animate([og.run("sgd", "sphere"), og.run("sgd", "factorisation")])


@pytest.mark.parametrize("suffix", ["gif", "webp", "mp4", "png"])
def test_every_format_is_written(runs, suffix, tmp_path):
    path = og.animate(runs["factorisation"], size=120, frames=4).save(tmp_path / f"a.{suffix}")
    assert path.stat().st_size > 500


def test_an_output_that_leaves_the_picture_is_drawn_at_its_edge():
    trajectory = og.run("sgd", "associative_memory", lr=4.5, steps=60)
    assert np.abs(trajectory.paths).max() > trajectory.problem.domain.xmax
    assert len([*og.animate(trajectory, size=120).frames()]) == 61
