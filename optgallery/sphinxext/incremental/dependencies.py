"""The entries of the registries that something depends on, and what they are at this moment."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from optgallery.cache.fingerprint import UnidentifiableError, digest, identity
from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.registry import EVERY, Registry

_identities: dict[tuple[str, str], tuple[object, str]] = {}


def identify(registry: Registry[Any], name: str) -> str:
    """Return the identity of an entry, sources and all.

    It is found once for each entry: a build shows the package as it was loaded.

    Raises
    ------
    UnidentifiableError
        If that cannot be told, as of an entry that a script adds.
    """
    entry = registry.peek(name)
    known, found = _identities.get((registry.kind, name), (None, ""))
    if entry is None or known is not entry:
        found = digest(identity(entry))
        _identities[registry.kind, name] = entry, found
    return found


class Entries(NamedTuple):
    """Names of optimizers and functions, or `EVERY` for all that there are."""

    optimizers: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()

    @classmethod
    def union(cls, several: Iterable["Entries"]) -> "Entries":
        """Return all that occur in several."""
        several = list(several)
        return cls(
            _spelled({name for entries in several for name in entries.optimizers}),
            _spelled({name for entries in several for name in entries.functions}),
        )

    def digest(self) -> str | None:
        """Return a digest of what these entries are at this moment, sources and all.

        None if that cannot be told, as of an entry that a script adds: then it may have changed.
        """
        try:
            return digest(
                [
                    (registry.kind, name, identify(registry, name))
                    for registry, given in (
                        (OPTIMIZERS, self.optimizers),
                        (FUNCTIONS, self.functions),
                    )
                    for name in (registry.names if EVERY in given else given)
                ]
            )
        except UnidentifiableError:
            return None


@contextmanager
def lookups() -> Iterator[Callable[[], Entries]]:
    """Collect what is looked up in the registries; yield what returns it as it is so far."""
    with OPTIMIZERS.lookups() as optimizers, FUNCTIONS.lookups() as functions:
        yield lambda: Entries(_spelled(optimizers), _spelled(functions))


def _spelled(names: set[str]) -> tuple[str, ...]:
    return (EVERY,) if EVERY in names else tuple(sorted(names))
