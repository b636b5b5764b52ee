"""MP4: frames encoded by ffmpeg as H.264."""

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

MAX_SIDE = 16384  # pixels, the limit of the encoder
MAX_BLOCKS = 139_264  # of 16 x 16 pixels in a frame, at level 6.2, the highest of H.264


def write_mp4(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    rate: Fraction,
    repeats: Iterable[int],
) -> None:
    """Write an H.264 video in the colours of BT.709.

    Parameters
    ----------
    path : Path
        The file to write.
    frames : iterable of uint8 array of shape (height, width, 3)
        If a side is odd, its last row or column is repeated, since the codec requires even sides.
    rate : Fraction
        Frames per second of the video.
    repeats : iterable of int
        The number of video frames for each frame, at least 1.

    Raises
    ------
    OSError
        If ffmpeg cannot write the whole video; the message is that of ffmpeg.
    """
    repeated = _repeated(frames, repeats)
    first = next(repeated)
    with TemporaryFile() as errors:
        command = _encoder(path, first.shape[1], first.shape[0], rate)
        # A broken pipe means that the encoder has ended: its exit status and output say why.
        with (
            Popen(command, stdin=PIPE, stdout=DEVNULL, stderr=errors) as encoder,
            suppress(BrokenPipeError),
            cast("IO[bytes]", encoder.stdin) as pipe,
        ):
            for frame in chain([first], repeated):
                pipe.write(frame.data)
        if encoder.returncode != 0:
            errors.seek(0)
            output = errors.read().decode(errors="replace").strip().splitlines()
            reason = output[-1] if output else f"it ended with status {encoder.returncode}"
            raise OSError(f"ffmpeg failed: {reason}")


def blocks(height: int, width: int) -> int:
    """Return the number of blocks of 16 x 16 pixels that cover a frame."""
    return -(-height // 16) * -(-width // 16)


def _repeated(
    frames: Iterable[NDArray[np.uint8]], repeats: Iterable[int]
) -> Iterator[NDArray[np.uint8]]:
    """Yield each frame, padded to even sides, as often as it is repeated."""
    for frame, count in zip(frames, repeats, strict=True):
        height, width = frame.shape[:2]
        padded = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        for _ in range(count):
            yield padded


def _encoder(path: Path, width: int, height: int, rate: Fraction) -> list[str]:
    """Return the command that reads raw frames and writes H.264 that every player supports."""
    from imageio_ffmpeg import get_ffmpeg_exe

    raw = f"-f rawvideo -pix_fmt rgb24 -video_size {width}x{height} -framerate {rate}"
    # Without tags players guess the colour space, most of them by the number of lines; Chromium
    # uses the tag of the matrix only if primaries and transfer are tagged, too. Frames are sRGB,
    # which has the primaries of BT.709.
    matrix = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int"
    tags = "setparams=color_primaries=bt709:color_trc=iec61966-2-1"
    encoding = "-an -c:v libx264 -crf 10 -pix_fmt yuv420p -movflags +faststart"
    quiet = ["-nostdin", "-y", "-v", "error", "-xerror"]
    arguments = f"{raw} -i - -vf {matrix},{tags} {encoding}".split()
    return [get_ffmpeg_exe(), *quiet, *arguments, f"file:{path}"]
