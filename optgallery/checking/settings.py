"""Which hyper-parameters of an implementation mean which of an entry, and whose defaults differ."""

from collections.abc import Mapping
from dataclasses import dataclass
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
}
_MEMBERS = ("{name}{i}", "{stem}{i}", "{stem}_{i}", "b{i}")
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
