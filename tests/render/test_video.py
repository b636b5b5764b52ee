import re
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from optgallery.render.video import MAX_BLOCKS, MAX_SIDE, blocks, write_mp4

COLORS = [(253, 231, 37), (68, 1, 84), (33, 145, 140), (255, 0, 0), (80, 80, 255), (255, 255, 255)]


def decode(path: Path, height: int, width: int, matrix: str) -> np.ndarray:
    """Return the frames of a decoder that assumes this matrix."""
    scale = f"scale=in_color_matrix={matrix}:flags=accurate_rnd+full_chroma_int"
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-vf", scale]
    raw = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    ).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def stream_info(path: Path) -> str:
    """Return the description of the video stream by ffmpeg."""
    command = [get_ffmpeg_exe(), "-i", str(path), "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return re.search(r"Stream .*Video: .*", done.stderr)[0]


@pytest.mark.parametrize("height", [144, 718, 720, 1080])
def test_decoded_colours_match_the_tagged_matrix(tmp_path: Path, height: int) -> None:
    bars = np.repeat(np.array(COLORS, np.uint8), 32, axis=0)
    frame = np.broadcast_to(bars, (height, len(bars), 3))
    write_mp4(tmp_path / "x.mp4", [frame], rate=Fraction(25), repeats=[2])
    assert "yuv420p(tv, bt709/bt709/iec61966-2-1" in stream_info(tmp_path / "x.mp4")
    middles = slice(16, None, 32)
    for matrix in ("auto", "bt709"):
        shown = decode(tmp_path / "x.mp4", height, len(bars), matrix)[-1]
        assert np.abs(shown[height // 2, middles].astype(int) - COLORS).max() <= 3
    wrong = decode(tmp_path / "x.mp4", height, len(bars), "bt601")[-1]
    assert np.abs(wrong[height // 2, middles].astype(int) - COLORS).max() > 10


def test_frames_are_repeated_as_given(tmp_path: Path) -> None:
    frames = [np.full((32, 32, 3), grey, np.uint8) for grey in (0, 120, 240)]
    write_mp4(tmp_path / "x.mp4", frames, rate=Fraction(100, 3), repeats=[1, 4, 2])
    video = decode(tmp_path / "x.mp4", 32, 32, "auto")
    assert np.abs(video[:, 16, 16, 0].astype(int) - [0, 120, 120, 120, 120, 240, 240]).max() <= 2
    assert "33.33 fps" in stream_info(tmp_path / "x.mp4")


def test_it_can_be_played_before_it_is_downloaded(tmp_path: Path) -> None:
    frame = np.zeros((32, 32, 3), np.uint8)
    write_mp4(tmp_path / "x.mp4", [frame], rate=Fraction(25), repeats=[1])
    data = (tmp_path / "x.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_largest_frame_is_that_of_the_encoder(tmp_path: Path) -> None:
    wide = np.zeros((16, MAX_SIDE, 3), np.uint8)
    write_mp4(tmp_path / "x.mp4", [wide], rate=Fraction(25), repeats=[1])
    assert f" {MAX_SIDE}x16" in stream_info(tmp_path / "x.mp4")
    with pytest.raises(OSError, match="ffmpeg failed"):
        write_mp4(
            tmp_path / "y.mp4",
            [np.zeros((16, MAX_SIDE + 2, 3), np.uint8)],
            rate=Fraction(25),
            repeats=[1],
        )


def test_blocks_cover_a_frame() -> None:
    assert [blocks(16, 16), blocks(17, 16), blocks(33, 33)] == [1, 2, 9]
    assert blocks(5968, 5968) <= MAX_BLOCKS < blocks(5984, 5984)
