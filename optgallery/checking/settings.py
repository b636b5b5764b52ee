"""Which hyper-parameters of an implementation mean which of an entry, and whose defaults differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, permutations
from numbers import Real
from typing import Any

from optgallery.optim.construction import Constructor
from optgallery.optim.hyperparameters import format_value
from optgallery.optim.spec import OptimizerSpec

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "lr": ("learning_rate", "step_size", "rate", "eta", "alpha"),
    "eps": ("epsilon", "delta"),
    "weight_decay": ("wd", "decay", "lambda_", "lambd", "l2"),
    "momentum": ("beta", "mu", "momentum_decay", "beta1"),
    "beta": ("momentum", "mu", "beta1"),
    "alpha": ("rho", "decay_rate"),
    "rho": ("decay_rate",),
}
_MEMBERS = ("{name}{i}", "{stem}{i}", "{stem}_{i}", "b{i}")
_OF_SEVERAL_MEANINGS = {
    *("alpha", "beta", "beta1", "decay", "decay_rate", "delta", "eta", "mu", "rate", "rho"),
    "momentum",
}
"""Names that mean different hyper-parameters in different classes."""

_PAIRINGS = 500
"""The largest number of pairings of names that are tried."""

_OF_TORCH = {"foreach", "maximize", "capturable", "differentiable", "fused", "seed"}


@dataclass(frozen=True)
class Names:
    """The hyper-parameters that two classes share, each under its names in both.

    Attributes
    ----------
    shared : dict
        From the entry's name to the implementation's name, or to a name for each member.
    only_entry, only_implementation : tuple of str
        What one of the two does not have.
    """

    shared: dict[str, str | tuple[str, ...]]
    only_entry: tuple[str, ...]
    only_implementation: tuple[str, ...]

    def for_implementation(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entry's settings under the implementation's names."""
        renamed: dict[str, Any] = {}
        for name, value in settings.items():
            theirs = self.shared.get(name)
            if isinstance(theirs, str):
                renamed[theirs] = value
            elif theirs is not None:
                renamed.update(zip(theirs, value, strict=True))
        return renamed


def defaults_of(spec: OptimizerSpec) -> dict[str, Any]:
    """Return the hyper-parameters of an entry with their defaults."""
    defaults = {**Constructor.of(spec.cls).defaults, **spec.defaults}
    return {name: value for name, value in defaults.items() if name not in _OF_TORCH}


def match_names(
    implementation: OptimizerSpec,
    entry: OptimizerSpec,
    given: Mapping[str, str | tuple[str, ...]],
) -> Names:
    """Find out which hyper-parameters of two classes mean the same, by their names.

    Parameters
    ----------
    implementation, entry : OptimizerSpec
    given : mapping
        What the caller says, from the entry's names to the implementation's.

    Raises
    ------
    TypeError
        If one of the classes has no hyper-parameter of a name in `given`.
    """
    ours, theirs = defaults_of(entry), defaults_of(implementation)
    for name, mapped in given.items():
        Constructor.of(entry.cls).check_names(entry.title, [name])
        listed = [mapped] if isinstance(mapped, str) else mapped
        Constructor.of(implementation.cls).check_names(implementation.title, listed)
    takes = _taken(implementation)
    shared: dict[str, str | tuple[str, ...]] = {}
    used: set[str] = set()
    for name, value in ours.items():
        found = given.get(name) or _found(name, value, takes, theirs)
        listed = () if found is None else (found,) if isinstance(found, str) else tuple(found)
        if found is not None and (name in given or not used & set(listed)):
            shared[name] = found if isinstance(found, str) else tuple(found)
            used |= set(listed)
    return Names(
        shared,
        tuple(name for name in ours if name not in shared),
        tuple(name for name in takes if name not in used and name not in _OF_TORCH),
    )


def other_pairings(
    implementation: OptimizerSpec,
    entry: OptimizerSpec,
    names: Names,
    fixed: Mapping[str, str | tuple[str, ...]],
    own: Mapping[str, Any],
) -> Iterator[Names]:
    """Yield other ways to pair the numbers that two classes take under different names.

    Parameters
    ----------
    implementation, entry : OptimizerSpec
    names : Names
        As `match_names` pairs them; what has one name in both stays.
    fixed : mapping
        What the caller says, which stays.
    own : mapping
        What the caller sets for the implementation alone, which is paired with nothing.

    Yields
    ------
    Names
        Those that change the fewest pairs come first.
    """
    ours, theirs = defaults_of(entry), defaults_of(implementation)
    kept = {
        n: m
        for n, m in names.shared.items()
        if n in fixed or m == n or m not in _OF_SEVERAL_MEANINGS or not _is_numeric(ours[n])
    }
    used = {name for mapped in kept.values() for name in _listed(mapped)} | set(own)
    takes = _taken(implementation)
    free = [n for n in takes if n not in used and n not in _OF_TORCH]
    numbers = [n for n in free if n not in theirs or _is_number(theirs[n])]
    open_ = [n for n, value in ours.items() if n not in kept and _is_numeric(value)]

    def options(name: str) -> Iterator[str | tuple[str, ...] | None]:
        value = ours[name]
        if name in names.shared:
            yield names.shared[name]
            yield None
        else:
            yield None
        if isinstance(value, tuple):
            yield from (n for n in free if n in theirs and _is_numeric(theirs[n], len(value)))
            yield from permutations(numbers, len(value))
        else:
            yield from numbers

    def assigned(rest: list[str]) -> Iterator[dict[str, str | tuple[str, ...]]]:
        if not rest:
            yield {}
            return
        for others in assigned(rest[1:]):
            taken = {name for mapped in others.values() for name in _listed(mapped)}
            for mapped in dict.fromkeys(options(rest[0])):
                if mapped is None:
                    yield others
                elif not taken & set(_listed(mapped)):
                    yield {rest[0]: mapped, **others}

    def changes(pairs: Mapping[str, str | tuple[str, ...]]) -> int:
        return sum(pairs.get(n) != names.shared.get(n) for n in open_)

    for pairs in sorted(islice(assigned(open_), _PAIRINGS), key=changes):
        if changes(pairs) == 0:
            continue
        shared = {name: {**kept, **pairs}[name] for name in ours if name in {**kept, **pairs}}
        taken = {name for mapped in shared.values() for name in _listed(mapped)}
        yield Names(
            shared,
            tuple(name for name in ours if name not in shared),
            tuple(name for name in takes if name not in taken and name not in _OF_TORCH),
        )


def _listed(mapped: str | tuple[str, ...]) -> tuple[str, ...]:
    return (mapped,) if isinstance(mapped, str) else mapped


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_numeric(value: Any, size: int | None = None) -> bool:
    """Whether a value is a number, or several; exactly so many, if `size` is given."""
    if isinstance(value, (tuple, list)):
        return all(map(_is_number, value)) and size in (None, len(value))
    return size is None and _is_number(value)


def _taken(spec: OptimizerSpec) -> tuple[str, ...]:
    """Return the names that a class takes; those with defaults, if it takes any keyword."""
    constructor = Constructor.of(spec.cls)
    return tuple(constructor.defaults) if constructor.hparams is None else constructor.hparams


def _found(
    name: str, value: Any, takes: tuple[str, ...], defaults: Mapping[str, Any]
) -> str | tuple[str, ...] | None:
    """Return the implementation's name of a hyper-parameter, or its names of the members."""
    if name in takes:
        return name if _are_alike(value, defaults.get(name, value)) else None
    if isinstance(value, tuple):
        for form in _MEMBERS:
            members = tuple(
                form.format(name=name, stem=name.removesuffix("s"), i=i + 1)
                for i in range(len(value))
            )
            if all(member in takes for member in members):
                return members
        return None
    candidates = _SYNONYMS.get(name, ())
    return next((s for s in candidates if s in takes and isinstance(value, Real)), None)


def _are_alike(ours: Any, theirs: Any) -> bool:
    """Whether two values are both numbers, or as many numbers."""
    if isinstance(ours, (tuple, list)) or isinstance(theirs, (tuple, list)):
        both = isinstance(ours, (tuple, list)) and isinstance(theirs, (tuple, list))
        return both and len(ours) == len(theirs)
    return True


def differing_defaults(
    implementation: OptimizerSpec, entry: OptimizerSpec, names: Names
) -> list[str]:
    """Return a sentence for each default of the implementation that is not the entry's."""
    ours, theirs = defaults_of(entry), defaults_of(implementation)
    sentences = []
    for name, mapped in names.shared.items():
        listed = (mapped,) if isinstance(mapped, str) else mapped
        if not all(each in theirs for each in listed):
            continue
        value = theirs[mapped] if isinstance(mapped, str) else tuple(theirs[e] for e in listed)
        if _plain(value) != _plain(ours[name]):
            called = mapped if isinstance(mapped, str) else ", ".join(listed)
            sentences.append(
                f"your default of {called} is {format_value(value)}, "
                f"the entry's {'' if called == name else f'{name} '}is {format_value(ours[name])}"
            )
    return sentences


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
