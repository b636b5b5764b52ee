"""Atomic writes: a file is replaced only when the new one is complete."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path, suffix: str | None = None) -> Iterator[Path]:
    """Yield a temporary path in the same folder, and rename it to ``path`` at the end.

    If an exception is raised, an existing file is kept and the temporary one deleted. Its name
    begins with a dot, and has the suffix of ``path`` unless ``suffix`` is given.

    Raises
    ------
    OSError
        If the file cannot be renamed.
    """
    ending = path.suffix if suffix is None else suffix
    part = path.with_name(f".{path.stem}-{secrets.token_hex(4)}{ending}")
    try:
        yield part
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def write(path: Path, *contents: bytes) -> None:
    """Write the concatenated contents atomically.

    Raises
    ------
    OSError
        If the file cannot be written. An existing file is then unchanged.
    """
    with replacing(path) as part, part.open("xb") as file:
        file.writelines(contents)
