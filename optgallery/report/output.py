"""Where a report is written: nothing else is replaced, and nothing is left half-written."""

import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from optgallery.cache.atomic_write import write

PAGE = "index.html"


class OutputError(ValueError):
    """The report cannot be written there; the message says why, and what would do."""


def check_output(path: Path, mark: str, *, single_file: bool) -> None:
    """Check, before anything is computed, that a report may be written.

    Parameters
    ----------
    path : Path
        The folder, or the file of a report in a single file.
    mark : str
        What a page of an earlier report contains.
    single_file : bool

    Raises
    ------
    OutputError
        If something else is there, or the folder around it does not exist or cannot be written.
    """
    parent = path.parent
    if not parent.is_dir():
        raise OutputError(f"{path}: there is no folder {parent}; create it first")
    if not os.access(parent, os.W_OK):
        raise OutputError(f"{path}: the folder {parent} cannot be written")
    if not path.exists():
        return
    if single_file:
        if path.is_dir():
            raise OutputError(f"{path} is a folder; give the name of a file, as {path}/report.html")
        if not _is_page(path, mark):
            raise OutputError(f"{path} exists and is no report; it was not changed")
        return
    if not path.is_dir():
        raise OutputError(f"{path} exists and is no folder; it was not changed")
    content = sorted(each.name for each in path.iterdir())
    if content and not _is_page(path / PAGE, mark):
        raise OutputError(f"the folder {path} exists and contains no report; it was not changed")
    if others := [name for name in content if name not in (PAGE, "pictures")]:
        raise OutputError(
            f"the folder {path} contains {others[0]}, which is no part of a report; it was not "
            "changed"
        )


def write_report(path: Path, files: Mapping[str, bytes], *, single_file: bool) -> Path:
    """Write a report, in the place of an earlier one when it is complete.

    Parameters
    ----------
    path : Path
        As for `check_output`.
    files : mapping from str to bytes
        The content of each file by its path in the folder.
    single_file : bool

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputError
        If it cannot be written. An earlier report is then still there.
    """
    try:
        if single_file:
            write(path, files[PAGE])
            return path
        _replace_folder(path, files)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written: {reason}; it was not changed") from error
    return path / PAGE


def _replace_folder(path: Path, files: Mapping[str, bytes]) -> None:
    token = secrets.token_hex(4)
    part, old = (path.with_name(f".{path.name}-{token}{end}") for end in ("", "-old"))
    try:
        for name, content in files.items():
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_bytes(content)
        if path.exists():
            path.rename(old)
        try:
            part.rename(path)
        except OSError:
            with suppress(OSError):
                old.rename(path)
            raise
    finally:
        for folder in (part, old):
            shutil.rmtree(folder, ignore_errors=True)


def _is_page(path: Path, mark: str) -> bool:
    """Whether a file is the page of a report."""
    try:
        with path.open("rb") as file:
            return mark.encode() in file.read(2000)
    except OSError:
        return False
