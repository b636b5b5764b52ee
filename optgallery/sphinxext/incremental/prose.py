"""The numbers in a page's prose: computed from the runs of its script while it is run.

The role ``:cost:`runs[1]``` in a script's prose becomes ``:cost:`runs[1] <55>``` on its page. The
number is then part of the page's source, so that it is not computed again until the script or one
of its dependencies changes.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.errors import ExtensionError

from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.quantities import (
    ROLES,
    ProseError,
    Request,
    UnknownRunError,
    say,
)

WRONG = "wrong: "
"""Begins the text that replaces a number on a page if it was not found."""


def pattern(*roles: str) -> re.Pattern[str]:
    """Return a pattern for these roles in reST, with the name and the text as groups."""
    return re.compile(rf":({'|'.join(roles)}):`([^`]+)`")


class Mention(NamedTuple):
    """A role in the prose of a script: its name, its text, its line, and its block."""

    role: str
    text: str
    line: int
    block: int


class Prose:
    """The numbers that the prose of a script mentions, as they are found while it is run.

    A variable has its value after the code above the prose; if there is no such run, its value
    after the code below.

    Attributes
    ----------
    numbers : dict of Mention to str
        The numbers that were found.
    errors : dict of Mention to ProseError
        The errors of the others.
    """

    def __init__(self, script: Path) -> None:
        from sphinx_gallery.py_source_parser import split_code_and_text_blocks

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
        """Find the numbers that are available after a block of code.

        Parameters
        ----------
        line : int
            The first line of the block.
        variables : mapping
            The current values of the script's variables.
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
        """Report the runs that were not found, since there is no more code."""
        self.errors |= self._unknown

    @property
    def entries(self) -> Entries:
        """The optimizers and functions of runs that are named by their cell."""
        cells = [Request.of(mention.text).cell for mention in self.numbers]
        return Entries.union(Entries((c[0],), (c[1],)) for c in cells if c is not None)

    @property
    def answers(self) -> list[str]:
        """The number of each mention, or `WRONG` followed by the error."""
        return [self._answer(mention) for mention in self.mentions]

    def _answer(self, mention: Mention) -> str:
        if mention in self.numbers:
            return self.numbers[mention]
        error = self.errors.get(mention, "the code beside it was not run")
        words = re.sub("[`<>]", "'", str(error))
        return f"{WRONG}{self.script.name}, line {mention.line}: {words}"


def with_numbers(page: str, answers: Sequence[str]) -> str:
    """Return the reST of a page with each number, or its error, in its role.

    Parameters
    ----------
    page : str
        The page written by sphinx-gallery.
    answers : sequence of str
        The answers of its script, in order.

    Raises
    ------
    ExtensionError
        If the page has other roles than the prose of its script.
    """
    found, roles = iter(answers), pattern(*ROLES)
    if len(roles.findall(page)) != len(answers):
        raise ExtensionError("a role that prints a number belongs in prose, not in code")
    return roles.sub(lambda role: f":{role[1]}:`{role[2]} <{next(found)}>`", page)
