"""Saving: file formats with their limits, and writing to paths and file objects."""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from optgallery.render import video, webp


@dataclass(frozen=True)
class Format:
    """A file format, and the largest frames that it can store.

    Attributes
    ----------
    name : str
        Its name in ``format=`` and, after a dot, in file names.
    max_side : int or None
        Pixels; None if there is no limit that an animation can exceed.
    max_blocks : int or None
        Number of blocks of 16 x 16 pixels; None as above.
    """

    name: str
    max_side: int | None = None
    max_blocks: int | None = None

    @property
    def suffix(self) -> str:
        """The file name extension."""
        return f".{self.name}"

    def holds(self, height: int, width: int) -> bool:
        """Return whether a frame of this size can be stored."""
        return (self.max_side is None or max(height, width) <= self.max_side) and (
            self.max_blocks is None or video.blocks(height, width) <= self.max_blocks
        )

    def check(
        self, size: int, shape_of: Callable[[int], tuple[int, int]], *, smallest: int
    ) -> None:
        """Raise an error if the frames are too large; the message states the largest panel size.

        Parameters
        ----------
        size : int
            Side of the panels in pixels.
        shape_of : function
            Returns height and width of a frame for such a side.
        smallest : int
            The smallest side that ``shape_of`` accepts.

        Raises
        ------
        ValueError
            If the format cannot store the frames.
        """
        height, width = shape_of(size)
        if self.holds(height, width):
            return
        low, high = smallest, size  # bisection: low may fit, high does not
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.holds(*shape_of(middle)) else (low, middle)
        limit = f"{self.max_side} pixels a side"
        if self.max_blocks is not None:
            limit += f" and {self.max_blocks} blocks of 16 x 16 pixels"
        raise ValueError(
            f"a .{self.name} file can have {limit}, and this animation has {width} x {height} "
            f"pixels: size={low} fits, or another number of columns may"
        )


FORMATS = {
    known.name: known
    for known in (
        Format("gif"),
        Format("png"),
        Format("mp4", video.MAX_SIDE, video.MAX_BLOCKS),
        Format("webp", webp.MAX_SIDE),
    )
}


def format_of(target: Any, name: str | None) -> Format:
    """Return the format for a path or a file object.

    Parameters
    ----------
    target : str, path or binary file
    name : str or None
        The argument ``format=``.

    Raises
    ------
    TypeError
        If the target is neither a path nor a binary file.
    ValueError
        If no format is named or several are, or if the file is not open for writing.
    """
    if name is not None and (not isinstance(name, str) or _normalize(name) not in FORMATS):
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {name!r}")
    if not isinstance(target, (str, os.PathLike)) and hasattr(target, "write"):
        _check_file(target)
        if name is None:
            raise ValueError(
                f"a file object has no extension: give format= one of {', '.join(FORMATS)}"
            )
        return FORMATS[_normalize(name)]
    if not isinstance(target, (str, os.PathLike)) or isinstance(os.fspath(target), bytes):
        raise TypeError(
            f"save() takes a path or a binary file, got {type(target).__name__}: {target!r}"
        )
    path = Path(target)
    by_suffix = FORMATS.get(_normalize(path.suffix))
    if not path.name or (name is None and by_suffix is None):
        endings = ", ".join(known.suffix for known in FORMATS.values())
        raise ValueError(
            f"the path must end in {endings}, got {os.fspath(target)!r}"
            "; or name the format with format="
        )
    if name is not None and by_suffix not in {None, FORMATS[_normalize(name)]}:
        raise ValueError(
            f"format is {name!r}, but the path ends in {path.suffix!r}: leave out format=, "
            "or choose another name"
        )
    return by_suffix or FORMATS[_normalize(str(name))]


def _normalize(name: str) -> str:
    return name.lower().removeprefix(".")


def _check_file(file: IO[bytes]) -> None:
    if isinstance(file, io.TextIOBase) or getattr(file, "encoding", None) is not None:
        raise TypeError(
            f'save() writes bytes, got a text file: {file!r}; open it in mode "wb", or take an '
            "io.BytesIO"
        )
    if getattr(file, "closed", False):
        raise ValueError(f"the file is closed: {file!r}")
    if hasattr(file, "writable") and not file.writable():
        raise ValueError(f'the file is not open for writing: {file!r}; open it in mode "wb"')


def write(file: IO[bytes], content: bytes) -> None:
    """Write bytes to a file object; on failure truncate what was appended, if possible.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    end = _end(file)
    written = 0
    try:
        while written < len(content):
            count = file.write(content[written:] if written else content)
            # a file that is not raw may return None, and has written everything
            if count == 0:
                raise OSError("it takes no more bytes")
            written += count if isinstance(count, int) else len(content)
        if hasattr(file, "flush"):
            file.flush()
    except OSError as error:
        if end is not None:
            with suppress(OSError, ValueError):
                file.seek(end)
                file.truncate()
        raise type(error)(f"cannot write to {file!r}: {error.strerror or error}") from error


def _end(file: IO[bytes]) -> int | None:
    """Return a file's position if it is the end and the file is seekable; None otherwise."""
    with suppress(OSError, ValueError, AttributeError):
        if file.seekable():
            position = file.tell()
            end = file.seek(0, os.SEEK_END)
            file.seek(position)
            return position if position == end else None
    return None
