"""Notes about pages, stored in Sphinx's environment between builds."""

from typing import Generic, TypeVar

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

Note = TypeVar("Note")


class PageNotes(Generic[Note]):
    """A mapping from page to note in Sphinx's environment, merged from parallel processes.

    Parameters
    ----------
    name : str
        Name of the environment's attribute, after the prefix ``optgallery_``.
    """

    def __init__(self, name: str) -> None:
        self.name = f"optgallery_{name}"

    def of(self, env: BuildEnvironment) -> dict[str, Note]:
        """Return the notes by docname; callers may modify the mapping."""
        if not hasattr(env, self.name):
            setattr(env, self.name, {})
        notes: dict[str, Note] = getattr(env, self.name)
        return notes

    def connect(self, app: Sphinx) -> None:
        """Delete the note of a page before it is read again, and merge those of other processes."""
        app.connect("env-purge-doc", self._forget)
        app.connect("env-merge-info", self._merge)

    def _forget(self, _app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        self.of(env).pop(docname, None)

    def _merge(
        self, _app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        """Copy the notes of the pages that another process has read."""
        notes = self.of(other)
        self.of(env).update({page: notes[page] for page in docnames & notes.keys()})
