"""Files of the site: their names, safe in every path and address; writing and deleting them."""

import hashlib
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from optgallery.cache import atomic_write

_LONGEST = 100  # characters of a part of a path; systems take 255 bytes, suffixes included
_UNSAFE = re.compile(r"[^a-zA-Z0-9_.-]|^[.-]|\.$")
# what Windows takes for a device, whatever comes after a dot
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)\d)(\.|$)", re.IGNORECASE)


def quoted(name: str) -> str:
    """Write a name as one part of a path, the same on every system and in every address.

    Letters, digits, ``_``, ``.`` and ``-`` stay; any other character becomes ``~`` and its bytes in
    hexadecimal digits. Percent signs would have to be quoted again in an address. Quoted are also a
    dot or a hyphen at the beginning, a dot at the end, and the names of devices.

    Examples
    --------
    >>> quoted("noisy_beale_0.5"), quoted("f(k=1)"), quoted("50%"), quoted("nul")
    ('noisy_beale_0.5', 'f~28k~3D1~29', '50~25', '~6Eul')
    """
    text = _UNSAFE.sub(lambda found: _in_hexadecimal(found[0]), name)
    if _DEVICE.match(text):
        text = _in_hexadecimal(text[0]) + text[1:]
    if len(text) > _LONGEST:
        text = f"{text[:80]}~~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return text


def _in_hexadecimal(character: str) -> str:
    return "".join(f"~{octet:02X}" for octet in character.encode())


def delete(paths: Iterable[Path], folder: Path) -> None:
    """Delete files, and those of their folders within this one that are empty then."""
    for path in paths:
        path.unlink(missing_ok=True)
        for parent in (path.parent, path.parent.parent):
            with suppress(OSError):  # there are other cells in it
                if parent != folder and parent.is_relative_to(folder):
                    parent.rmdir()


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and its folder; leave one alone that is the same."""
    with suppress(OSError):
        if os.stat(path).st_size == len(content) and path.read_bytes() == content:
            return
    if not os.path.isdir(path.parent):
        os.makedirs(path.parent, exist_ok=True)
    atomic_write.write(path, content)
