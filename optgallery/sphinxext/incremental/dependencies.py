"""Registry entries that a page or a script depends on, and digests of their current state."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from optgallery.cache.fingerprint import UnidentifiableError, digest, identity
from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.registry import EVERY, Registry
from optgallery.sphinxext.incremental import known

_identities: dict[tuple[str, str], tuple[object, str]] = {}


def identify(registry: Registry[Any], name: str) -> str:
    """Return a digest of an entry and its sources, computed once per process.

    Raises
    ------
    UnidentifiableError
        If the dependencies cannot be determined, as for an entry that a script adds.
    """
    entry = known.find(registry, name)
    before, found = _identities.get((registry.kind, name), (None, ""))
    if entry is None or before is not entry:
        found = digest(identity(entry))
        _identities[registry.kind, name] = entry, found
    return found


class Entries(NamedTuple):
    """Names of optimizers and functions, or `EVERY` for all entries of the registry."""

    optimizers: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()

    @classmethod
    def union(cls, several: Iterable["Entries"]) -> "Entries":
        """Return the union of several sets of entries."""
        several = list(several)
        return cls(
            _sorted({name for entries in several for name in entries.optimizers}),
            _sorted({name for entries in several for name in entries.functions}),
        )

    def digest(self) -> str | None:
        """Return a digest of the current state of these entries, including their sources.

        None if it cannot be determined, as for an entry that a script adds.
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
    """Record lookups in the registries; yield a function that returns the entries so far."""
    with OPTIMIZERS.lookups() as optimizers, FUNCTIONS.lookups() as functions:
        yield lambda: Entries(_sorted(optimizers), _sorted(functions))


def _sorted(names: set[str]) -> tuple[str, ...]:
    return (EVERY,) if EVERY in names else tuple(sorted(names))
