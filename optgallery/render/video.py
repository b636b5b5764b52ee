"""MP4: pictures through ffmpeg's H.264 encoder."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryFile
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

LARGEST_SIDE = 16384  # pixels; the encoder takes no more
MOST_BLOCKS = 139_264  # of 16 x 16 pixels in a frame, in H.264's largest level, 6.2


def write_mp4(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    rate: Fraction,
    frames: Iterable[int],
) -> None:
    """Write an H.264 video in the colours of BT.709.

    Parameters
    ----------
    path : Path
        The file to write.
    pictures : iterable of uint8 array of shape (height, width, 3)
        In their order. Where a side is odd, its last row or column is repeated: the codec halves
        both.
    rate : Fraction
        Frames per second.
    frames : iterable of int
        How many frames each picture takes, at least 1.

    Raises
    ------
    OSError
        If ffmpeg cannot write the whole video; the message is its own.
    """
    repeated = _repeated(pictures, frames)
    first = next(repeated)
    with TemporaryFile() as complaints:
        command = _encoder(path, first.shape[1], first.shape[0], rate)
        # A pipe that breaks says only that the encoder has ended: its status says why.
        with (
            Popen(command, stdin=PIPE, stdout=DEVNULL, stderr=complaints) as encoder,
            suppress(BrokenPipeError),
            cast("IO[bytes]", encoder.stdin) as pipe,
        ):
            for frame in chain([first], repeated):
                pipe.write(frame.data)
        if encoder.returncode != 0:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()
            reason = said[-1] if said else f"it ended with status {encoder.returncode}"
            raise OSError(f"ffmpeg failed: {reason}")


def blocks(height: int, width: int) -> int:
    """Return how many blocks of 16 x 16 pixels cover a frame."""
    return -(-height // 16) * -(-width // 16)


def _repeated(
    pictures: Iterable[NDArray[np.uint8]], frames: Iterable[int]
) -> Iterator[NDArray[np.uint8]]:
    """Yield pictures of even sides, each as often as it takes frames."""
    for picture, count in zip(pictures, frames, strict=True):
        height, width = picture.shape[:2]
        frame = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        for _ in range(count):
            yield frame


def _encoder(path: Path, width: int, height: int, rate: Fraction) -> list[str]:
    """Return the command that reads raw frames and writes H.264 every player understands."""
    from imageio_ffmpeg import get_ffmpeg_exe

    raw = f"-f rawvideo -pix_fmt rgb24 -video_size {width}x{height} -framerate {rate}"
    # Players guess what no tag says, most of them by the number of lines; Chromium heeds the tag of
    # the matrix only where primaries and transfer have one, too. Pictures are sRGB, whose primaries
    # are those of BT.709.
    matrix = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int"
    rest = "setparams=color_primaries=bt709:color_trc=iec61966-2-1"
    coded = "-an -c:v libx264 -crf 10 -pix_fmt yuv420p -movflags +faststart"
    quiet = ["-nostdin", "-y", "-v", "error", "-xerror"]
    arguments = f"{raw} -i - -vf {matrix},{rest} {coded}".split()
    return [get_ffmpeg_exe(), *quiet, *arguments, f"file:{path}"]
