"""Records of what each page depends on, to decide whether its script must run again.

sphinx-gallery runs a script again only when its text changes. Its page also depends on the registry
entries that it uses, the package and the libraries. So each run writes a record beside the page.
"""

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from optgallery.cache.fingerprint import UnidentifiableError, digest, public_modules, sources
from optgallery.cache.store import Store
from optgallery.registry import UnknownNameError
from optgallery.sphinxext.incremental import user_code
from optgallery.sphinxext.incremental.dependencies import Entries, lookups
from optgallery.sphinxext.incremental.downloads import offer, write_downloads
from optgallery.sphinxext.incremental.matrices import (
    Content,
    Matrix,
    Request,
    names_read,
    with_output_first,
    with_reference,
)
from optgallery.sphinxext.incremental.prose import WRONG, Prose, with_numbers
from optgallery.sphinxext.incremental.site_files import write

INDEPENDENT = "independent"
"""The state of a page that does not depend on this package: its script's text decides alone."""


class Block(NamedTuple):
    """An executed block of a script: its code, the entries it looked up, and its sweeps by file."""

    code: str
    entries: Entries
    swept: dict[str, Content]


class Page(NamedTuple):
    """sphinx-gallery's page of a script, and its access and modification times."""

    text: str
    times: tuple[int, int]

    @classmethod
    def read(cls, path: Path) -> "Page | None":
        """Read a page; None if it does not exist."""
        try:
            state = path.stat()
            return cls(path.read_text(encoding="utf-8"), (state.st_atime_ns, state.st_mtime_ns))
        except OSError:
            return None


class Script:
    """Observes one run of a script, and writes its record at the end."""

    def __init__(self) -> None:
        self._lookups = ExitStack()
        self.begin()

    def begin(self) -> None:
        """Begin a new script."""
        self._target: Path | None = None
        self._before: Page | None = None
        self._prose: Prose | None = None
        self._modules: list[str] = []
        self._blocks: list[Block] = []
        self._shows = False
        self.restart_lookups()

    def restart_lookups(self) -> None:
        """Forget the lookups since the last block, which were made while saving its pictures."""
        self._lookups.close()
        self._looked_up = self._lookups.enter_context(lookups())

    def note_block(
        self, script: Path, target: Path, block: tuple[str, str, int], variables: Mapping[str, Any]
    ) -> None:
        """Record an executed block, and compute the numbers in the text beside it.

        Parameters
        ----------
        script, target : Path
            The script, and sphinx-gallery's copy of it beside the page.
        block : tuple
            Its kind, code and first line.
        variables : mapping
            The script's variables after the block.
        """
        if self._target is None or self._prose is None:
            self._target, self._before = target, Page.read(target.with_suffix(".rst"))
            self._prose = Prose(script)
            self._modules = user_code.imported_by(script)
        _, code, line = block
        self._blocks.append(Block(code, self._looked_up(), {}))
        self._prose.read(line, variables)

    def note_use(self) -> None:
        """Record that the script shows something of this package."""
        self._shows = True

    def note_matrix(self, file: str, content: Content) -> None:
        """Record a matrix of the last block, and the name of its file."""
        self._blocks[-1].swept[file] = content

    def digest_so_far(self) -> str | None:
        """Return a digest of everything that the script's results so far depend on.

        None if it cannot be determined.
        """
        state = _state(Entries.union(block.entries for block in self._blocks), self._modules)
        return None if state is None else digest(state, *(block.code for block in self._blocks))

    def end(self) -> None:
        """Complete the page and write the record, after sphinx-gallery has processed the script.

        No record is written if a run failed, since the machine may be the cause, or if a number in
        the text cannot be printed: the next build then runs the script again. The page of a script
        that does not use this package is left as it is.
        """
        self._lookups.close()
        if self._target is None or self._prose is None:
            return
        if not self._uses_package():
            Record(_digest_of(self._target), Entries(), INDEPENDENT, [], [], []).write(self._target)
            return
        path = self._target.with_suffix(".rst")
        text = with_output_first(offer(path.read_text(encoding="utf-8"), self._target))
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
            os.utime(path, ns=self._before.times)  # so that Sphinx does not read it again
        entries = Entries.union([*(block.entries for block in rest), self._prose.entries])
        Record(
            script=_digest_of(self._target),
            entries=entries,
            state=_state(entries, self._modules),
            pictures=[key for b in rest for swept in b.swept.values() for key in swept.pictures],
            matrices=matrices,
            answers=answers,
        ).write(self._target)

    def _uses_package(self) -> bool:
        """Whether the page can depend on this package, whichever module of the user imports it."""
        looks_up = any(block.entries != Entries() for block in self._blocks)
        mentions = bool(self._prose and self._prose.mentions)
        return self._shows or looks_up or mentions or user_code.uses_package(self._modules)

    def _matrix(self, block: Block, text: str) -> tuple[Matrix, str] | None:
        """Return the matrix of a block that only sweeps, unless another block reads the sweep.

        The second item is the page's text, in which a reference to the matrix file replaces the
        printed sweep.
        """
        request = Request.of(block.code)
        others = [other.code for other in self._blocks if other is not block]
        if request is None or any(request.variable in names_read(code) for code in others):
            return None
        for file, content in block.swept.items():
            new_text = with_reference(text, file, content) if request.prints else text
            if new_text is not None:
                with suppress(UnidentifiableError, UnknownNameError):
                    return Matrix.of(request, file, content), new_text
        return None


class Record(NamedTuple):
    """The dependencies of a page.

    Attributes
    ----------
    script : str
        Digest of the script's text.
    entries : Entries
        The entries that it looked up, except those of `matrices`.
    state : str or None
        Digest of these entries, of the package and of the user's modules; `INDEPENDENT` if the
        page does not depend on this package, None if its dependencies cannot be determined.
    pictures : list of str
        Store keys of the pictures of matrices that only the script can make.
    matrices : list of Matrix
        The matrices that can be rebuilt without the script.
    answers : list of str
        The numbers in its text, in order.
    """

    script: str
    entries: Entries
    state: str | None
    pictures: list[str]
    matrices: list[Matrix]
    answers: list[str]

    @classmethod
    def read(cls, target: Path) -> "Record | None":
        """Read the record beside sphinx-gallery's copy of a script.

        None if it does not exist, or was written by another version.
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
        """Write the record beside the page, atomically."""
        write(record_path(target), json.dumps(self).encode())

    def is_current(self, script: Path, store: Store) -> bool:
        """Whether the page, apart from `matrices`, is up to date.

        Parameters
        ----------
        script : Path
            The script in the gallery.
        store : Store
            The store that must contain the pictures.
        """
        if self.script != _digest_of(script) or self.state == INDEPENDENT:
            return self.script == _digest_of(script)
        return (
            self.state is not None
            and self.state == _state(self.entries, user_code.imported_by(script))
            and all(key in store for key in self.pictures)
        )

    def has_current_matrices(self, store: Store) -> bool:
        """Whether `matrices` are up to date.

        Raises
        ------
        UnidentifiableError, UnknownNameError
            If an entry was removed, or its dependencies cannot be determined.
        """
        return all(matrix.is_current(store) for matrix in self.matrices)

    def rebuild(self, target: Path, store: Store) -> None:
        """Rebuild stale matrices, and update the downloads and the record.

        Raises
        ------
        NotRebuildableError, UnidentifiableError, UnknownNameError
            If the script must run instead.
        """
        for i, matrix in enumerate(self.matrices):
            if not matrix.is_current(store):
                self.matrices[i] = matrix.rebuilt(target, store)
        write_downloads(target, self.answers)  # they contain outcomes of cells
        self.write(target)


def _digest_of(script: Path) -> str:
    from sphinx_gallery.utils import get_md5sum

    return str(get_md5sum(script, mode="t"))


def record_path(target: Path) -> Path:
    """Return the path of a script's record."""
    return target.with_suffix(".record.json")


@cache
def package_state() -> str:
    """Return a digest of the code of the public names and the scrapers, without the entries."""
    return sources(*public_modules(), "optgallery.sphinxext.incremental.scraper")


def _state(entries: Entries, modules: list[str]) -> str | None:
    """Return a digest of the package, of some entries, and of the user's own modules."""
    state = entries.digest()
    if state is None:
        return None
    return digest(package_state(), state, user_code.state_of(modules))
