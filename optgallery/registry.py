"""A read-only mapping from names to entries that grows through :meth:`Registry.add`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, Protocol, TypeVar
from unicodedata import category


class Named(Protocol):
    """Anything with a ``name``, which is all that a registry requires of its entries."""

    @property
    def name(self) -> str:
        """The name under which it is registered."""


Entry = TypeVar("Entry", bound=Named)

EVERY = "*"
"""Means all entries, including those added later."""


class UnknownNameError(KeyError, ValueError):
    """No entry has this name; the message suggests the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show the message in quotation marks


class Registry(Mapping[str, Entry]):
    """Entries by name, in the order in which they were added.

    Parameters
    ----------
    kind : str
        What an entry is, as named in error messages: ``"optimizer"``.

    Examples
    --------
    >>> from optgallery import FUNCTIONS
    >>> FUNCTIONS["beale"].title
    'Beale'
    >>> FUNCTIONS["ackly"]
    Traceback (most recent call last):
    optgallery.registry.UnknownNameError: unknown test function 'ackly'; did you mean 'ackley'?
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._lookups: list[set[str]] = []
        self._entries: dict[str, Entry] = {}

    def add(self, entry: Entry) -> Entry:
        """Add an entry under its own name and return it.

        Raises
        ------
        ValueError
            If the name is taken, since entries are never replaced.
        """
        if entry.name in self._entries:
            raise ValueError(f"the {self.kind} {entry.name!r} exists already; choose another name")
        self._entries[entry.name] = entry
        return entry

    @contextmanager
    def lookups(self) -> Iterator[set[str]]:
        """Collect the names that are looked up within a ``with`` block: its dependencies.

        Yields
        ------
        set of str
            Grows with every lookup; holds `EVERY` once all entries were iterated over.
        """
        names: set[str] = set()
        self._lookups.append(names)
        try:
            yield names
        finally:
            self._lookups = [others for others in self._lookups if others is not names]

    def note(self, name: str) -> None:
        """Count a name as looked up."""
        for names in self._lookups:
            names.add(name)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, without counting as looked up."""
        return tuple(self._entries)

    def peek(self, name: str) -> Entry | None:
        """Return an entry, or None, without counting as looked up."""
        return self._entries.get(name)

    def __getitem__(self, name: str) -> Entry:
        try:
            entry = self._entries[name]
        except (KeyError, TypeError):
            raise UnknownNameError(self._unknown(name)) from None
        self.note(name)
        return entry

    def __iter__(self) -> Iterator[str]:
        self.note(EVERY)
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{len(self)} {self.kind}s: {', '.join(self)}>"

    def _unknown(self, name: object) -> str:
        near = get_close_matches(str(name).lower().replace("-", "_"), self._entries, n=3)
        if near:
            advice = "did you mean " + " or ".join(map(repr, near)) + "?"
        else:
            advice = "known are " + ", ".join(self._entries)
        return f"unknown {self.kind} {name!r}; {advice}"


def check_name(name: Any, kind: str) -> None:
    """Reject a name that cannot be part of a path, or that is invisible or cannot be typed.

    Parameters
    ----------
    name : str
    kind : str
        What has the name, as in error messages: ``"test function"``.

    Raises
    ------
    TypeError
        If the name is not a string.
    ValueError
        If it is empty, begins or ends with a space, is ``.``, or contains ``..``, a path separator
        or a control character.

    Examples
    --------
    >>> check_name("noisy_beale_0.5", "test function")
    >>> check_name("../beale", "test function")
    Traceback (most recent call last):
    ValueError: the name of a test function must not contain '/', got '../beale'
    """
    what = f"the name of {'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    if not isinstance(name, str):
        raise TypeError(f"{what} must be a string, got {name!r}")
    if not name.strip():
        raise ValueError(f"{what} must not be empty, got {name!r}")
    # control characters, lone surrogates, line and paragraph separators
    forbidden = [c for c in name if c in "/\\" or category(c) in ("Cc", "Cs", "Zl", "Zp")]
    if forbidden:
        raise ValueError(f"{what} must not contain {forbidden[0]!r}, got {name!r}")
    if ".." in name or name == ".":
        raise ValueError(f"{what} must not contain '..' or be '.', which are folders, got {name!r}")
    if name != name.strip():
        raise ValueError(f"{what} must not begin or end with a space, got {name!r}")
