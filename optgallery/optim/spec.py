"""OptimizerSpec: an optimizer class with its paper, defaults and capabilities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import cleandoc
from typing import Any

from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.arguments import describe
from optgallery.optim.axis import Axis
from optgallery.optim.construction import Constructor
from optgallery.optim.hyperparameters import format_value, own_copy
from optgallery.plugins import Plugins
from optgallery.registry import Registry, check_name


@dataclass(frozen=True)
class Paper:
    """The publication of an optimizer's update rule."""

    authors: str
    title: str
    year: int
    url: str

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}), {self.title}, {self.url}"


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec:
    """An optimizer: its class, its paper and its capabilities.

    Parameters
    ----------
    name : str
        Identifier, as in ``OPTIMIZERS["adahessian"]``.
    title : str
        Display name: ``"AdaHessian"``.
    cls : type or callable
        The :class:`torch.optim.Optimizer` class, or a function that takes the parameters and
        hyper-parameters and returns an optimizer: ``lambda params, lr: Wrapper(SGD(params, lr))``.
    defaults : mapping
        Hyper-parameters of this entry that differ from the class's own defaults: ``{"momentum":
        0.9, "nesterov": True}``.
    group : mapping
        Settings of the parameter group, for a class that requires flags there:
        ``{"use_muon": True}``.
    family : str
        The heading under which it is listed: ``"adaptive"``, ``"momentum"``, ``"second-order"``,
        ...
    summary : str
        One sentence on what is special about it; without one, the first paragraph of the class's
        docstring.
    paper : Paper or None
        The publication of its update rule.
    elementwise : bool
        Whether each coordinate is updated from its own gradients only.
    layerwise : bool
        Whether each parameter (such as a layer's matrix or vector), but not each coordinate, is
        updated from its own gradients only.
    diagonal : bool
        Whether each coordinate is updated from its own gradients and its own element of an estimate
        of the Hessian's diagonal, which takes one random vector in a step.
    mappable : bool
        Whether ``torch.vmap`` can map ``step`` over runs with the bits of each run alone, which
        tests verify.
    needs_closure : bool
        Whether ``step`` is called with a closure that reevaluates the function. This is detected if
        ``step`` requires a closure.
    differentiates_value : bool
        Whether the class itself differentiates the value that the closure returns. This is
        detected, too, but the run is then started again.
    create_graph : bool
        Whether gradients must keep their graph, because ``step`` differentiates them again.
    stochastic : bool
        Whether the class uses a private random generator, seeded by its argument ``seed``.
    learning_rate_free : bool
        Whether ``lr`` only multiplies a step size that the optimizer estimates itself.
    evaluations_per_step : int or None
        Gradient evaluations in one step; None if the number varies, as in a line search.
    coincides_with : tuple of str
        Names of earlier entries that take the same path on every function at every learning rate.
    parameter_shape : tuple of int
        Shape of the one parameter that contains the two coordinates.
    counters : tuple of str or None
        Names of counters in the class's state. If a step after the first changes nothing but these,
        no later step changes anything else, so `run` can skip the remaining steps. None if this is
        unknown or does not hold.
    from_function : mapping
        Hyper-parameters that are facts about the function, each with the name of the fact, as in
        `functions.facts`: ``{"f_star": "minimum"}``. `run` passes them to the class unless they are
        given; a run on a function that does not know the fact is refused.
    axis : Axis or None
        For an optimizer without a learning rate, the hyper-parameter along which its runs are shown
        instead, and its values; ``Axis()`` if there is nothing to choose. None for the learning
        rate; a class that takes no ``lr`` then has nothing to choose.

    Examples
    --------
    >>> import torch
    >>> import optgallery as og
    >>> heavy = og.OptimizerSpec(
    ...     name="heavy", title="Heavy ball", cls=torch.optim.SGD, defaults={"momentum": 0.99}
    ... )
    >>> og.run(heavy, "sphere", lr=0.01).title
    'Heavy ball on Sphere, lr 0.01'
    """

    name: str
    title: str
    cls: Callable[..., Optimizer]
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)
    group: Mapping[str, Any] = field(default_factory=dict, hash=False)
    family: str = "custom"
    summary: str = ""
    paper: Paper | None = None
    elementwise: bool = False
    layerwise: bool = False
    diagonal: bool = False
    mappable: bool = False
    needs_closure: bool = False
    differentiates_value: bool = False
    create_graph: bool = False
    stochastic: bool = False
    learning_rate_free: bool = False
    evaluations_per_step: int | None = 1
    coincides_with: tuple[str, ...] = ()
    parameter_shape: tuple[int, ...] = (2,)
    counters: tuple[str, ...] | None = None
    from_function: Mapping[str, str] = field(default_factory=dict, hash=False)
    axis: Axis | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "optimizer")
        if not callable(self.cls):
            raise TypeError(
                "cls must be a torch.optim.Optimizer class or a function that builds an optimizer, "
                f"got {self.cls!r}"
            )
        if self.axis is not None and self.axis.parameter and not self.takes(self.axis.parameter):
            raise ValueError(
                f"{self.title} has no hyper-parameter {self.axis.parameter!r}, which its axis names"
            )
        if not self.summary:
            object.__setattr__(self, "summary", _first_paragraph(self.cls))

    def build(
        self,
        params: ParamsT,
        /,
        *,
        seed: int = 0,
        hparams: Mapping[str, Any] | None = None,
        **keywords: Any,
    ) -> Optimizer:
        """Construct the optimizer over ``params``.

        Tensors among the hyper-parameters are copied, so that an optimizer that changes its
        learning rate in place does not change the caller's.

        Parameters
        ----------
        params : iterable of tensors or of parameter groups
            The parameters to optimize.
        seed : int
            Passed to the class as ``seed`` if it takes one.
        hparams : mapping, optional
            Hyper-parameters that override the entry's defaults; any name is allowed.
        **keywords
            Further hyper-parameters.

        Raises
        ------
        TypeError
            If the class has no such hyper-parameter, or what it returns is not an optimizer.
        ValueError
            If the class raises an exception, which is the cause of this one.
        """
        settings = {**self.defaults, **keywords, **(hparams or {})}
        constructor = Constructor.of(self.cls)
        constructor.check_names(self.title, settings)
        given = settings if constructor.takes_seed is False else {"seed": seed, **settings}
        built = constructor.call(self.title, params, own_copy(given), self.group, settings)
        if not callable(getattr(built, "step", None)):
            raise TypeError(
                f"{self.title} must build an optimizer, but built {type(built).__name__}, "
                "which has no step()"
            )
        return built

    def takes(self, name: str) -> bool:
        """Whether the class takes a hyper-parameter of this name."""
        return Constructor.of(self.cls).takes(name)

    def default(self, name: str) -> Any:
        """Return the class's own default of a hyper-parameter; None if it has none."""
        return Constructor.of(self.cls).defaults.get(name)

    @property
    def own_axis(self) -> Axis | None:
        """What its runs are shown along in place of the learning rate; None if that is the rate."""
        return self.axis or (None if self.takes("lr") else Axis())

    def values(self, lrs: Sequence[float]) -> tuple[float | None, ...]:
        """Return the values along its axis: these learning rates, unless it has an axis of its own.

        Examples
        --------
        >>> import optgallery as og
        >>> og.OPTIMIZERS["adam"].values([0.01, 0.1])
        (0.01, 0.1)
        """
        return tuple(lrs) if self.own_axis is None else tuple(self.own_axis.values)

    def at(self, value: float | None) -> dict[str, Any]:
        """Return a value along its axis as hyper-parameters: ``{"lr": 0.1}``, ``{"damping": 1}``.

        Parameters
        ----------
        value : float or None
            A learning rate, or a value of its own axis; None for an optimizer with nothing to
            choose.
        """
        if self.own_axis is None:
            return {"lr": value}
        return {} if self.own_axis.parameter is None else {self.own_axis.parameter: value}

    def at_rate(self, lr: float) -> dict[str, Any]:
        """Return a learning rate as hyper-parameters: none for an optimizer without one."""
        return {"lr": lr} if self.own_axis is None else {}

    def title_with(self, hparams: Mapping[str, Any]) -> str:
        """Return the title of a run; a wrapper's title names its inner optimizer."""
        wrapper, over, named = self.title.rpartition(" over ")
        inner = hparams.get("optimizer")
        if not over or inner is None:
            return self.title
        _, plus, modes = named.partition(" + ")
        return f"{wrapper}{over}{format_value(inner)}{plus}{modes}"


def _first_paragraph(cls: Callable[..., Optimizer]) -> str:
    """Return the first paragraph of a class's own docstring in one line; empty if it has none."""
    doc = cls.__doc__ if isinstance(cls, type) else None
    first, *_ = cleandoc(doc).split("\n\n") if isinstance(doc, str) else [""]
    return " ".join(first.split())


OPTIMIZERS: Registry[OptimizerSpec] = Registry("optimizer")


def as_spec(optimizer: Any) -> OptimizerSpec:
    """Convert anything that `run` accepts as an optimizer to an `OptimizerSpec`.

    The class of an entry without defaults of its own becomes that entry. A `functools.partial` of a
    class becomes that class with the keywords as defaults.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, class or callable
        A name in `OPTIMIZERS`, or one that an installed package offers in the group of entry points
        ``optgallery.optimizers``; an entry, a class with a method ``step``, or a function that
        takes parameters and hyper-parameters and returns an optimizer.

    Raises
    ------
    TypeError
        If it is none of these; for an instance, the message advises to pass its class.
    ValueError
        If the name is unknown, or the package that offers it is broken.
    """
    if isinstance(optimizer, str):
        return PLUGINS.lookup(optimizer)
    if isinstance(optimizer, OptimizerSpec):
        return optimizer
    if isinstance(optimizer, partial):
        return _of_partial(optimizer)
    if isinstance(optimizer, type) and callable(getattr(optimizer, "step", None)):
        for name in OPTIMIZERS.names:
            spec = OPTIMIZERS.peek(name)
            if spec is not None and spec.cls is optimizer and not spec.defaults:
                return OPTIMIZERS[name]
        return OptimizerSpec(
            name=optimizer.__name__.lower(), title=optimizer.__name__, cls=optimizer
        )
    instance = isinstance(optimizer, Optimizer) or hasattr(optimizer, "param_groups")
    if callable(optimizer) and not isinstance(optimizer, type) and not instance:
        return _described(optimizer)
    hint = (
        "; pass the class and its hyper-parameters instead of an instance, or a function that "
        "builds it over the parameters that it is given: lambda params: ..."
        if instance
        else ""
    )
    given = f"an instance of {type(optimizer).__name__}" if instance else repr(optimizer)
    raise TypeError(
        "optimizer must be a name, an OptimizerSpec or a torch.optim.Optimizer class, or a "
        f"function that builds an optimizer, got {given}{hint}"
    )


def _offered(name: str, loaded: Any) -> OptimizerSpec:
    """Convert what a package offers to an entry of this name."""
    if isinstance(loaded, str):
        raise TypeError(f"it must be an optimizer class or an OptimizerSpec, got {loaded!r}")
    return replace(as_spec(loaded), name=name)


PLUGINS: Plugins[OptimizerSpec] = Plugins(OPTIMIZERS, "optgallery.optimizers", _offered)


def _of_partial(given: "partial[Any]") -> OptimizerSpec:
    """Convert a partial of a class, with its keywords as defaults and in its name."""
    spec = _described(given)
    if isinstance(given.func, type) and not given.args:
        return replace(spec, cls=given.func, defaults=dict(given.keywords))
    return spec


def _described(cls: Callable[..., Optimizer]) -> OptimizerSpec:
    """Make an entry named after a callable and the values that it contains."""
    name, title = describe(cls, defaults=False)
    return OptimizerSpec(name=name.lower(), title=title, cls=cls)
