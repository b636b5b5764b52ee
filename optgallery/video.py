"""MP4 and WebP files from pictures and their durations."""

from collections.abc import Iterable, Sequence
from pathlib import Path

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
    """
    from imageio_ffmpeg import write_frames

    tick = int(durations.min())
    writer = None
    for picture, duration in zip(pictures, durations, strict=True):
        height, width = picture.shape[:2]
        frame = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        if writer is None:
            writer = write_frames(
                str(path),
                (frame.shape[1], frame.shape[0]),
                fps=100 / tick,
                codec="libx264",
                quality=8,
                macro_block_size=2,
            )
            writer.send(None)
        for _ in range(max(1, round(duration / tick))):
            writer.send(frame)
    if writer is not None:
        writer.close()


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

    iio.imwrite(
        path,
        np.stack(pictures),
        plugin="pillow",
        duration=(10 * durations).tolist(),  # in milliseconds
        loop=0,
        lossless=True,
        quality=100,  # here: effort; with less, files become ten times as large
        method=4,
        kmin=len(pictures),
        kmax=len(pictures) + 1,
    )
