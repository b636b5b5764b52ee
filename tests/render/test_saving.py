import codecs
import gzip
import io
import re
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from PIL import Image

import optgallery as og
from optgallery.render import saving
from optgallery.render.animation import Animation, animate
from optgallery.render.saving import FORMATS, format_of


@pytest.fixture(scope="module")
def animation() -> Animation:
    return animate(og.run("adamw", "beale", steps=20, lr=0.1), size=100, frames=3)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_object_receives_the_same_bytes_as_a_path(
    animation: Animation, tmp_path: Path, name: str
) -> None:
    content = animation.save(tmp_path / f"x.{name}").read_bytes()
    memory = io.BytesIO()
    assert animation.save(memory, format=name) is None
    assert memory.getvalue() == content
    with tempfile.NamedTemporaryFile() as file:
        animation.save(file, f".{name.upper()}")
        assert Path(file.name).read_bytes() == content
    with gzip.open(tmp_path / "x.gz", "wb") as file:
        animation.save(file, name)
    assert gzip.decompress((tmp_path / "x.gz").read_bytes()) == content
    with open(tmp_path / "raw", "wb", buffering=0) as file:
        animation.save(file, name)
    assert (tmp_path / "raw").read_bytes() == content


def test_format_applies_to_paths_without_a_known_extension(
    animation: Animation, tmp_path: Path
) -> None:
    for name in ("x", "x.part", "x.gif"):
        path = animation.save(tmp_path / name, format="gif")
        assert path == tmp_path / name
        assert path.read_bytes() == animation.gif()
    with Image.open(animation.save(tmp_path / "y.dat", "webp")) as image:
        assert image.format == "WEBP"


@pytest.mark.parametrize(
    ("target", "name", "message"),
    [
        ("x.mp4", "gif", "format is 'gif', but the path ends in '.mp4': leave out format="),
        ("x.gif", "jpg", "format must be one of gif, png, mp4, webp, got 'jpg'"),
        ("x.gif", 3, "format must be one of gif, png, mp4, webp, got 3"),
        ("", "gif", "the path must end in .gif, .png, .mp4, .webp, got ''"),
        ("x.jpg", None, "got 'x.jpg'; or name the format with format="),
        (io.BytesIO(), None, "a file object has no extension: give format= one of gif, png, mp4,"),
    ],
)
def test_an_ambiguous_or_unknown_format_is_rejected(
    target: object, name: object, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        format_of(target, name)


@pytest.mark.parametrize("target", [None, 3, b"x.gif", ["x.gif"]])
def test_other_objects_than_files_are_rejected(animation: Animation, target: object) -> None:
    with pytest.raises(TypeError, match=r"takes a path or a binary file, got \w+: "):
        animation.save(target, format="gif")


def test_a_file_that_cannot_be_written_is_rejected_before_drawing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"older")
    run = og.run("adamw", "beale", steps=20, lr=0.1)
    with (
        open(path, "r+", encoding="utf-8") as text,
        tempfile.NamedTemporaryFile("w", encoding="utf-8") as wrapped,
        codecs.open(str(path), "r+", "utf-8") if hasattr(codecs, "open") else text as coded,
    ):
        for file in (io.StringIO(), text, wrapped, coded):
            animation = animate(run, size=100, frames=3)
            with pytest.raises(
                TypeError, match=r"writes bytes, got a text file: .*open it in mode"
            ):
                animation.save(file, format="gif")
            assert "_scene" not in vars(animation)
    closed = io.BytesIO()
    closed.close()
    with open(path, "rb") as reading, gzip.open(path) as unzipping:
        for file, words in ((reading, "not open for"), (unzipping, "not open"), (closed, "closed")):
            animation = animate(run, size=100, frames=3)
            with pytest.raises(ValueError, match=f"the file is {words}"):
                animation.save(file, format="mp4")
            assert "_scene" not in vars(animation)
    assert path.read_bytes() == b"older"


class Limited(io.RawIOBase):
    """A file that accepts 100 bytes at a time, and at most ``capacity`` bytes."""

    def __init__(self, capacity: int) -> None:
        self.content = bytearray()
        self.capacity = capacity

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        accepted = bytes(data)[: min(100, self.capacity - len(self.content))]
        self.content += accepted
        return len(accepted)


def test_a_partial_write_is_continued(animation: Animation) -> None:
    file = Limited(1_000_000)
    animation.save(file, format="gif")
    assert bytes(file.content) == animation.gif()
    with pytest.raises(OSError, match=r"^cannot write to <.*Limited.*>: it takes no more bytes$"):
        animation.save(Limited(150), format="gif")


def test_a_failed_write_before_the_end_does_not_truncate_the_file() -> None:
    class Failing(io.BytesIO):
        def write(self, data: bytes) -> int:
            super().write(data[:2])
            raise OSError(28, "No space left on device")

    for start, left in ((0, b"neder older"), (11, b"older older")):
        file = Failing(b"older older")
        file.seek(start)
        with pytest.raises(OSError, match=r"cannot write to .*: No space left on device"):
            saving.write(file, b"new")
        assert file.getvalue() == left


@pytest.mark.parametrize(
    ("panels", "columns", "size", "name", "limit"),
    [
        (12, 12, 2000, "webp", "16383 pixels a side"),
        (12, 12, 2000, "mp4", "16384 pixels a side and 139264 blocks of 16 x 16 pixels"),
        (12, 4, 2000, "mp4", "16384 pixels a side and 139264 blocks of 16 x 16 pixels"),
        (12, 1, 1400, "webp", "16383 pixels a side"),
    ],
)
def test_frames_too_large_for_a_format_are_rejected_before_drawing(
    tmp_path: Path, panels: int, columns: int, size: int, name: str, limit: str
) -> None:
    run = og.run("adamw", "beale", steps=5, lr=0.1)
    animation = animate([run] * panels, size=size, columns=columns, frames=2)
    height, width = animation.shape
    with pytest.raises(ValueError, match=rf"^a \.{name} file can have {limit}, and this") as raised:
        animation.save(tmp_path / f"x.{name}")
    assert f"has {width} x {height} pixels" in str(raised.value)
    assert "_scene" not in vars(animation)
    assert not any(tmp_path.iterdir())
    fitting = int(re.search(r"size=(\d+) fits", str(raised.value))[1])
    known = FORMATS[name]
    assert known.holds(*animation.resized(fitting, columns).shape)
    assert not known.holds(*animation.resized(fitting + 1, columns).shape)


def test_the_largest_allowed_webp_can_be_read(tmp_path: Path) -> None:
    run = og.run("adamw", "beale", steps=2, lr=0.1)
    sizes = range(1280, 1360)
    animation = animate([run] * 12, size=100, columns=12, frames=1, resolution=2, levels=0)
    size = max(s for s in sizes if FORMATS["webp"].holds(*animation.resized(s, 12).shape))
    path = animation.resized(size, 12).save(tmp_path / "x.webp")
    with Image.open(path) as image:
        assert image.size == animation.resized(size, 12).shape[::-1]
        assert 16383 - 12 <= image.width <= 16383


@pytest.mark.parametrize("frames", [10, 60])
def test_memory_for_a_webp_does_not_depend_on_the_number_of_frames(frames: int) -> None:
    run = og.run("adamw", "beale", steps=60, lr=0.1)
    animation = animate(run, size=300, frames=frames)
    pixels = animation._scene.shape[0] * animation._scene.shape[1]
    tracemalloc.start()
    animation.save(io.BytesIO(), format="webp")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * pixels, "a few copies of one frame, for any number of frames"
