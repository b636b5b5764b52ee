"""Files of the site: portable names, atomic writing, and deletion."""

import hashlib
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from optgallery.cache import atomic_write

_MAX_LENGTH = 100  # characters of a path component; file systems allow 255 bytes with suffixes
_UNSAFE = re.compile(r"[^a-zA-Z0-9_.-]|^[.-]|\.$")
# device names on Windows, with any suffix
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)\d)(\.|$)", re.IGNORECASE)


def quoted(name: str) -> str:
    """Return a name as one path component that is valid on every system and in URLs.

    ASCII letters, digits, ``_``, ``.`` and ``-`` are kept; any other character is replaced by ``~``
    and its bytes in hexadecimal (a percent sign would have to be quoted again in a URL). A leading
    dot or hyphen, a trailing dot and the first letter of a device name are replaced, too.

    Examples
    --------
    >>> quoted("noisy_beale_0.5"), quoted("f(k=1)"), quoted("50%"), quoted("nul")
    ('noisy_beale_0.5', 'f~28k~3D1~29', '50~25', '~6Eul')
    """
    text = _UNSAFE.sub(lambda found: _in_hexadecimal(found[0]), name)
    if _DEVICE.match(text):
        text = _in_hexadecimal(text[0]) + text[1:]
    if len(text) > _MAX_LENGTH:
        text = f"{text[:80]}~~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return text


def _in_hexadecimal(character: str) -> str:
    return "".join(f"~{octet:02X}" for octet in character.encode())


def delete(paths: Iterable[Path], folder: Path) -> None:
    """Delete files, and their parent folders within ``folder`` if these are empty."""
    for path in paths:
        path.unlink(missing_ok=True)
        for parent in (path.parent, path.parent.parent):
            with suppress(OSError):  # the folder is not empty
                if parent != folder and parent.is_relative_to(folder):
                    parent.rmdir()


def write(path: Path, content: bytes) -> None:
    """Write a file atomically, and create its folder; leave a file with the same content alone."""
    with suppress(OSError):
        if os.stat(path).st_size == len(content) and path.read_bytes() == content:
            return
    if not os.path.isdir(path.parent):
        os.makedirs(path.parent, exist_ok=True)
    atomic_write.write(path, content)
