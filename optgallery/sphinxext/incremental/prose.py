"""The numbers in a page's prose: read off the runs of its script while that is run.

A script's prose says ``:cost:`runs[1]```, and the page of it ``:cost:`runs[1] <55>```. The number
stands in the page's source, which Sphinx keeps, so that no build has to find it again before the
script changes or anything that it uses.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.errors import ExtensionError
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.quantities import (
    ROLES,
    ProseError,
    Request,
    UnknownRunError,
    say,
)

WRONG = "wrong: "
"""What precedes the words that stand in a page for a number that was not found."""


def pattern(*roles: str) -> re.Pattern[str]:
    """Return what finds these roles in reST: the name and the text of each."""
    return re.compile(rf":({'|'.join(roles)}):`([^`]+)`")


class Mention(NamedTuple):
    """A role in the prose of a script: its name, its text, its line, and the block it stands in."""

    role: str
    text: str
    line: int
    block: int


class Prose:
    """The numbers that the prose of a script mentions, as they are found while it is run.

    A variable means what it holds after the code above the prose; if that has no such run, what it
    holds after the code below.

    Attributes
    ----------
    numbers : dict of Mention to str
        Those that were found.
    errors : dict of Mention to ProseError
        Why others were not.
    """

    def __init__(self, script: Path) -> None:
        _, self._blocks = split_code_and_text_blocks(str(script))
        self.script = script
        self.mentions = [
            Mention(found[1], found[2], line + content.count("\n", 0, found.start()), number)
            for number, (kind, content, line) in enumerate(self._blocks)
            if kind == "text"
            for found in pattern(*ROLES).finditer(content)
        ]
        self.numbers: dict[Mention, str] = {}
        self.errors: dict[Mention, ProseError] = {}
        self._unknown: dict[Mention, ProseError] = {}

    def read(self, line: int, variables: Mapping[str, Any]) -> None:
        """Find what can be found after a block of code.

        Parameters
        ----------
        line : int
            Where the block begins.
        variables : mapping
            What its variables hold now.
        """
        codes = [i for i, (kind, _, _) in enumerate(self._blocks) if kind == "code"]
        now = next(i for i in codes if self._blocks[i][2] == line)
        upcoming = next((i for i in codes if i > now), len(self._blocks))
        for mention in self.mentions:
            known = mention in self.numbers or mention in self.errors
            if mention.block >= upcoming or known:
                continue
            try:
                self.numbers[mention] = say(mention.role, mention.text, variables)
                self._unknown.pop(mention, None)
            except UnknownRunError as error:  # a block below may have it
                self._unknown[mention] = error
            except ProseError as error:
                self.errors[mention] = error

    def finish(self) -> None:
        """Take the runs that were not found for wrong: there is no more code."""
        self.errors |= self._unknown

    @property
    def entries(self) -> Entries:
        """The optimizers and functions of those runs that no variable holds."""
        cells = [Request.of(mention.text).cell for mention in self.numbers]
        return Entries.union(Entries((c[0],), (c[1],)) for c in cells if c is not None)

    @property
    def answers(self) -> list[str]:
        """The number of each mention, or what is wrong, after `WRONG`."""
        return [self._answer(mention) for mention in self.mentions]

    def _answer(self, mention: Mention) -> str:
        if mention in self.numbers:
            return self.numbers[mention]
        error = self.errors.get(mention, "the code beside it was not run")
        words = re.sub("[`<>]", "'", str(error))
        return f"{WRONG}{self.script.name}, line {mention.line}: {words}"


def with_numbers(page: str, answers: Sequence[str]) -> str:
    """Return the reST of a page with each number, or what is wrong, in its role.

    Parameters
    ----------
    page : str
        As sphinx-gallery wrote it.
    answers : sequence of str
        Those of its script, in their order.

    Raises
    ------
    ExtensionError
        If the page has other roles than the prose of its script.
    """
    found, roles = iter(answers), pattern(*ROLES)
    if len(roles.findall(page)) != len(answers):
        raise ExtensionError("a role that prints a number belongs in prose, not in code")
    return roles.sub(lambda role: f":{role[1]}:`{role[2]} <{next(found)}>`", page)
