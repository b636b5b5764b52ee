"""What each script and each page was made from, and whether that is still so.

sphinx-gallery runs a script again when its text changes. What it shows depends on more: on the
entries that it uses, on the package, on the libraries. So each run leaves a record beside its page.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sphinx_gallery.utils import get_md5sum

from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.provenance import (
    UnidentifiableError,
    digest,
    identity,
    public_modules,
    sources,
)
from optgallery.registry import EVERY
from optgallery.store import Store


class Entries(NamedTuple):
    """Names of optimizers and functions, or `EVERY` for all that there are."""

    optimizers: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()

    @classmethod
    def looked_up(cls) -> "Entries":
        """Return what was looked up in the registries since they were cleared."""
        optimizers, functions = OPTIMIZERS.looked_up, FUNCTIONS.looked_up
        return cls(
            (EVERY,) if EVERY in optimizers else tuple(sorted(optimizers)),
            (EVERY,) if EVERY in functions else tuple(sorted(functions)),
        )

    def digest(self, known: dict[Any, str] | None = None) -> str | None:
        """Return a digest of what these entries are at this moment, sources and all.

        None if that cannot be told, as of an entry that a script adds: then it may have changed.

        Parameters
        ----------
        known : dict, optional
            The identities of entries, by registry and name, for as long as nothing changes; those
            that are missing are added.
        """
        identities = {} if known is None else known
        optimizers = OPTIMIZERS.names if EVERY in self.optimizers else self.optimizers
        functions = FUNCTIONS.names if EVERY in self.functions else self.functions
        spelled = []
        try:
            for registry, names in ((OPTIMIZERS, optimizers), (FUNCTIONS, functions)):
                for name in names:
                    entry = registry.kind, name
                    if entry not in identities:
                        identities[entry] = identity(registry.peek(name))
                    spelled.append((*entry, identities[entry]))
        except UnidentifiableError:
            return None
        return digest(spelled)


class Script:
    """The record of one run of a script, as it grows."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what was before."""
        self._target: Path | None = None
        self._code = hashlib.sha256()
        self._pictures: list[str] = []
        self._failed = False
        OPTIMIZERS.looked_up.clear()
        FUNCTIONS.looked_up.clear()

    def note_block(self, target: Path, code: str) -> None:
        """Note a block that was executed, and the file that its page is named after."""
        self._target = target
        self._code.update(code.encode() + b"\0")

    def note_pictures(self, keys: Iterable[str]) -> None:
        """Note pictures of the store that the page shows."""
        self._pictures += keys

    def note_failure(self) -> None:
        """Note that a run failed: what failed may have been the machine, so it is tried again."""
        self._failed = True

    def so_far(self) -> str | None:
        """Return a digest of all that may have decided what the script has done up to here.

        None if that cannot be told.
        """
        state = _state(Entries.looked_up())
        return None if state is None else digest(state, self._code.hexdigest())

    def end(self) -> None:
        """Write the record: sphinx-gallery is through with the script, its page is complete."""
        if self._target is None or self._failed:
            return
        entries = Entries.looked_up()
        record = {
            "script": get_md5sum(self._target, mode="t"),
            "state": _state(entries),
            **entries._asdict(),
            "pictures": self._pictures,
        }
        record_path(self._target).write_text(json.dumps(record), encoding="utf-8")


def is_current(
    script: Path, target: Path, store: Store, known: dict[Any, str] | None = None
) -> bool:
    """Whether a script's page is what running the script again would make.

    Parameters
    ----------
    script : Path
        In the gallery.
    target : Path
        sphinx-gallery's copy of it, beside the page.
    store : Store
        Which has to hold the pictures of the page's matrices.
    known : dict, optional
        See `Entries.digest`.
    """
    try:
        record = json.loads(record_path(target).read_text(encoding="utf-8"))
        entries = Entries(tuple(record["optimizers"]), tuple(record["functions"]))
        return (
            record["script"] == get_md5sum(script, mode="t")
            and record["state"] is not None
            and record["state"] == _state(entries, known)
            and all(key in store for key in record["pictures"])
        )
    except (OSError, ValueError, KeyError):  # never written, or not to its end
        return False


def record_path(target: Path) -> Path:
    """Return where the record of a script is."""
    return target.with_suffix(".record.json")


@cache
def package_state() -> str:
    """Return a digest of the code behind the public names and the scrapers, entries apart."""
    return sources(*public_modules(), "optgallery.sphinxext.scraper")


def _state(entries: Entries, known: dict[Any, str] | None = None) -> str | None:
    state = entries.digest(known)
    return None if state is None else digest(package_state(), state)
