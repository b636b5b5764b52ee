"""Results on disk, each under a key that covers whatever it depends on."""

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

VARIABLE = "OPTGALLERY_STORE"
"""The environment variable that names the store's folder."""

_TAG = """Signature: 8a477f597d28d172789f06886806bc55
# Results of optgallery, which can be made anew.
"""
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

    Parameters
    ----------
    folder : Path
        Where the files lie; made when the first is written.

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
        content = raw[_CHECKSUM:]
        if hashlib.sha256(content).digest() != raw[:_CHECKSUM]:
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
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            if not path.parent.is_dir():
                self._prepare(path.parent)
            with part.open("xb") as file:
                file.write(hashlib.sha256(content).digest())
                file.write(content)
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise StoreError(error.errno, self._trouble(error)) from error

    def recall(self, key: str, make: Callable[[], bytes]) -> bytes:
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
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if _NAME.fullmatch(path.name):  # a folder that was named by mistake holds other things
                with suppress(FileNotFoundError):  # another process prunes, too
                    yield path, path.stat()

    def prune(self, unused_for: float) -> tuple[int, int]:
        """Delete what has not been read for a number of days, and what a killed process left.

        Parameters
        ----------
        unused_for : float
            Days, at least 0.

        Returns
        -------
        files, size : int
            How many files were deleted, and their bytes.

        Raises
        ------
        StoreError
            If one cannot be deleted.
        """
        if not unused_for >= 0:
            raise ValueError(f"unused_for must be a number of days >= 0, got {unused_for!r}")
        now, count, size = time.time(), 0, 0
        for path, stat in self.files():
            unfinished = path.name.startswith(".")
            limit = _ABANDONED if unfinished else unused_for * _DAY
            if max(0, now - stat.st_mtime) >= limit:  # another machine's clock may be ahead
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise StoreError(error.errno, self._trouble(error)) from error
                count, size = count + 1, size + stat.st_size
        return count, size

    def _name(self, key: str) -> str:
        return f"{self.folder}{os.sep}{key[:2]}{os.sep}{key[2:]}"

    def _path(self, key: str) -> Path:
        return Path(self._name(key))

    def _prepare(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        tag = self.folder / "CACHEDIR.TAG"  # backups leave a folder out that has one
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


def default_store() -> Store:
    """Return the store that `OPTGALLERY_STORE` names, or else that in the user's cache folder."""
    named = os.environ.get(VARIABLE, "").strip()
    folder = Path(named).expanduser() if named else user_cache_path("optgallery", appauthor=False)
    return Store(folder.absolute())


def as_store(store: "Store | str | os.PathLike[str] | None") -> Store:
    """Turn a folder into a store, and None into the default one."""
    if store is None:
        return default_store()
    return store if isinstance(store, Store) else Store(Path(store).expanduser().absolute())
