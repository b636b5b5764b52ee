"""Mini-galleries: read a page again when the examples that it lists have changed.

sphinx-gallery's ``minigallery`` directive reads a list of examples that each build writes again,
but does not tell Sphinx that the page depends on it. Without this module, a new script is missing
from the pages of the API until they are read for another reason.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from optgallery.cache.fingerprint import digest
from optgallery.sphinxext.incremental.gallery import settings
from optgallery.sphinxext.incremental.page_notes import PageNotes

_DIRECTIVE = re.compile(
    r"^([ \t]*)\.\. minigallery::(.*(?:\n(?:\1[ \t]+.*|[ \t]*))*)", re.MULTILINE
)
_OPTION = re.compile(r"^\s*:[\w-]+:.*$", re.MULTILINE)


class Listed(NamedTuple):
    """What the mini-galleries of a page list."""

    subjects: list[str]
    """The objects and the patterns of file names that they are given."""
    state: str
    """A digest of the examples found for them when the page was read."""


LISTED: PageNotes[Listed] = PageNotes("mini_galleries")
"""What the mini-galleries of each page list."""


def add_mini_galleries(app: Sphinx) -> None:
    """Register what keeps mini-galleries current."""
    LISTED.connect(app)
    app.connect("source-read", _note_subjects)
    app.connect("env-get-outdated", _outdated)


def subjects(source: str) -> list[str]:
    """Return what the ``minigallery`` directives in a page's source are given.

    Examples
    --------
    >>> subjects('''
    ... .. minigallery:: package.run package.sweep
    ...    :add-heading: Examples
    ...
    ...    ../gallery/*.py
    ...
    ... Text.
    ... ''')
    ['package.run', 'package.sweep', '../gallery/*.py']
    """
    given = (_OPTION.sub("", found[2]) for found in _DIRECTIVE.finditer(source))
    return [subject for text in given for subject in text.split()]


def _note_subjects(app: Sphinx, docname: str, source: list[str]) -> None:
    if given := subjects(source[0]):
        LISTED.of(app.env)[docname] = Listed(given, _state(app, given, _known_examples(app)))


def _outdated(
    app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    known = _known_examples(app)
    return sorted(
        docname
        for docname, listed in LISTED.of(env).items()
        if docname in env.found_docs and _state(app, listed.subjects, known) != listed.state
    )


def _known_examples(app: Sphinx) -> dict[str, list[list[str]]]:
    """Return sphinx-gallery's list of the examples that use each object.

    Of an example it has the file, the folders of the script and of its page, and two texts.
    """
    folder = settings(app.config).get("backreferences_dir")
    path = Path(app.srcdir, folder or "", "backreferences_all.json")
    if not folder or not path.exists():
        return {}
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _state(app: Sphinx, given: list[str], known: dict[str, list[list[str]]]) -> str:
    """Return a digest of the examples, and of the names of their thumbnails."""
    found: list[object] = []
    for subject in given:
        for name, scripts, pages, *texts in known.get(subject, []):
            images = Path(pages, "images", "thumb").glob(f"sphx_glr_{Path(name).stem}_thumb.*")
            found.append([name, scripts, *texts, sorted(image.name for image in images)])
        if subject not in known:
            paths = sorted(Path(app.srcdir).glob(subject))
            found.append([(path.name, path.read_bytes()) for path in paths if path.is_file()])
    return digest(given, found)
