"""OptimizerSpec: an optimizer class together with what one must know to run and to explain it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.arguments import describe
from optgallery.optim.construction import Constructor
from optgallery.optim.hyperparameters import format_value, own_copy
from optgallery.registry import Registry, check_name


@dataclass(frozen=True)
class Paper:
    """The publication that an optimizer's update is written from."""

    authors: str
    title: str
    year: int
    url: str

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}), {self.title}, {self.url}"


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec:
    """An optimizer of the gallery: its class, its paper and its capabilities.

    Parameters
    ----------
    name : str
        Identifier, as in ``OPTIMIZERS["adahessian"]``.
    title : str
        Name as people write it: ``"AdaHessian"``.
    cls : type or callable
        The :class:`torch.optim.Optimizer` class, or a function that takes the parameters and
        hyper-parameters and returns an optimizer: ``lambda params, lr: Wrapper(SGD(params, lr))``.
    defaults : mapping
        Hyper-parameters that make this entry what it is, where the class's own defaults do not:
        ``{"momentum": 0.9, "nesterov": True}``.
    group : mapping
        Settings of the parameter group, for a class that asks for flags there:
        ``{"use_muon": True}``.
    family : str
        The heading it stands under: ``"adaptive"``, ``"momentum"``, ``"second-order"``, ...
    summary : str
        One sentence that says what is special about it.
    paper : Paper or None
        Where its update is published.
    elementwise : bool
        Each coordinate is updated from its own gradients alone.
    layerwise : bool
        Each parameter, as a layer's matrix or vector, is updated from its own gradients alone, but
        not each coordinate.
    needs_closure : bool
        ``step`` is called with a closure that reevaluates the function. Where ``step`` demands one,
        that is found out without this.
    differentiates_value : bool
        The closure only evaluates: the class differentiates the value that it returns. Found out
        without this, too, at the price of beginning the run again.
    create_graph : bool
        Gradients must keep their graph, because ``step`` differentiates them again.
    stochastic : bool
        The class draws from a private random generator, which its ``seed`` seeds.
    learning_rate_free : bool
        ``lr`` multiplies a step size that the optimizer finds by itself.
    evaluations_per_step : int or None
        Gradients that one step asks for; None where a line search decides anew each time.
    coincides_with : tuple of str
        Names of earlier entries that take the same path on every function at every rate.
    parameter_shape : tuple of int
        Shape of the one parameter that holds the two coordinates.
    counters : tuple of str or None
        The entries of the class's state that only count: after its first step, a step that changes
        nothing else will be followed by none that does. `run` then need not take them. None where
        that is not known, or not so.

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
    needs_closure: bool = False
    differentiates_value: bool = False
    create_graph: bool = False
    stochastic: bool = False
    learning_rate_free: bool = False
    evaluations_per_step: int | None = 1
    coincides_with: tuple[str, ...] = ()
    parameter_shape: tuple[int, ...] = (2,)
    counters: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "optimizer")
        if not callable(self.cls):
            raise TypeError(
                "cls must be a torch.optim.Optimizer class or a function that builds an optimizer, "
                f"got {self.cls!r}"
            )

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

        Tensors among the hyper-parameters are copied, so that an optimizer which changes its
        learning rate changes nobody else's.

        Parameters
        ----------
        params : iterable of tensors or of parameter groups
            The parameters to optimize.
        seed : int
            What the class takes as its ``seed``, if it takes one.
        hparams : mapping, optional
            Hyper-parameters over the entry's defaults, of any name.
        **keywords
            The same as keywords.

        Raises
        ------
        TypeError
            If the class takes no such hyper-parameter, or what it returns is no optimizer.
        ValueError
            If the class refuses a value; what it raised is the cause.
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
        """Return what the class itself takes for a hyper-parameter; None if that is not said."""
        return Constructor.of(self.cls).defaults.get(name)

    def at_rate(self, lr: float) -> dict[str, Any]:
        """Return a learning rate as hyper-parameters: none for a class that takes no ``lr``."""
        return {"lr": lr} if self.takes("lr") else {}

    def title_with(self, hparams: Mapping[str, Any]) -> str:
        """Return the title of a run: a wrapper names the inner optimizer that it was given."""
        wrapper, over, _ = self.title.rpartition(" over ")
        inner = hparams.get("optimizer")
        return f"{wrapper}{over}{format_value(inner)}" if over and inner is not None else self.title


OPTIMIZERS: Registry[OptimizerSpec] = Registry("optimizer")


def as_spec(optimizer: Any) -> OptimizerSpec:
    """Turn whatever `run` takes for an optimizer into an `OptimizerSpec`.

    A class that is itself an entry's class, without further defaults, stands for that entry. A
    `functools.partial` of a class is that class with the keywords as its defaults.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, class or callable
        A name in `OPTIMIZERS`, an entry, a class with a method ``step``, or a function that takes
        parameters and hyper-parameters and returns an optimizer.

    Raises
    ------
    TypeError
        If it is none of these; an instance is refused with the advice to pass its class.
    ValueError
        If the name is unknown.
    """
    if isinstance(optimizer, str):
        return OPTIMIZERS[optimizer]
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


def _of_partial(given: "partial[Any]") -> OptimizerSpec:
    """Turn the keywords of a class's partial into defaults; name it after them."""
    spec = _described(given)
    if isinstance(given.func, type) and not given.args:
        return replace(spec, cls=given.func, defaults=dict(given.keywords))
    return spec


def _described(cls: Callable[..., Optimizer]) -> OptimizerSpec:
    """Name a class, or a function that builds an optimizer, with what it holds."""
    name, title = describe(cls, defaults=False)
    return OptimizerSpec(name=name.lower(), title=title, cls=cls)
