"""What is known of each page that was read, kept in Sphinx's environment from build to build."""

from typing import Generic, TypeVar

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

Note = TypeVar("Note")


class PageNotes(Generic[Note]):
    """A mapping from page to note, which Sphinx keeps, and which its processes share.

    Parameters
    ----------
    name : str
        Of the environment's attribute.
    """

    def __init__(self, name: str) -> None:
        self.name = f"optgallery_{name}"

    def of(self, env: BuildEnvironment) -> dict[str, Note]:
        """Return the notes by the names of pages; to be changed in place."""
        if not hasattr(env, self.name):
            setattr(env, self.name, {})
        notes: dict[str, Note] = getattr(env, self.name)
        return notes

    def connect(self, app: Sphinx) -> None:
        """Have the note of a page forgotten before it is read again, and taken over once it was."""
        app.connect("env-purge-doc", self._forget)
        app.connect("env-merge-info", self._merge)

    def _forget(self, _app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        self.of(env).pop(docname, None)

    def _merge(
        self, _app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        """Take over the notes of pages that another process has read."""
        notes = self.of(other)
        self.of(env).update({page: notes[page] for page in docnames & notes.keys()})
