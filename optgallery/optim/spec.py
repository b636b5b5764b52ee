"""OptimizerSpec: an optimizer class together with what one must know to run and to explain it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from torch.optim import Optimizer
from torch.optim.optimizer import ParamsT

from optgallery.registry import Registry


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
    cls : type
        The :class:`torch.optim.Optimizer` class.
    defaults : mapping
        Hyper-parameters that make this entry what it is, where the class's own defaults do not:
        ``{"momentum": 0.9, "nesterov": True}``.
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
        ``step`` cannot run without a closure that reevaluates the function.
    create_graph : bool
        Gradients must keep their graph, because ``step`` differentiates them again.
    stochastic : bool
        The class takes a ``seed`` for a private random generator.
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
    cls: type[Optimizer]
    defaults: Mapping[str, Any] = field(default_factory=dict, hash=False)
    family: str = "custom"
    summary: str = ""
    paper: Paper | None = None
    elementwise: bool = False
    layerwise: bool = False
    needs_closure: bool = False
    create_graph: bool = False
    stochastic: bool = False
    learning_rate_free: bool = False
    evaluations_per_step: int | None = 1
    coincides_with: tuple[str, ...] = ()
    parameter_shape: tuple[int, ...] = (2,)
    counters: tuple[str, ...] | None = None

    def build(self, params: ParamsT, *, seed: int = 0, **hparams: Any) -> Optimizer:
        """Construct the optimizer over ``params``.

        Parameters
        ----------
        params : iterable of tensors or of parameter groups
            The parameters to optimize.
        seed : int
            Seeds the private generator of a stochastic optimizer; others ignore it.
        **hparams
            Hyper-parameters over the entry's defaults.

        Raises
        ------
        TypeError
            If the class takes no such hyper-parameter.
        ValueError
            If the class refuses a value.
        """
        settings = {**self.defaults, **hparams}
        self._check_names(settings)
        if self.stochastic:
            settings.setdefault("seed", seed)
        # Annotated as Any: each class has its own signature, which _check_names has just read.
        construct: Callable[..., Optimizer] = self.cls
        try:
            return construct(params, **settings)
        except (TypeError, ValueError, AssertionError, RuntimeError) as error:
            given = ", ".join(f"{name}={value!r}" for name, value in settings.items())
            raise ValueError(f"{self.title} refuses {given or 'its defaults'}: {error}") from error

    def _check_names(self, settings: Mapping[str, Any]) -> None:
        parameters = list(inspect.signature(self.cls.__init__).parameters.values())[2:]
        if any(p.kind is p.VAR_KEYWORD for p in parameters):
            return
        known = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
        for name in settings:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                advice = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(known)}"
                raise TypeError(f"{self.title} has no hyper-parameter {name!r}; {advice}")


OPTIMIZERS: Registry[OptimizerSpec] = Registry("optimizer")


def as_spec(optimizer: Any) -> OptimizerSpec:
    """Turn a name, an `OptimizerSpec` or any `torch.optim.Optimizer` class into an `OptimizerSpec`.

    A class that is itself an entry's class, without further defaults, stands for that entry.

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
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        for name in OPTIMIZERS.names:
            spec = OPTIMIZERS.peek(name)
            if spec is not None and spec.cls is optimizer and not spec.defaults:
                return OPTIMIZERS[name]
        return OptimizerSpec(
            name=optimizer.__name__.lower(), title=optimizer.__name__, cls=optimizer
        )
    hint = (
        "; pass the class and its hyper-parameters instead of an instance"
        if isinstance(optimizer, Optimizer)
        else ""
    )
    raise TypeError(
        "optimizer must be a name, an OptimizerSpec or a torch.optim.Optimizer class, "
        f"got {optimizer!r}{hint}"
    )
