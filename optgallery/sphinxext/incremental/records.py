"""What each script and each page was made from, and whether that is still so.

sphinx-gallery runs a script again when its text changes. What it shows depends on more: on the
entries that it uses, on the package, on the libraries. So each run leaves a record beside its page.
"""

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sphinx_gallery.utils import get_md5sum

from optgallery.cache.fingerprint import UnidentifiableError, digest, public_modules, sources
from optgallery.cache.store import Store
from optgallery.registry import UnknownNameError
from optgallery.sphinxext.incremental.dependencies import Entries, lookups
from optgallery.sphinxext.incremental.downloads import offer, write_downloads
from optgallery.sphinxext.incremental.matrices import (
    Content,
    Matrix,
    Request,
    names_read,
    with_reference,
)
from optgallery.sphinxext.incremental.prose import WRONG, Prose, with_numbers
from optgallery.sphinxext.incremental.site_files import write


class Block(NamedTuple):
    """A block of a script that was executed: its code, what it looked up, what it swept."""

    code: str
    entries: Entries
    swept: dict[str, Content]


class Page(NamedTuple):
    """sphinx-gallery's page of a script, and when it was looked at and written."""

    text: str
    times: tuple[int, int]

    @classmethod
    def read(cls, path: Path) -> "Page | None":
        """Read a page; None if there is none."""
        try:
            state = path.stat()
            return cls(path.read_text(encoding="utf-8"), (state.st_atime_ns, state.st_mtime_ns))
        except OSError:
            return None


class Script:
    """The record of one run of a script, as it grows."""

    def __init__(self) -> None:
        self._watching = ExitStack()
        self.begin()

    def begin(self) -> None:
        """Forget what was before."""
        self._target: Path | None = None
        self._before: Page | None = None
        self._prose: Prose | None = None
        self._blocks: list[Block] = []
        self.go_on()

    def go_on(self) -> None:
        """Leave out what was looked up since the last block, while its pictures were made."""
        self._watching.close()
        self._looked_up = self._watching.enter_context(lookups())

    def note_block(
        self, script: Path, target: Path, block: tuple[str, str, int], variables: Mapping[str, Any]
    ) -> None:
        """Note a block that was executed, and read the numbers for the prose beside it.

        Parameters
        ----------
        script, target : Path
            The script, and sphinx-gallery's copy of it, which the page is named after.
        block : tuple
            Its kind, its code and the line where it begins.
        variables : mapping
            What the script's variables hold now.
        """
        if self._target is None or self._prose is None:
            self._target, self._before = target, Page.read(target.with_suffix(".rst"))
            self._prose = Prose(script)
        _, code, line = block
        self._blocks.append(Block(code, self._looked_up(), {}))
        self._prose.read(line, variables)

    def note_matrix(self, file: str, content: Content) -> None:
        """Note a matrix that the last block has made, and the name of its file."""
        self._blocks[-1].swept[file] = content

    def so_far(self) -> str | None:
        """Return a digest of all that may have decided what the script has done up to here.

        None if that cannot be told.
        """
        state = _state(Entries.union(block.entries for block in self._blocks))
        return None if state is None else digest(state, *(block.code for block in self._blocks))

    def end(self) -> None:
        """Complete the page, and write the record: sphinx-gallery is through with the script.

        There is no record if a run failed, as that may have been the machine, or if the prose asks
        for a number that there is not: then the script is run again.
        """
        self._watching.close()
        if self._target is None or self._prose is None:
            return
        path = self._target.with_suffix(".rst")
        text = offer(path.read_text(encoding="utf-8"), self._target)
        self._prose.finish()
        answers = self._prose.answers
        text = with_numbers(text, answers)
        matrices, rest = [], []
        for block in self._blocks:
            if (found := self._matrix(block, text)) is not None:
                matrix, text = found
                matrices.append(matrix)
            else:
                rest.append(block)
        write(path, text.encode())
        write_downloads(self._target, answers)
        contents = [content for block in self._blocks for content in block.swept.values()]
        failed = any(content.failed for content in contents)
        if failed or any(answer.startswith(WRONG) for answer in answers):
            return
        if self._before is not None and self._before.text == text:
            os.utime(path, ns=self._before.times)  # then Sphinx need not read it again
        entries = Entries.union([*(block.entries for block in rest), self._prose.entries])
        Record(
            script=get_md5sum(self._target, mode="t"),
            entries=entries,
            state=_state(entries),
            pictures=[key for b in rest for swept in b.swept.values() for key in swept.pictures],
            matrices=matrices,
            answers=answers,
        ).write(self._target)

    def _matrix(self, block: Block, text: str) -> tuple[Matrix, str] | None:
        """Return the matrix of a block that only sweeps, if no other block reads the sweep.

        What it printed goes from the page, which refers to the file of the matrix instead: the text
        of the page without it is returned, too.
        """
        asked = Request.of(block.code)
        others = [other.code for other in self._blocks if other is not block]
        if asked is None or any(asked.variable in names_read(code) for code in others):
            return None
        for file, content in block.swept.items():
            referring = with_reference(text, file, content) if asked.prints else text
            if referring is not None:
                with suppress(UnidentifiableError, UnknownNameError):
                    return Matrix.of(asked, file, content), referring
        return None


class Record(NamedTuple):
    """What a page was made from.

    Attributes
    ----------
    script : str
        Digest of the script's text.
    entries : Entries
        Those that it looked up, apart from those of `matrices`.
    state : str or None
        Digest of these entries and of the package; None if that cannot be told.
    pictures : list of str
        Keys in the store of the pictures of matrices, apart from `matrices`.
    matrices : list of Matrix
        Those that can be rebuilt without the script.
    answers : list of str
        The numbers in its prose, in their order.
    """

    script: str
    entries: Entries
    state: str | None
    pictures: list[str]
    matrices: list[Matrix]
    answers: list[str]

    @classmethod
    def read(cls, target: Path) -> "Record | None":
        """Read the record of a script, by sphinx-gallery's copy of it beside the page.

        None if it was never written, or by another version.
        """
        try:
            written = json.loads(record_path(target).read_text(encoding="utf-8"))
            script, entries, state, pictures, matrices, answers = written
            entries = Entries(*map(tuple, entries))
            matrices = [Matrix.read(*m) for m in matrices]
            return cls(script, entries, state, pictures, matrices, answers)
        except (OSError, ValueError, TypeError):
            return None

    def write(self, target: Path) -> None:
        """Write it beside the page, whole or not at all."""
        write(record_path(target), json.dumps(self).encode())

    def is_current(self, script: Path, store: Store) -> bool:
        """Whether running the script again would make the same page, apart from `matrices`.

        Parameters
        ----------
        script : Path
            In the gallery.
        store : Store
            Which has to hold the pictures.
        """
        return (
            self.script == get_md5sum(script, mode="t")
            and self.state is not None
            and self.state == _state(self.entries)
            and all(key in store for key in self.pictures)
        )

    def has_current_matrices(self, store: Store) -> bool:
        """Whether making them again would give the same.

        Raises
        ------
        UnidentifiableError, UnknownNameError
            If an entry is gone, or it cannot be told what it depends on.
        """
        return all(matrix.is_current(store) for matrix in self.matrices)

    def renew(self, target: Path, store: Store) -> None:
        """Rebuild the matrices that have changed, and note it.

        Raises
        ------
        NotRenewableError, UnidentifiableError, UnknownNameError
            If only the script can make them.
        """
        for i, matrix in enumerate(self.matrices):
            if not matrix.is_current(store):
                self.matrices[i] = matrix.renewed(target, store)
        write_downloads(target, self.answers)  # which say what happened in cells
        self.write(target)


def record_path(target: Path) -> Path:
    """Return where the record of a script is."""
    return target.with_suffix(".record.json")


@cache
def package_state() -> str:
    """Return a digest of the code behind the public names and the scrapers, entries apart."""
    return sources(*public_modules(), "optgallery.sphinxext.incremental.scraper")


def _state(entries: Entries) -> str | None:
    state = entries.digest()
    return None if state is None else digest(package_state(), state)
