"""Modes: changes to the steps of any optimizer, each a wrapper, and their composition."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from torch.optim import Optimizer

from optgallery.optim.construction import Constructor
from optgallery.optim.hyperparameters import format_value
from optgallery.optim.spec import OptimizerSpec, Paper, as_spec
from optgallery.optim.wrapper import Wrapper
from optgallery.registry import Registry, check_name

Part: TypeAlias = Literal["gradient", "update", "average", "evaluation"]

_RANKS: dict[Part, int] = {"gradient": 0, "update": 0, "average": 1, "evaluation": 2}
"""From the innermost wrapper to the outermost."""

_ROLES: dict[Part, str] = {
    "gradient": "change the gradient",
    "update": "change the update",
    "average": "average the iterates",
    "evaluation": "choose where the gradient is evaluated",
}


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A change to the steps of any optimizer: a wrapper with its paper and its capabilities.

    Parameters
    ----------
    name : str
        Identifier, as in ``MODES["cautious"]``.
    title : str
        Display name: ``"Lookahead"``.
    cls : type
        The wrapper: a class whose first argument may be an optimizer and whose keywords are the
        mode's settings.
    acts_on : {"gradient", "update", "average", "evaluation"}
        What it changes: the gradient before the inner step, the update that the inner step made,
        the iterates by an average over several, or the points at which gradients are evaluated.
    summary : str
        One sentence on what it does.
    paper : Paper
        Its publication.
    elementwise, layerwise : bool
        Whether an optimizer that updates each coordinate, or each parameter, from its own gradients
        only still does so.
    keeps_graph : bool
        Whether the gradient that the inner optimizer receives can be differentiated again: the mode
        does not replace it, and does not move the parameters between it and the inner step.
    replaces_length : bool
        Whether it discards the length of the inner update.
    reads : tuple of str
        The hyper-parameters of the inner optimizer without which the mode cannot work.
    smallest_shape : tuple of int
        A parameter must have at least as many elements in every dimension for the mode to have an
        effect: ``(1, 2)`` for one that needs rows of a matrix.
    excludes : mapping
        Names of modes and of kinds of modes that contradict it, with the reasons.
    """

    name: str
    title: str
    cls: type[Wrapper]
    acts_on: Part
    summary: str
    paper: Paper
    elementwise: bool = False
    layerwise: bool = False
    keeps_graph: bool = True
    replaces_length: bool = False
    reads: tuple[str, ...] = ()
    smallest_shape: tuple[int, ...] = ()
    excludes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_name(self.name, "mode")

    @property
    def hparams(self) -> dict[str, Any]:
        """The mode's settings with their defaults."""
        defaults = Constructor.of(self.cls).defaults
        return {name: defaults[name] for name in self.cls.settings}


MODES: Registry[Mode] = Registry("mode")

AnyMode: TypeAlias = str | Mode | tuple[str | Mode, Mapping[str, Any]]
"""Anything that `with_modes` accepts as a mode."""

AnyModes: TypeAlias = AnyMode | Sequence[AnyMode]
"""One or more modes, or an empty tuple."""


@dataclass(frozen=True)
class Layer:
    """A mode with settings of its own."""

    mode: Mode
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def title(self) -> str:
        """The mode's title with these settings: ``"Lookahead(k=10)"``."""
        given = ", ".join(f"{name}={format_value(value)}" for name, value in self.settings.items())
        return f"{self.mode.title}({given})" if given else self.mode.title

    @property
    def name(self) -> str:
        """A name with these settings that can be part of a path."""
        parts = [self.mode.name]
        parts += [f"{name}_{format_value(value)}" for name, value in self.settings.items()]
        return "_".join(parts)


@dataclass(frozen=True)
class Composition:
    """Builds an entry's optimizer and wraps it in modes, the first of them innermost."""

    spec: OptimizerSpec
    layers: tuple[Layer, ...]

    def __call__(self, *args: Any, **hparams: Any) -> Optimizer:
        """Construct the inner optimizer with these arguments, and its wrappers."""
        built: Optimizer = self.spec.cls(*args, **hparams)
        for layer in self.layers:
            wrap: Any = layer.mode.cls
            built = wrap(built, **layer.settings)
        return built

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self.spec.cls)


def with_modes(optimizer: Any, modes: AnyModes) -> OptimizerSpec:
    """Return an entry that takes the steps of an optimizer, changed by modes.

    The first mode is the innermost: the second acts on what the first has changed. Modes that
    change the gradient or the update come before one that averages the iterates, and this before
    one that chooses where gradients are evaluated.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable
        What `run` accepts as an optimizer.
    modes : str or (str, mapping), or a tuple or list of them
        Names in `MODES`, such as ``"cautious"``; with settings, ``("lookahead", {"k": 10})``.

    Returns
    -------
    OptimizerSpec
        For `run`, `sweep`, `compare` and everything else that accepts one. Its ``defaults`` and
        hyper-parameters are those of the optimizer.

    Raises
    ------
    TypeError
        If a mode is not a name, or has no such setting.
    ValueError
        If a name is unknown, a mode is given twice, two modes contradict each other or come in the
        wrong order, or a mode has no meaning for the optimizer.

    Examples
    --------
    >>> import optgallery as og
    >>> careful = og.with_modes("adamw", ("cautious", ("lookahead", {"k": 10})))
    >>> og.run(careful, "beale", lr=0.1).title
    'AdamW + cautious + Lookahead(k=10) on Beale, lr 0.1'
    >>> og.with_modes("lbfgs", "cautious")
    Traceback (most recent call last):
    ValueError: L-BFGS takes no modes: its step evaluates the gradient at several points
    """
    spec = as_spec(optimizer)
    given = _layers(modes)
    if not given:
        return spec
    spec, before = without_modes(spec)
    layers = (*before, *given)
    _check_order(layers)
    for layer in layers:
        if reason := meaningless(layer.mode, spec):
            raise ValueError(reason)
    evaluating = any(layer.mode.acts_on == "evaluation" for layer in layers)
    elementwise = spec.elementwise and all(layer.mode.elementwise for layer in layers)
    layerwise = (spec.elementwise or spec.layerwise) and all(
        layer.mode.elementwise or layer.mode.layerwise for layer in layers
    )
    return replace(
        spec,
        name="+".join([spec.name, *(layer.name for layer in layers)]),
        title=" + ".join([spec.title, *(layer.title for layer in layers)]),
        cls=Composition(spec, layers),
        summary=" ".join([spec.summary, *(layer.mode.summary for layer in layers)]),
        elementwise=elementwise,
        layerwise=layerwise and not elementwise,
        diagonal=False,
        mappable=False,
        needs_closure=evaluating,
        evaluations_per_step=2 if evaluating else 1,
        coincides_with=(),
        counters=None,
    )


def without_modes(spec: OptimizerSpec) -> tuple[OptimizerSpec, tuple[Layer, ...]]:
    """Return the entry to which modes were added, and the modes; none for any other entry."""
    composed = spec.cls
    return (composed.spec, composed.layers) if isinstance(composed, Composition) else (spec, ())


def meaningless(mode: Mode, spec: OptimizerSpec) -> str:
    """Return why a mode has no meaning for an optimizer; an empty string if it has one."""
    several = spec.evaluations_per_step != 1 or spec.needs_closure or spec.differentiates_value
    if several:
        return f"{spec.title} takes no modes: its step evaluates the gradient at several points"
    if spec.create_graph and not mode.keeps_graph:
        return (
            f"{spec.title} differentiates its gradient again, but the mode {mode.name!r} replaces "
            "the gradient, or moves the parameters after it was taken"
        )
    for hparam in mode.reads:
        if not spec.takes(hparam):
            return (
                f"the mode {mode.name!r} reads the {hparam} of its optimizer, but {spec.title} has "
                "none"
            )
    if mode.acts_on in ("update", "average") and _averages(spec.cls):
        return (
            f"{spec.title} averages its iterates itself, so that a step is not a change of the "
            f"parameters that the mode {mode.name!r} could act on"
        )
    if mode.replaces_length and spec.learning_rate_free:
        return (
            f"{spec.title} estimates the length of its steps, which the mode {mode.name!r} "
            "does not keep"
        )
    shape = spec.parameter_shape
    least = mode.smallest_shape
    if len(shape) < len(least) or any(n < m for n, m in zip(shape, least, strict=False)):
        return (
            f"the mode {mode.name!r} changes nothing for {spec.title}, whose parameter has the "
            f"shape {shape}: it must be at least {least}"
        )
    return ""


def _averages(cls: Callable[..., Optimizer]) -> bool:
    """Whether a class has modes for training and evaluation, or is itself an averaging mode."""
    if callable(getattr(cls, "train", None)) and callable(getattr(cls, "eval", None)):
        return True
    averaging = tuple(mode.cls for mode in MODES.values() if mode.acts_on == "average")
    return isinstance(cls, type) and issubclass(cls, averaging)


def _layers(modes: Any) -> tuple[Layer, ...]:
    """Convert what `with_modes` accepts to layers."""
    pair = isinstance(modes, tuple) and len(modes) == 2 and isinstance(modes[1], Mapping)
    if isinstance(modes, (str, Mode)) or pair:
        modes = (modes,)
    if not isinstance(modes, (tuple, list)):
        raise TypeError(
            'modes must be names in MODES, such as ("cautious", ("lookahead", {"k": 10})), '
            f"got {modes!r}"
        )
    return tuple(map(_layer, modes))


def _layer(given: Any) -> Layer:
    name, settings = given, {}
    if isinstance(given, (tuple, list)) and len(given) == 2 and isinstance(given[1], Mapping):
        name, settings = given
    if isinstance(name, type) and issubclass(name, Wrapper):
        name = next((mode for mode in MODES.values() if mode.cls is name), name)
    if not isinstance(name, (str, Mode)):
        raise TypeError(
            'a mode must be a name in MODES, or a name with settings, ("lookahead", {"k": 10}), '
            f"got {given!r}"
        )
    mode = MODES[name] if isinstance(name, str) else name
    for setting in settings:
        if setting not in mode.cls.settings:
            takes = ", ".join(mode.cls.settings) or "none"
            raise TypeError(f"the mode {mode.name!r} has no setting {setting!r}; it takes {takes}")
    return Layer(mode, dict(settings))


def _check_order(layers: tuple[Layer, ...]) -> None:
    """Raise a ValueError if modes are repeated, contradict each other, or are in a wrong order."""
    modes = [layer.mode for layer in layers]
    for i, mode in enumerate(modes):
        for other in modes[:i]:
            if mode.name == other.name:
                raise ValueError(f"the mode {mode.name!r} is given twice")
            for one, two in ((mode, other), (other, mode)):
                if reason := one.excludes.get(two.name) or one.excludes.get(two.acts_on):
                    raise ValueError(
                        f"the modes {other.name!r} and {mode.name!r} contradict each other: "
                        f"{reason}"
                    )
            alike = mode.acts_on == other.acts_on
            if alike and mode.acts_on in ("average", "evaluation"):
                raise ValueError(
                    f"the modes {other.name!r} and {mode.name!r} contradict each other: both "
                    f"{_ROLES[mode.acts_on]}"
                )
            if _RANKS[mode.acts_on] < _RANKS[other.acts_on]:
                raise ValueError(
                    f"{mode.name!r} must come before {other.name!r}: modes are given from the "
                    f"innermost, and those that {_ROLES[mode.acts_on]} lie within those that "
                    f"{_ROLES[other.acts_on]}"
                )
