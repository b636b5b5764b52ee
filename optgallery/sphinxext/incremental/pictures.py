"""Pictures of animations, drawn once and cached in the store, however many pages show them."""

import hashlib
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import cache
from io import BytesIO
from struct import Struct
from typing import Any, NamedTuple

from PIL import Image

from optgallery.cache.fingerprint import UnidentifiableError, digest, identity, sources
from optgallery.cache.store import Store
from optgallery.functions import TestFunction
from optgallery.parallel.distribution import (
    cluster_address,
    map_unordered,
    parallel_is_faster,
    progress,
)
from optgallery.render import animation as animation_module
from optgallery.render.animation import Animation, animate
from optgallery.runs.trajectory import Trajectory

TILE: dict[str, Any] = {"size": 240, "frames": 36, "colors": 22}
"""Settings of the animation of a matrix cell.

With 22 colours of the surface, two between any two contour lines, the palette has at most 128 rows.
"""

_FORMAT = 1  # version of the stored bytes, to be increased with every change
_LENGTH = Struct("<Q")
_PNG_SIZE = Struct(">II")
_CHUNK = 100  # tiles in one task
_SECONDS = 0.012  # to draw a tile


class Drawn(NamedTuple):
    """The files of an animation: its GIF and its still."""

    gif: bytes
    png: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the PNG's header states them."""
        width, height = _PNG_SIZE.unpack_from(self.png, 16)
        return width, height

    def pack(self) -> bytes:
        """Return both files as one byte string."""
        return _LENGTH.pack(len(self.gif)) + self.gif + self.png

    @classmethod
    def unpack(cls, content: bytes) -> "Drawn":
        """Return the two files of a packed byte string."""
        (length,) = _LENGTH.unpack_from(content)
        body = content[_LENGTH.size :]
        return cls(body[:length], body[length:])


def drawn(animation: Animation, store: Store, key: str | None = None) -> Drawn:
    """Return the files of an animation from the store, or draw it; ``key`` is its `picture_key`."""
    key = key or picture_key(animation)
    content = store.get(key)
    if content is None:
        content = _draw(animation)
        store.put(key, content)
    return Drawn.unpack(content)


def last_frame(gif: bytes) -> bytes:
    """Return the last frame of a GIF as a PNG."""
    with Image.open(BytesIO(gif)) as frames:
        frames.seek(getattr(frames, "n_frames", 1) - 1)
        png = BytesIO()
        frames.convert("RGB").save(png, "PNG")
    return png.getvalue()


def tile(trajectory: Trajectory) -> Animation:
    """Return the animation of a matrix cell."""
    return animate(trajectory, **TILE)


def draw_tiles(trajectories: Sequence[Trajectory], store: Store, *, jobs: int | None = None) -> int:
    """Draw the tiles that are not in the store, over processes or a cluster.

    Parameters
    ----------
    trajectories : sequence of Trajectory
    store : Store
    jobs : int, optional
        Number of processes. If not given, one for each processor, or only this process if there are
        few tiles.

    Returns
    -------
    int
        The number of tiles drawn.
    """
    keys = {picture_key(tile(t)): t for t in trajectories}
    missing = sorted(
        (key for key in keys if key not in store),
        key=lambda key: keys[key].test_fn.name,  # a process draws each background once
    )
    if jobs is None and not parallel_is_faster(_SECONDS * len(missing)):
        jobs = 1
    chunks = [missing[i : i + _CHUNK] for i in range(0, len(missing), _CHUNK)]
    tasks = [([keys[key] for key in chunk],) for chunk in chunks]
    drawn = map_unordered(_draw_tiles, tasks, jobs=jobs, cluster=cluster_address())
    with progress("drawing", "GIFs", len(missing)) as bar, closing(drawn):
        for index, contents in drawn:
            for key, content in zip(chunks[index], contents, strict=True):
                store.put(key, content)
            bar.update(len(contents))
    return len(missing)


def picture_key(animation: Animation) -> str:
    """Return the store key of an animation, which covers everything its pixels depend on."""
    shown = [(_path_state(t), _surface_state(t.test_fn)) for t in animation.trajectories]
    return digest(_FORMAT, _drawing_code(), _settings_state(animation.settings()), shown)


def _draw(animation: Animation) -> bytes:
    return Drawn(animation.gif(), animation.png()).pack()


def _draw_tiles(trajectories: Sequence[Trajectory]) -> list[bytes]:
    return [_draw(tile(trajectory)) for trajectory in trajectories]


def _path_state(trajectory: Trajectory) -> tuple[str, ...]:
    """Return a digest of a path, and the text of its caption."""
    arrays = (trajectory.points, trajectory.values, trajectory.evaluations)
    numbers = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    words = (trajectory.summary, str(trajectory.steps), repr(dict(trajectory.hparams)))
    return numbers, trajectory.status, trajectory.reason, *words


_settings_state = cache(identity)  # all tiles have the same settings


@cache
def _surface_state(fn: TestFunction) -> str:
    """Identify a surface by its formula, or by its values if the formula is not in a file."""
    formula = None
    with suppress(UnidentifiableError):
        formula = identity(fn.formula)
    if formula is None:
        formula = hashlib.sha256(fn.grid(TILE["size"])[2].tobytes()).hexdigest()
    return identity((formula, fn.title, fn.domain, fn.minima, fn.minimum, fn.scale))


@cache
def _drawing_code() -> str:
    """Return a digest of the sources of the drawing code."""
    return sources(animation_module)
