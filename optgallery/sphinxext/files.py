"""Files of the site, written whole or not at all."""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def delete(paths: Iterable[Path], folder: Path) -> None:
    """Delete files, and those of their folders within this one that are empty then."""
    for path in paths:
        path.unlink(missing_ok=True)
        for parent in (path.parent, path.parent.parent):
            with suppress(OSError):  # there are other cells in it
                if parent != folder and parent.is_relative_to(folder):
                    parent.rmdir()


def write(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; leave one alone that is the same."""
    with suppress(OSError):
        if os.stat(path).st_size == len(content) and path.read_bytes() == content:
            return
    # thousands are written: no more system calls and paths than it takes
    folder = str(path.parent)
    if not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
    part = os.path.join(folder, f".{path.name}.{secrets.token_hex(4)}")
    with open(part, "xb") as file:
        file.write(content)
    os.replace(part, path)
