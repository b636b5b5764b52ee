import numpy as np
import pytest

import optgallery as og
from optgallery.render.animation import animate
from optgallery.render.changes import changes
from optgallery.render.colors import TRANSPARENT
from optgallery.render.scene import Scene


@pytest.fixture(scope="module")
def scene() -> Scene:
    return animate(og.run("adam", "bukin_n6", lr=0.3, steps=30), size=121)._scene


@pytest.mark.parametrize(
    ("step", "shortest", "most", "grid"), [(4, 2, None, 1), (1, 2, None, 1), (17, 1, 1, 2)]
)
def test_patches_drawn_over_each_other_give_the_frames(
    scene: Scene, step: int, shortest: int, most: int | None, grid: int
) -> None:
    ticks = [step * k for k in range(scene.frames)]
    ticks.append(ticks[-1] + 100)
    canvas = np.full(scene.shape, TRANSPARENT, np.uint8)
    time = 0
    for patches, duration in changes(scene, ticks, shortest=shortest, most=most, grid=grid):
        assert len(patches) * shortest <= duration
        assert len(patches) <= (most or 2)
        for pixels, left, top in patches:
            assert left % grid == top % grid == 0
            part = canvas[top : top + len(pixels), left : left + pixels.shape[1]]
            part[:] = np.where(pixels == TRANSPARENT, part, pixels)
        time += duration
        shown = max(k for k in range(scene.frames) if ticks[k] < time)
        composed = [scene.compose(k) for k in (shown - 1, shown)]
        assert any(np.array_equal(canvas, frame) for frame in composed)
    assert time == ticks[-1]
    assert np.array_equal(canvas, scene.compose(scene.frames - 1))
