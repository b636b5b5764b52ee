"""Animations through the store: each is drawn once, whichever page shows it."""

import hashlib
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import cache
from struct import Struct
from typing import Any, NamedTuple

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

TILE: dict[str, Any] = {"size": 240, "frames": 36}
"""Pixels and pictures of one matrix cell."""

_FORMAT = 1  # to be raised when the bytes of a drawn animation change their meaning
_LENGTH = Struct("<Q")
_PNG_SIZE = Struct(">II")
_CHUNK = 100  # tiles that a process draws at a time
_SECONDS = 0.012  # that a tile takes


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
        """Return both in one."""
        return _LENGTH.pack(len(self.gif)) + self.gif + self.png

    @classmethod
    def unpack(cls, content: bytes) -> "Drawn":
        """Return both from one."""
        (length,) = _LENGTH.unpack_from(content)
        body = content[_LENGTH.size :]
        return cls(body[:length], body[length:])


def drawn(animation: Animation, store: Store, key: str | None = None) -> Drawn:
    """Return the files of an animation, drawn now if they never were; its key, if it is known."""
    key = key or picture_key(animation)
    content = store.get(key)
    if content is None:
        content = _draw(animation)
        store.put(key, content)
    return Drawn.unpack(content)


def tile(trajectory: Trajectory) -> Animation:
    """Return the animation of a matrix cell."""
    return animate(trajectory, **TILE)


def draw_tiles(trajectories: Sequence[Trajectory], store: Store, *, jobs: int | None = None) -> int:
    """Draw the cells of trajectories that never were, over processes or a cluster.

    Parameters
    ----------
    trajectories : sequence of Trajectory
    store : Store
    jobs : int, optional
        Processes; as many as there are processors if not given, and none besides this one where the
        tiles are few.

    Returns
    -------
    int
        How many were drawn.
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
    """Return the key of an animation, which covers all that decides its pixels."""
    shown = [(_course(t), _background(t.test_fn)) for t in animation.trajectories]
    return digest(_FORMAT, _pencil(), _spelled(animation.settings()), shown)


def _draw(animation: Animation) -> bytes:
    return Drawn(animation.gif(), animation.png()).pack()


def _draw_tiles(trajectories: Sequence[Trajectory]) -> list[bytes]:
    return [_draw(tile(trajectory)) for trajectory in trajectories]


def _course(trajectory: Trajectory) -> tuple[str, ...]:
    """Identify the path of a trajectory and the words of its caption."""
    arrays = (trajectory.points, trajectory.values, trajectory.evaluations)
    numbers = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    words = (trajectory.summary, str(trajectory.steps), repr(dict(trajectory.hparams)))
    return numbers, trajectory.status, trajectory.reason, *words


_spelled = cache(identity)  # of settings, which all tiles share


@cache
def _background(fn: TestFunction) -> str:
    """Identify the surface of a function; its values stand for a formula that is of no file."""
    formula = None
    with suppress(UnidentifiableError):
        formula = identity(fn.formula)
    if formula is None:
        formula = hashlib.sha256(fn.grid(TILE["size"])[2].tobytes()).hexdigest()
    return identity((formula, fn.title, fn.domain, fn.minima, fn.minimum, fn.scale))


@cache
def _pencil() -> str:
    """Identify the code that draws."""
    return sources(animation_module)
