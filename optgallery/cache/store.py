"""A cache of results on disk, each under a key that covers everything it depends on."""

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

_LAYOUT = 2  # to be increased when earlier files must not be read any more
_ROOT = f"v{_LAYOUT}"
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55"
_OWNER = "# Results of optgallery"
_TAG = f"""{_SIGNATURE}
{_OWNER}, which can be computed again.
"""
_TAG_NAME = "CACHEDIR.TAG"
_CHECKSUM = hashlib.sha256().digest_size
_NAME = re.compile(r"(?P<part>\.)?[0-9a-f]{30}(?(part)\.[0-9a-f]{8})")
_DAY = 86_400
_ABANDONED = 3_600  # seconds after which an unfinished file is no longer being written


class StoreError(OSError):
    """The store cannot be written; the message says why, and what to do."""


class DamagedFileWarning(UserWarning):
    """A file of the store is damaged or unreadable; its content is computed again."""


@dataclass(frozen=True)
class Store:
    """A folder of results, safe to share between processes.

    Writes are atomic: a file is written under a temporary name in the same folder and then renamed.
    Each file begins with the checksum of its content; a damaged file is reported, deleted and
    treated as missing. Two processes that write one key write the same bytes, so either may win.
    A file's modification time tells the day on which it was last read.

    The files are in a subfolder for the version of the layout, ``v2``. Files of an earlier layout
    are never read, and `prune` deletes them.

    Parameters
    ----------
    folder : Path
        The parent of the subfolder; created when the first file is written.

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
        """Return the content stored under a key, or None."""
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            warnings.warn(
                f"{path} cannot be read ({error.strerror}): its content is computed again",
                DamagedFileWarning,
                stacklevel=2,
            )
            return None
        if (content := _content(raw)) is None:
            with suppress(OSError):
                path.unlink()
            warnings.warn(
                f"{path} is damaged: its content is computed again",
                DamagedFileWarning,
                stacklevel=2,
            )
            return None
        with suppress(OSError):  # the store may be read-only
            if time.time() - path.stat().st_mtime > _DAY:
                os.utime(path)
        return content

    def put(self, key: str, content: bytes) -> None:
        """Store content under a key.

        Raises
        ------
        StoreError
            If it cannot be written. Earlier content of the key is then unchanged.
        """
        path = self._path(key)
        try:
            if not path.parent.is_dir():
                self._prepare(path.parent)
            write(path, hashlib.sha256(content).digest(), content)
        except OSError as error:
            raise StoreError(error.errno, self._explain_error(error)) from error

    def get_or_compute(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return the content stored under a key; compute it if there is none, and try to store it.

        Parameters
        ----------
        key : str
        make : callable
            Computes the content; called only if there is none.

        Returns
        -------
        bytes
        """
        content = self.get(key)
        if content is None:
            content = make()
            with suppress(StoreError):  # then it is computed again next time
                self.put(key, content)
        return content

    def __contains__(self, key: str) -> bool:
        return os.path.isfile(self._name(key))

    def check(self) -> None:
        """Check that the store can be written, before anything is computed.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        probe = "0" * 32
        self.put(probe, b"")
        with suppress(OSError):
            self._path(probe).unlink()

    def files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield every file of the store, finished or not, with its size and times."""
        yield from _files(self.folder / _ROOT)

    def outdated(self) -> list[tuple[Path, os.stat_result]]:
        """List the files of earlier layouts, which are never read.

        The first layout had no subfolder. So only files that certainly belong to a store are
        listed: the folder has a store's tag, and the file begins with its content's checksum.
        """
        if not self._is_tagged():
            return []
        roots = [self.folder, *(self.folder / f"v{version}" for version in range(2, _LAYOUT))]
        return [
            (path, stat)
            for root in roots
            for path, stat in _files(root)
            if _is_unfinished(path) or _is_intact(path)
        ]

    def prune(self, unused_for: float | None = None) -> tuple[int, int]:
        """Delete files that can no longer be used, or have not been read for a number of days.

        Files of earlier layouts, and unfinished files that are more than an hour old, are always
        deleted.

        Parameters
        ----------
        unused_for : float, optional
            Days, at least 0. If not given, every file that can still be used is kept.

        Returns
        -------
        files, size : int
            The number of deleted files, and their total size in bytes.

        Raises
        ------
        StoreError
            If a file cannot be deleted.
        ValueError
            If ``unused_for`` is negative or NaN.
        """
        if unused_for is not None and not unused_for >= 0:
            raise ValueError(f"unused_for must be a number of days >= 0, got {unused_for!r}")
        days = inf if unused_for is None else unused_for
        outdated = self.outdated()
        sizes = [*self._delete(self.files(), days * _DAY), *self._delete(outdated, 0)]
        for folder in {path.parent for path, _ in outdated}:
            with suppress(OSError):  # the folder is not empty
                folder.rmdir()
        return len(sizes), sum(sizes)

    def _delete(self, files: Iterable[tuple[Path, os.stat_result]], limit: float) -> Iterator[int]:
        """Delete files that are older than ``limit`` seconds, and yield their sizes in bytes."""
        now = time.time()
        for path, stat in files:
            # the clock of another machine that shares the store may be ahead
            if max(0, now - stat.st_mtime) >= (_ABANDONED if _is_unfinished(path) else limit):
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise StoreError(error.errno, self._explain_error(error)) from error
                yield stat.st_size

    def _is_tagged(self) -> bool:
        """Whether a store has ever been written in this folder."""
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
        tag = self.folder / _TAG_NAME  # backup programs skip a folder with this tag
        if not tag.exists():
            tag.write_text(_TAG, encoding="utf-8")

    def _explain_error(self, error: OSError) -> str:
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
        if _NAME.fullmatch(path.name):  # the user may have named a folder that is not a store
            with suppress(FileNotFoundError):  # another process may have pruned it
                yield path, path.stat()


def _is_unfinished(path: Path) -> bool:
    """Whether a file is unfinished: still being written, or left by a killed process."""
    return path.name.startswith(".")


def _is_intact(path: Path) -> bool:
    """Whether a file begins with the checksum of its content."""
    try:
        raw = path.read_bytes()
    except OSError:
        return False
    return _content(raw) is not None


def _content(raw: bytes) -> bytes | None:
    """Return the content of a file, or None if the file is damaged."""
    content = raw[_CHECKSUM:]
    return content if hashlib.sha256(content).digest() == raw[:_CHECKSUM] else None


def default_store() -> Store:
    """Return the store in the folder of `OPTGALLERY_STORE`, or in the user's cache folder."""
    named = os.environ.get(VARIABLE, "").strip()
    folder = Path(named).expanduser() if named else user_cache_path("optgallery", appauthor=False)
    return Store(folder.absolute())


def as_store(store: "Store | str | os.PathLike[str] | None") -> Store:
    """Return a folder as a store; None and blank names mean the default store.

    Examples
    --------
    >>> as_store("") == as_store(None) == default_store()
    True
    """
    if store is None or (isinstance(store, str) and not store.strip()):
        return default_store()
    return store if isinstance(store, Store) else Store(Path(store).expanduser().absolute())
