"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path, suffix: str | None = None) -> Iterator[Path]:
    """Yield a path beside another one, and move it there at the end.

    What was there before is replaced only then, and stays where an exception is raised. The name of
    the unfinished file begins with a dot, and ends as that of the other one unless ``suffix`` is
    given.

    Raises
    ------
    OSError
        If it cannot be moved.
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
    """Write bytes, one after the other, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written. What was there before is still there.
    """
    with replacing(path) as part, part.open("xb") as file:
        file.writelines(contents)
