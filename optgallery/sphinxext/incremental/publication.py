"""Update a folder of the site: find the files to be written, and delete those not needed."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from optgallery.sphinxext.incremental.site_files import delete, write

_MANIFEST = ".published.json"


class Publication:
    """The update of a folder.

    Attributes
    ----------
    stale : list of str
        The items whose files must be written.
    deleted : list of str
        The files that were deleted because they belong to no item.
    """

    def __init__(
        self, stale: list[str], deleted: list[str], states: Mapping[str, str | None]
    ) -> None:
        self.stale, self.deleted = stale, deleted
        self._states = states
        self._written = set(states).difference(stale)

    def mark_written(self, item: str) -> None:
        """Record that the files of an item are up to date."""
        self._written.add(item)

    def manifest(self) -> bytes:
        """Return the states of the items whose files are up to date, as JSON."""
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
    """Update a folder: delete files that belong to no item, and find the items to be written.

    The manifest of the folder is deleted first and written last, so that it is never wrong: after a
    build that was killed, every file is written again, and unfinished files are deleted.

    Parameters
    ----------
    folder : Path
        The folder; created if it does not exist.
    states : mapping
        The digest of each item's dependencies; an item with None is written in every build.
    files : mapping
        The files of each item, as paths within the folder.
    suffixes : tuple of str
        The suffixes of published files; other files are ignored.
    """
    manifest = folder / _MANIFEST
    before = _read(manifest)
    folder.mkdir(parents=True, exist_ok=True)
    manifest.unlink(missing_ok=True)
    existing = set(_files(folder, suffixes))
    unneeded = existing.difference(*files.values())
    delete((folder / name for name in unneeded), folder)
    stale = [
        item
        for item, state in states.items()
        if state is None or before.get(item) != state or not existing.issuperset(files[item])
    ]
    publication = Publication(stale, sorted(unneeded), states)
    yield publication
    write(manifest, publication.manifest())


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Yield published and unfinished files, as paths within the folder.

    Creating a Path for each of the thousands of files would take a second.
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
