"""MP4 and WebP files from pictures and their durations."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryFile
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray


def write_mp4(
    path: Path, pictures: Iterable[NDArray[np.uint8]], durations: NDArray[np.intp]
) -> None:
    """Write an H.264 video, which plays once.

    Parameters
    ----------
    path : Path
        The file to write.
    pictures : iterable of uint8 array of shape (height, width, 3)
        In their order. Where a side is odd, its last row or column is repeated: the codec halves
        both.
    durations : int array of shape (n,)
        How long each picture stands, in centiseconds. The shortest is one frame of the video;
        longer ones are rounded to whole frames.

    Raises
    ------
    OSError
        If ffmpeg cannot write the whole video; the message is its own.
    """
    tick = int(durations.min())
    frames = _frames(pictures, durations, tick)
    first = next(frames)
    with TemporaryFile() as complaints:
        command = _encoder(path, first.shape[1], first.shape[0], tick)
        # A pipe that breaks says only that the encoder has ended: its status says why.
        with (
            Popen(command, stdin=PIPE, stdout=DEVNULL, stderr=complaints) as encoder,
            suppress(BrokenPipeError),
            cast("IO[bytes]", encoder.stdin) as pipe,
        ):
            for frame in chain([first], frames):
                pipe.write(frame.tobytes())
        if encoder.returncode != 0:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()
            reason = said[-1] if said else f"it ended with status {encoder.returncode}"
            raise OSError(f"ffmpeg failed: {reason}")


def _frames(
    pictures: Iterable[NDArray[np.uint8]], durations: NDArray[np.intp], tick: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures of even sides, each as often as it lasts ticks."""
    for picture, duration in zip(pictures, durations, strict=True):
        height, width = picture.shape[:2]
        frame = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        for _ in range(max(1, round(duration / tick))):
            yield frame


def _encoder(path: Path, width: int, height: int, tick: int) -> list[str]:
    """Return the command that reads raw frames and writes H.264 every player understands."""
    from imageio_ffmpeg import get_ffmpeg_exe

    raw = f"-f rawvideo -pix_fmt rgb24 -video_size {width}x{height} -framerate 100/{tick}"
    coded = "-an -c:v libx264 -crf 10 -pix_fmt yuv420p"
    quiet = ["-nostdin", "-y", "-v", "error", "-xerror"]
    return [get_ffmpeg_exe(), *quiet, *raw.split(), "-i", "-", *coded.split(), f"file:{path}"]


def write_webp(
    path: Path, pictures: Sequence[NDArray[np.uint8]], durations: NDArray[np.intp]
) -> None:
    """Write a lossless WebP file that loops forever.

    Parameters
    ----------
    path : Path
        The file to write.
    pictures : sequence of n uint8 arrays of shape (height, width, 3)
        In their order.
    durations : int array of shape (n,)
        How long each picture stands, in centiseconds.
    """
    import imageio.v3 as iio

    # In memory first: Pillow's own file object complains from its finaliser if the disk is full.
    data = iio.imwrite(
        "<bytes>",
        np.stack(pictures),
        plugin="pillow",
        extension=".webp",
        duration=(10 * durations).tolist(),  # in milliseconds
        loop=0,
        lossless=True,
        quality=100,  # here: effort; with less, files become ten times as large
        method=4,
        kmin=len(pictures),
        kmax=len(pictures) + 1,
    )
    path.write_bytes(data)
