"""Publish files into a folder of the site: those that are new or changed, and no others."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from optgallery.sphinxext.incremental.site_files import delete, write

_MANIFEST = ".published.json"


class Publication:
    """What a folder of the site is to hold, and what of it has to be written.

    Attributes
    ----------
    stale : list of str
        The items whose files have to be written.
    gone : list of str
        The files that were deleted, since they belong to no item.
    """

    def __init__(self, stale: list[str], gone: list[str], states: Mapping[str, str | None]) -> None:
        self.stale, self.gone = stale, gone
        self._states = states
        self._written = set(states).difference(stale)

    def written(self, item: str) -> None:
        """Note that the files of an item are what its state says."""
        self._written.add(item)

    def manifest(self) -> bytes:
        """Return the state of every item whose files are known to be what they should be."""
        known = {item: self._states[item] for item in self._written}
        kept = {item: state for item, state in known.items() if state is not None}
        return json.dumps(kept, sort_keys=True).encode()


@contextmanager
def publishing(
    folder: Path,
    states: Mapping[str, str | None],
    files: Mapping[str, Sequence[str]],
    suffixes: tuple[str, ...],
) -> Iterator[Publication]:
    """Bring a folder up to date: delete what belongs to no item, and say what is to be written.

    A manifest of what lies there is taken away first and written last, so that it is never wrong:
    after a build that was killed every file is written again, and what it left unfinished goes.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    states : mapping
        What each item is made from; None if that cannot be told: then it is written each time.
    files : mapping
        The files of each item, as paths within the folder.
    suffixes : tuple of str
        What the names of files end in; others are left alone.
    """
    manifest = folder / _MANIFEST
    before = _read(manifest)
    folder.mkdir(parents=True, exist_ok=True)
    manifest.unlink(missing_ok=True)
    there = set(_files(folder, suffixes))
    gone = there.difference(*files.values())
    delete((folder / name for name in gone), folder)
    stale = [
        item
        for item, state in states.items()
        if state is None or before.get(item) != state or not there.issuperset(files[item])
    ]
    publication = Publication(stale, sorted(gone), states)
    yield publication
    write(manifest, publication.manifest())


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Yield what was published before and what a killed build left, as paths within the folder.

    There are so many that a Path for each would take a second.
    """
    for parent, _, names in os.walk(folder):
        within = parent[len(str(folder)) + 1 :].replace(os.sep, "/")
        for name in names:
            if name.startswith(".") or name.endswith(suffixes):
                yield f"{within}/{name}" if within else name


def _read(manifest: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        return dict(json.loads(manifest.read_text(encoding="utf-8")))
    return {}
