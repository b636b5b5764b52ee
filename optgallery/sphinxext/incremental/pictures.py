"""Pictures of animations, drawn once and cached in the store, however many pages show them."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import cache
from io import BytesIO
from struct import Struct
from types import ModuleType
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
from optgallery.render import still as still_module
from optgallery.render.animation import Animation, animate
from optgallery.render.still import Still, still
from optgallery.render.tile import TILE
from optgallery.runs.matrix_trajectory import MatrixTrajectory
from optgallery.runs.trajectory import Trajectory

_FORMAT = 1  # version of the stored bytes, to be increased with every change
_LENGTH = Struct("<Q")
_PNG_SIZE = Struct(">II")
_GIF_SIZE = Struct("<HH")
_DENSITY = 2  # dots in a pixel of a surface
_CHUNK = 100  # tiles in one task
_SECONDS = 0.008  # to draw a tile


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
        return _packed(self.gif, self.png)

    @classmethod
    def unpack(cls, content: bytes) -> "Drawn":
        """Return the two files of a packed byte string."""
        return cls(*_unpacked(content))


class Tile(NamedTuple):
    """The pictures of a cell: its GIF, and its still, to be drawn over its surface."""

    gif: bytes
    still: Still

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the GIF's header states them."""
        width, height = _GIF_SIZE.unpack_from(self.gif, 6)
        return width, height

    def pack(self) -> bytes:
        """Return both as one byte string."""
        return _packed(self.gif, json.dumps(self.still).encode())

    @classmethod
    def unpack(cls, content: bytes) -> "Tile":
        """Return the pictures of a packed byte string."""
        gif, still = _unpacked(content)
        path, start, end, arrow = json.loads(still)
        return cls(gif, Still(path, tuple(start), tuple(end) if end else None, arrow))


def _packed(gif: bytes, rest: bytes) -> bytes:
    return _LENGTH.pack(len(gif)) + gif + rest


def _unpacked(content: bytes) -> tuple[bytes, bytes]:
    (length,) = _LENGTH.unpack_from(content)
    body = content[_LENGTH.size :]
    return body[:length], body[length:]


def drawn(animation: Animation, store: Store, key: str | None = None) -> Drawn:
    """Return the files of an animation from the store, or draw it; ``key`` is its `picture_key`."""
    key = key or picture_key(animation)
    content = store.get(key)
    if content is None:
        content = _draw(animation)
        store.put(key, content)
    return Drawn.unpack(content)


def drawn_tile(trajectory: Trajectory, store: Store, key: str | None = None) -> Tile:
    """Return the pictures of a cell from the store, or draw them; ``key`` is its `tile_key`."""
    key = key or tile_key(trajectory)
    return Tile.unpack(store.get_or_compute(key, lambda: _draw_tile(trajectory)))


def drawn_surface(trajectory: Trajectory, store: Store) -> bytes:
    """Return the surface under a cell's still, a WebP file, from the store, or draw it."""
    return store.get_or_compute(surface_key(trajectory.test_fn), lambda: _draw_surface(trajectory))


def last_frame(gif: bytes) -> bytes:
    """Return the last frame of a GIF as a PNG, with a palette if it has at most 256 colours."""
    with Image.open(BytesIO(gif)) as frames:
        frames.seek(getattr(frames, "n_frames", 1) - 1)
        frame = frames.convert("RGB")
    png = BytesIO()
    if frame.getcolors(256):
        frame = frame.quantize(256, dither=Image.Dither.NONE)
    frame.save(png, "PNG", compress_level=6)
    return png.getvalue()


def tile(trajectory: Trajectory) -> Animation:
    """Return the animation of a matrix cell."""
    return animate(trajectory, **TILE)


def draw_tiles(trajectories: Sequence[Trajectory], store: Store, *, jobs: int | None = None) -> int:
    """Draw the tiles that are not in the store, over processes or a cluster, and their surfaces.

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
    keys = {tile_key(t): t for t in trajectories}
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
    for trajectory in {surface_key(t.test_fn): t for t in keys.values()}.values():
        drawn_surface(trajectory, store)
    return len(missing)


def picture_key(animation: Animation) -> str:
    """Return the store key of an animation, which covers everything its pixels depend on."""
    shown = [_shown_state(t) for t in animation.trajectories]
    return digest(_FORMAT, _code_of(animation_module), _settings_state(animation.settings()), shown)


def tile_key(trajectory: Trajectory) -> str:
    """Return the store key of a cell's pictures."""
    return digest("tile", _code_of(still_module), picture_key(tile(trajectory)))


@cache
def surface_key(fn: TestFunction) -> str:
    """Return the store key of a function's surface."""
    return digest("surface", _DENSITY, _code_of(animation_module), dict(TILE), _surface_state(fn))


def _draw(animation: Animation) -> bytes:
    return Drawn(animation.gif(), animation.png()).pack()


def _draw_tile(trajectory: Trajectory) -> bytes:
    return Tile(tile(trajectory).gif(), still(trajectory, TILE["size"])).pack()


def _draw_tiles(trajectories: Sequence[Trajectory]) -> list[bytes]:
    return [_draw_tile(trajectory) for trajectory in trajectories]


def _draw_surface(trajectory: Trajectory) -> bytes:
    picture = BytesIO()
    surface = tile(trajectory).surface(_DENSITY)
    # of plain areas and lines, which in a lossy file take three times as many bytes
    Image.fromarray(surface).save(picture, "WEBP", lossless=True)
    return picture.getvalue()


def _shown_state(trajectory: Trajectory | MatrixTrajectory) -> tuple[Any, ...]:
    """Return what the picture of a trajectory depends on."""
    title = trajectory.minimised.title
    if isinstance(trajectory, Trajectory):
        return *_path_state(trajectory), title, _surface_state(trajectory.test_fn)
    problem = trajectory.problem
    surface = None if problem.surface is None else _surface_state(problem.surface)
    return *_path_state(trajectory), title, surface, type(problem), problem.arguments


def _path_state(trajectory: Trajectory | MatrixTrajectory) -> tuple[str, ...]:
    """Return a digest of a path, and the text of its caption."""
    where = (trajectory.points,) if isinstance(trajectory, Trajectory) else trajectory.parameters
    arrays = (*where, trajectory.values, trajectory.evaluations)
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
    return identity((formula, fn.domain, fn.minima, fn.minimum, fn.scale))


@cache
def _code_of(module: ModuleType) -> str:
    """Return a digest of the sources of a module of the drawing code and what it imports."""
    return sources(module)
