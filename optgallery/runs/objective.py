"""Losses of an optimizer's parameters, evaluated as in a plain loop; that of a test function."""

from abc import ABC, abstractmethod
from functools import partial
from math import nan
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.overflow import value_beyond_range
from optgallery.runs.clipping import GradClip

Numbers: TypeAlias = tuple[float, ...]
"""All numbers in the parameters, or in their gradients, in order: a point is two of them."""

ValueAndGradient: TypeAlias = tuple[float, Numbers]
"""Value and gradient at a point."""


class ValueDifferentiatedError(Exception):
    """An optimizer differentiates a value that the closure has already differentiated."""


class Evaluation(NamedTuple):
    """A point with its value and the gradients that the optimizer received."""

    point: Numbers
    value: Tensor
    grads: tuple[Tensor | None, ...]


class Loss(ABC):
    """The loss of the plain loop ``zero_grad(); loss = f(*p); loss.backward(); step()``.

    Each step begins with :meth:`evaluate`. The object itself is the closure of an optimizer that
    takes one: it evaluates, differentiates and counts. The first call is usually at the point of
    the evaluation before the step, and then costs nothing. A line search that can no longer make
    progress evaluates the same few points in every step: each counts, but is computed once.

    Parameters
    ----------
    params : list of tensors
        The parameters.
    create_graph : bool
        Whether gradients keep their graph.
    differentiates_value : bool
        Whether the optimizer itself differentiates the returned value; then the closure only
        evaluates.
    clip : GradClip, optional
        Clips the gradients after each ``backward()``.

    Attributes
    ----------
    evaluations : int
        Number of evaluations that the optimizer has used.
    raised : Exception or None
        The last exception of the formula.
    """

    def __init__(
        self,
        params: list[Tensor],
        *,
        create_graph: bool = False,
        differentiates_value: bool = False,
        clip: GradClip | None = None,
    ) -> None:
        self.params = params
        self.create_graph = create_graph
        self.differentiates_value = differentiates_value
        self._clip = clip
        self.evaluations = 0
        self.raised: Exception | None = None
        self._last: Tensor | None = None
        self._optimizer: Optimizer | None = None
        self._closure_is_given = False
        self._differentiating = False
        self._gradient = [0.0] * sum(p.numel() for p in params)
        self._bits = Struct(f"{len(self._gradient)}d")
        self._ready: Evaluation | None = None
        self._cache: dict[bytes, tuple[Tensor, tuple[Tensor | None, ...]]] = {}
        self._hooks = []
        first = 0
        for p in params:
            hook = partial(self._on_gradient, first)
            self._hooks.append(p.register_hook(hook))  # type: ignore[no-untyped-call]
            first += p.numel()

    @property
    @abstractmethod
    def deterministic(self) -> bool:
        """Whether every evaluation at a point gives the optimizer the same gradient."""

    @abstractmethod
    def at(self, point: Numbers) -> ValueAndGradient:
        """Evaluate at a point without counting and without changing the parameters."""

    @abstractmethod
    def _value(self) -> Tensor:
        """Evaluate at the parameters, with a graph; keep an exception in ``raised``."""

    def value_where_undefined(self, point: Numbers) -> float:  # noqa: ARG002
        """Return the value to record at a point where the loss is NaN."""
        return nan

    def attach(self, optimizer: Optimizer, *, closure: bool) -> None:
        """Set the optimizer of the parameters, and whether its ``step`` gets a closure."""
        zero_grad = getattr(optimizer, "zero_grad", None)
        if getattr(zero_grad, "__func__", None) is Optimizer.zero_grad:
            held = {id(p) for group in optimizer.param_groups for p in group["params"]}
            # torch's zero_grad() only sets them to None, but its profiling hook is slow
            replaced = held == {id(p) for p in self.params}
        else:
            replaced = zero_grad is None
        self._optimizer = None if replaced else optimizer
        self._closure_is_given = closure

    def point(self) -> Numbers:
        """Return the current parameters as a point."""
        return tuple(torch.cat([p.detach().reshape(-1) for p in self.params]).tolist())

    def evaluate(self) -> ValueAndGradient:
        """Evaluate at the current parameters, and set their ``grad``, as before each step.

        The evaluation counts, unless the optimizer makes all of its evaluations itself.
        """
        point = self.point()
        if self.differentiates_value:
            self._zero_grad()
            return self.at(point)
        self.evaluations += 1
        value = self._differentiate()
        self._last = value.detach()
        if self._closure_is_given:
            self._ready = Evaluation(point, value.detach(), self._grads())
        return value.item(), tuple(self._gradient)

    def __call__(self, backward: bool = True) -> Tensor:
        """Evaluate as a closure, and differentiate unless ``backward`` is false.

        Returns
        -------
        tensor
            The value. If it has been differentiated here, differentiating it again raises a
            `ValueDifferentiatedError`.
        """
        ready, self._ready = self._ready, None
        same_point = ready is not None and ready.point == self.point()
        if not same_point:
            self.evaluations += 1
        if self.differentiates_value or not backward:
            return self._value()
        if ready is not None and same_point and self._is_cacheable():
            self._set_gradients(ready.grads)
            return self._marked(ready.value)
        return self._marked(
            self._differentiate_cached() if self._is_cacheable() else self._differentiate()
        )

    def loss(self) -> Tensor:
        """Return the loss of the last evaluation, for an optimizer whose ``step`` takes a loss."""
        if self._last is not None:
            return self._marked(self._last)
        self.evaluations += 1
        return self._value()

    def release(self) -> None:
        """Remove references that form cycles: hooks, and gradients with their graph."""
        for hook in self._hooks:
            hook.remove()
        self._last = self._ready = None
        for p in self.params:
            p.grad = None

    def _differentiate_cached(self) -> Tensor:
        """Differentiate, unless the gradient at this point is in the cache."""
        bits = self._bits.pack(*self.point())  # distinguishes -0.0 from 0.0
        if bits in self._cache:
            value, grads = self._cache[bits]
            self._set_gradients(grads)
            return value
        generator = torch.get_rng_state()
        value = self._differentiate().detach()
        if torch.equal(generator, torch.get_rng_state()):  # otherwise the formula is random
            self._cache[bits] = value, self._grads()
        return value

    def _is_cacheable(self) -> bool:
        """Whether setting a cached gradient has the same effect as calling backward() again."""
        return not (
            self._optimizer is not None  # its zero_grad() may not reset the gradients to None
            or self.create_graph
            or not self.deterministic
            or any(has_own_hooks(p) for p in self.params)
        )

    def _differentiate(self) -> Tensor:
        """Run ``zero_grad(); loss = f(*p); loss.backward()``, and clip the gradients."""
        self._zero_grad()
        with torch.enable_grad():
            value = self._value()
            self._gradient = [0.0] * len(self._gradient)
            self._differentiating = True
            try:
                value.backward(create_graph=self.create_graph)  # type: ignore[no-untyped-call]
            finally:
                self._differentiating = False
            if self._clip is not None:
                self._clip(self.params)
        return value

    def _on_gradient(self, first: int, grad: Tensor) -> Tensor | None:
        """Record the gradient of a parameter before it is accumulated.

        Parameters
        ----------
        first : int
            The position of the parameter's first number among all.
        grad : tensor

        Returns
        -------
        tensor or None
            The gradient that the optimizer receives instead, if it is another one.
        """
        if self._differentiating:  # otherwise called by the optimizer's own differentiation
            self._gradient[first : first + grad.numel()] = grad.detach().reshape(-1).tolist()
        return None

    def _grads(self) -> tuple[Tensor | None, ...]:
        return tuple(p.grad if p.grad is None else p.grad.detach().clone() for p in self.params)

    def _set_gradients(self, grads: tuple[Tensor | None, ...]) -> None:
        """Set the parameters' gradients to copies, since an optimizer may overwrite them."""
        self._zero_grad()
        for p, grad in zip(self.params, grads, strict=True):
            p.grad = grad if grad is None else grad.clone()

    def _zero_grad(self) -> None:
        if self._optimizer is not None:
            self._optimizer.zero_grad()
        else:
            for p in self.params:
                p.grad = None

    def _marked(self, value: Tensor) -> Tensor:
        """Return a value that raises an error when it is differentiated."""
        with torch.enable_grad():
            marked: Tensor = _Differentiated.apply(  # type: ignore[no-untyped-call]
                value.detach(), self.params[0]
            )
        return marked


class Objective(Loss):
    """The loss of a test function.

    If the function has gradient noise, the optimizer receives the noisy gradient, but the
    function's own gradient is recorded.

    Parameters
    ----------
    fn : TestFunction
    params : list of tensors
        One parameter with two elements, or two with one each.
    **settings
        As `Loss` takes them.
    """

    def __init__(self, fn: TestFunction, params: list[Tensor], **settings: Any) -> None:
        super().__init__(params, **settings)
        self.fn = fn

    @property
    def deterministic(self) -> bool:
        """Whether the function has no gradient noise."""
        return self.fn.gradient_noise is None

    def at(self, point: Numbers) -> ValueAndGradient:
        """Evaluate at a point without counting and without changing the parameters."""
        with torch.enable_grad():
            p = torch.tensor(point, dtype=self.params[0].dtype, requires_grad=True)
            value = self._formula(*p)
            (grad,) = torch.autograd.grad(value, p)
            dx, dy = grad.tolist()
        return value.item(), (dx, dy)

    def value_where_undefined(self, point: Numbers) -> float:
        """Return infinity where terms of the formula overflowed; NaN for a NaN of an entry."""
        if FUNCTIONS.peek(self.fn.name) == self.fn:  # entries do this themselves
            return nan
        x, y = point
        return value_beyond_range(self.fn.formula, (x, y), self.params[0].dtype)

    def _value(self) -> Tensor:
        x, y = self._coordinates()
        value = self._formula(x, y)
        noise = self.fn.gradient_noise
        if noise is not None and self.differentiates_value:
            dx, dy = noise(
                self.evaluations
            )  # add a term whose value is 0 and whose gradient is the noise
            value = value + (dx * (x - x.detach()) + dy * (y - y.detach()))
        return value

    def _formula(self, x: Tensor, y: Tensor) -> Tensor:
        try:
            return self.fn.formula(x, y)
        except Exception as error:
            self.raised = error
            raise

    def _coordinates(self) -> list[Tensor]:
        """Split the parameters into coordinates so that each gradient owns its memory."""
        if len(self.params) == 2:
            return [p.unbind()[0] for p in self.params]
        (p,) = self.params
        parts = p.unbind(p.shape.index(2))
        return [part if part.ndim == 0 else part.reshape(()) for part in parts]

    def _on_gradient(self, first: int, grad: Tensor) -> Tensor | None:
        """Record the gradient of a parameter before it is accumulated, and add the noise."""
        super()._on_gradient(first, grad)
        noise = self.fn.gradient_noise
        if noise is None or not self._differentiating:
            return None
        # the noise depends on the number of the evaluation, so repeating one gives the same noise
        part = grad.new_tensor(noise(self.evaluations)[first : first + grad.numel()])
        return grad + part.view_as(grad)


class _Differentiated(torch.autograd.Function):
    """The identity, with an error in place of the derivative."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, parameter: Tensor) -> Tensor:  # noqa: ARG004
        return value.clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> None:  # noqa: ARG004
        raise ValueDifferentiatedError


def has_own_hooks(p: Tensor) -> bool:
    """Whether an optimizer has registered hooks on a parameter that run in backward()."""
    hooks = getattr(p, "_backward_hooks", None) or ()
    return len(hooks) > 1 or bool(getattr(p, "_post_accumulate_grad_hooks", None))
