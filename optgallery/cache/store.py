"""Results on disk, each under a key that covers whatever it depends on."""

import errno
import hashlib
import os
import re
import shutil
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path

from platformdirs import user_cache_path

from optgallery.cache.atomic_write import write

VARIABLE = "OPTGALLERY_STORE"
"""The environment variable that names the store's folder."""

_LAYOUT = 2  # to be raised when nothing that was written before may be read again
_ROOT = f"v{_LAYOUT}"
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55"
_OWNER = "# Results of optgallery"
_TAG = f"""{_SIGNATURE}
{_OWNER}, which can be made again.
"""
_TAG_NAME = "CACHEDIR.TAG"
_CHECKSUM = hashlib.sha256().digest_size
_NAME = re.compile(r"(?P<part>\.)?[0-9a-f]{30}(?(part)\.[0-9a-f]{8})")
_DAY = 86_400
_ABANDONED = 3_600  # seconds after which nobody is still writing an unfinished file


class StoreError(OSError):
    """The store cannot be written; the message says why, and what would help."""


class DamagedFileWarning(UserWarning):
    """A file of the store is not what was written, or unreadable; its content is made anew."""


@dataclass(frozen=True)
class Store:
    """A folder of results, safe to share between processes.

    A file appears whole or not at all, since it is written beside its place and then renamed. Each
    begins with the checksum of its content: one that was damaged is reported, thrown away, and
    counts as missing. Two writers of one key write the same bytes, so it does not matter who is
    last. A file's time of modification is the day on which it was last read.

    The files lie in a subfolder for the version of the layout, ``v2``. What an earlier version
    wrote is never read, and `prune` deletes it.

    Parameters
    ----------
    folder : Path
        Where the subfolder lies; made when the first file is written.

    Examples
    --------
    >>> import tempfile
    >>> store = Store(Path(tempfile.mkdtemp()))
    >>> store.put("0" * 32, b"content")
    >>> store.get("0" * 32), store.get("1" * 32)
    (b'content', None)
    """

    folder: Path

    def get(self, key: str) -> bytes | None:
        """Return what is kept under a key, or None."""
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            warnings.warn(
                f"{path} cannot be read ({error.strerror}): it is made anew",
                DamagedFileWarning,
                stacklevel=2,
            )
            return None
        if (content := _content(raw)) is None:
            with suppress(OSError):
                path.unlink()
            warnings.warn(f"{path} is damaged: it is made anew", DamagedFileWarning, stacklevel=2)
            return None
        with suppress(OSError):  # another one's store may be readable only
            if time.time() - path.stat().st_mtime > _DAY:
                os.utime(path)
        return content

    def put(self, key: str, content: bytes) -> None:
        """Keep content under a key.

        Raises
        ------
        StoreError
            If it cannot be written. What was there before is still there.
        """
        path = self._path(key)
        try:
            if not path.parent.is_dir():
                self._prepare(path.parent)
            write(path, hashlib.sha256(content).digest(), content)
        except OSError as error:
            raise StoreError(error.errno, self._trouble(error)) from error

    def get_or_compute(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return what is kept under a key; make it if there is nothing, and keep it if one can."""
        content = self.get(key)
        if content is None:
            content = make()
            with suppress(StoreError):  # it only has to be made again next time
                self.put(key, content)
        return content

    def __contains__(self, key: str) -> bool:
        return os.path.isfile(self._name(key))

    def check(self) -> None:
        """Find out now whether the store can be written, before anything is computed.

        Raises
        ------
        StoreError
            If it cannot.
        """
        probe = "0" * 32
        self.put(probe, b"")
        with suppress(OSError):
            self._path(probe).unlink()

    def files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield every file that holds a result, or part of one, with its size and times."""
        yield from _files(self.folder / _ROOT)

    def outdated(self) -> list[tuple[Path, os.stat_result]]:
        """List the files of earlier layouts, which are never read.

        Only what is certainly of a store counts, since the first layout had no subfolder of its
        own: the folder has the tag of one, and the file begins with the checksum of its content.
        """
        if not self._is_tagged():
            return []
        roots = [self.folder, *(self.folder / f"v{version}" for version in range(2, _LAYOUT))]
        return [
            (path, stat)
            for root in roots
            for path, stat in _files(root)
            if _is_part(path) or _is_whole(path)
        ]

    def prune(self, unused_for: float | None = None) -> tuple[int, int]:
        """Delete what can no longer be served, and what has not been read for a number of days.

        Files of earlier layouts, and unfinished ones that a killed process left an hour ago, go in
        any case.

        Parameters
        ----------
        unused_for : float, optional
            Days, at least 0; whatever can be served is kept if not given.

        Returns
        -------
        files, size : int
            How many files were deleted, and their bytes.

        Raises
        ------
        StoreError
            If one cannot be deleted.
        """
        if unused_for is not None and not unused_for >= 0:
            raise ValueError(f"unused_for must be a number of days >= 0, got {unused_for!r}")
        days = inf if unused_for is None else unused_for
        outdated = self.outdated()
        sizes = [*self._delete(self.files(), days * _DAY), *self._delete(outdated, 0)]
        for folder in {path.parent for path, _ in outdated}:
            with suppress(OSError):  # it holds other files
                folder.rmdir()
        return len(sizes), sum(sizes)

    def _delete(self, files: Iterable[tuple[Path, os.stat_result]], limit: float) -> Iterator[int]:
        """Delete files that are older than so many seconds, and yield their sizes."""
        now = time.time()
        for path, stat in files:
            # another machine's clock may be ahead
            if max(0, now - stat.st_mtime) >= (_ABANDONED if _is_part(path) else limit):
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise StoreError(error.errno, self._trouble(error)) from error
                yield stat.st_size

    def _is_tagged(self) -> bool:
        """Whether a store was ever written here."""
        try:
            return _OWNER in (self.folder / _TAG_NAME).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return False

    def _name(self, key: str) -> str:
        return f"{self.folder}{os.sep}{_ROOT}{os.sep}{key[:2]}{os.sep}{key[2:]}"

    def _path(self, key: str) -> Path:
        return Path(self._name(key))

    def _prepare(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        tag = self.folder / _TAG_NAME  # backups leave a folder out that has one
        if not tag.exists():
            tag.write_text(_TAG, encoding="utf-8")

    def _trouble(self, error: OSError) -> str:
        reason = error.strerror or str(error)
        advice = f"set {VARIABLE} to a folder that can be written to"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            with suppress(OSError):
                free = shutil.disk_usage(self.folder).free
                reason += f" ({free / 1e6:.0f} MB are free)"
            advice = (
                "make room with `python -m optgallery store prune --unused-for 0`, "
                f"or set {VARIABLE} to a folder on another disk"
            )
        return f"the store in {self.folder} cannot be written: {reason}; {advice}"


def _files(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in root.glob("[0-9a-f][0-9a-f]/*"):
        if _NAME.fullmatch(path.name):  # a folder that was named by mistake holds other things
            with suppress(FileNotFoundError):  # another process prunes, too
                yield path, path.stat()


def _is_part(path: Path) -> bool:
    """Whether a file is unfinished: somebody writes it, or was killed at it."""
    return path.name.startswith(".")


def _is_whole(path: Path) -> bool:
    """Whether a file begins with the checksum of its content."""
    try:
        raw = path.read_bytes()
    except OSError:
        return False
    return _content(raw) is not None


def _content(raw: bytes) -> bytes | None:
    """Return the content of a file, or None if it is not what was written."""
    content = raw[_CHECKSUM:]
    return content if hashlib.sha256(content).digest() == raw[:_CHECKSUM] else None


def default_store() -> Store:
    """Return the store that `OPTGALLERY_STORE` names, or else that in the user's cache folder."""
    named = os.environ.get(VARIABLE, "").strip()
    folder = Path(named).expanduser() if named else user_cache_path("optgallery", appauthor=False)
    return Store(folder.absolute())


def as_store(store: "Store | str | os.PathLike[str] | None") -> Store:
    """Turn a folder into a store; None, or a blank name as of an unset variable, is the default.

    Examples
    --------
    >>> as_store("") == as_store(None) == default_store()
    True
    """
    if store is None or (isinstance(store, str) and not store.strip()):
        return default_store()
    return store if isinstance(store, Store) else Store(Path(store).expanduser().absolute())
