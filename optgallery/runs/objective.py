"""Objective: a test function at the parameters of an optimizer, evaluated as a plain loop does."""

from functools import partial
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor
from torch.optim import Optimizer

from optgallery.functions import TestFunction
from optgallery.functions.base import Point
from optgallery.runs.clipping import GradClip

_BITS = Struct("2d")

Seen: TypeAlias = tuple[float, Point]
"""Value and gradient at a point."""


class ValueDifferentiatedError(Exception):
    """An optimizer differentiates the value that a closure has differentiated already."""


class Evaluation(NamedTuple):
    """A value and the gradient that the optimizer was given with it."""

    point: Point
    value: Tensor
    grads: tuple[Tensor | None, ...]


class Objective:
    """The loss of the plain loop ``zero_grad(); loss = f(*p); loss.backward(); step()``.

    Each step begins with :meth:`evaluate`. An optimizer that is given a closure calls this object:
    it evaluates, differentiates and counts. The first call usually asks for the point of the
    evaluation before the step, and then costs nothing. A line search that has come to rest asks for
    the same few points in every step: each counts, but is computed once.

    Where the function has gradient noise, the optimizer is given the noisy gradient, and what is
    recorded is the function's own.

    Parameters
    ----------
    fn : TestFunction
    params : list of tensors
        One parameter of two elements, or two of one.
    create_graph : bool
        Whether gradients keep their graph.
    differentiates_value : bool
        Whether the optimizer differentiates the returned value by itself: then nothing is
        differentiated before, and the closure only evaluates.
    clip : GradClip, optional
        Bounds the gradients after each ``backward()``.

    Attributes
    ----------
    evaluations : int
        Evaluations that the optimizer has asked for.
    raised : Exception or None
        What the formula raised last.
    """

    def __init__(
        self,
        fn: TestFunction,
        params: list[Tensor],
        *,
        create_graph: bool = False,
        differentiates_value: bool = False,
        clip: GradClip | None = None,
    ) -> None:
        self.fn = fn
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
        self._gradient = [0.0, 0.0]
        self._ready: Evaluation | None = None
        self._known: dict[bytes, tuple[Tensor, tuple[Tensor | None, ...]]] = {}
        self._hooks = [
            p.register_hook(partial(self._receive, i))  # type: ignore[no-untyped-call]
            for i, p in enumerate(params)
        ]

    def attach(self, optimizer: Optimizer, *, closure: bool) -> None:
        """Say whose parameters these are, and whether it is given a closure."""
        zero_grad = getattr(optimizer, "zero_grad", None)
        if getattr(zero_grad, "__func__", None) is Optimizer.zero_grad:
            held = {id(p) for group in optimizer.param_groups for p in group["params"]}
            # torch's own does nothing but set them to None, and takes a while for its profiling
            replaced = held == {id(p) for p in self.params}
        else:
            replaced = zero_grad is None
        self._optimizer = None if replaced else optimizer
        self._closure_is_given = closure

    def point(self) -> Point:
        """Return where the parameters stand."""
        x, y = torch.cat([p.detach().reshape(-1) for p in self.params]).tolist()
        return x, y

    def evaluate(self) -> Seen:
        """Evaluate where the parameters stand, and leave the gradient in their ``grad``.

        That is what comes before a step. It counts, unless the optimizer asks for all by itself.
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
        dx, dy = self._gradient
        return value.item(), (dx, dy)

    def __call__(self, backward: bool = True) -> Tensor:
        """Evaluate for an optimizer, and differentiate unless it is told not to.

        Returns
        -------
        tensor
            The value. Where it has been differentiated, doing so again is refused.
        """
        ready, self._ready = self._ready, None
        again = ready is not None and ready.point == self.point()
        if not again:
            self.evaluations += 1
        if self.differentiates_value or not backward:
            return self._value()
        if ready is not None and again and self._repeatable():
            self._hand_over(ready.grads)
            return self._returned(ready.value)
        return self._returned(self._look_up() if self._repeatable() else self._differentiate())

    def at(self, point: Point) -> Seen:
        """Evaluate at a point without counting, and leave the parameters as they are."""
        with torch.enable_grad():
            p = torch.tensor(point, dtype=self.params[0].dtype, requires_grad=True)
            value = self._formula(*p)
            (grad,) = torch.autograd.grad(value, p)
            dx, dy = grad.tolist()
        return value.item(), (dx, dy)

    def loss(self) -> Tensor:
        """Return the loss for an optimizer whose step takes it: that of the evaluation before."""
        if self._last is not None:
            return self._returned(self._last)
        self.evaluations += 1
        return self._value()

    def release(self) -> None:
        """Let go of what forms reference cycles: hooks, gradients with their graph."""
        for hook in self._hooks:
            hook.remove()
        self._last = self._ready = None
        for p in self.params:
            p.grad = None

    def _look_up(self) -> Tensor:
        """Differentiate at a point where that may have been done before."""
        bits = _BITS.pack(*self.point())  # -0.0 has others than 0.0
        if bits in self._known:
            value, grads = self._known[bits]
            self._hand_over(grads)
            return value
        generator = torch.get_rng_state()
        value = self._differentiate().detach()
        if torch.equal(generator, torch.get_rng_state()):  # else another call gives another value
            self._known[bits] = value, self._grads()
        return value

    def _repeatable(self) -> bool:
        """Whether handing over a known gradient is what another backward() would do."""
        return not (
            self._optimizer is not None  # whose zero_grad() is its own, and may leave something
            or self.create_graph
            or self.fn.gradient_noise is not None
            or any(has_own_hooks(p) for p in self.params)
        )

    def _differentiate(self) -> Tensor:
        """Do what a loop does: ``zero_grad(); loss = f(*p); loss.backward()``."""
        self._zero_grad()
        with torch.enable_grad():
            value = self._value()
            self._gradient = [0.0, 0.0]
            self._differentiating = True
            try:
                value.backward(create_graph=self.create_graph)  # type: ignore[no-untyped-call]
            finally:
                self._differentiating = False
            if self._clip is not None:
                self._clip(self.params)
        return value

    def _value(self) -> Tensor:
        x, y = self._coordinates()
        value = self._formula(x, y)
        noise = self.fn.gradient_noise
        if noise is not None and self.differentiates_value:
            dx, dy = noise(self.evaluations)  # a term of value 0 that has the noise as its gradient
            value = value + (dx * (x - x.detach()) + dy * (y - y.detach()))
        return value

    def _formula(self, x: Tensor, y: Tensor) -> Tensor:
        try:
            return self.fn.formula(x, y)
        except Exception as error:
            self.raised = error
            raise

    def _coordinates(self) -> list[Tensor]:
        """Take the parameters apart so that gradients come together in tensors of their own."""
        if len(self.params) == 2:
            return [p.unbind()[0] for p in self.params]
        (p,) = self.params
        parts = p.unbind(p.shape.index(2))
        return [part if part.ndim == 0 else part.reshape(()) for part in parts]

    def _receive(self, i: int, grad: Tensor) -> Tensor | None:
        """Note the gradient of a parameter on its way there, and add the noise."""
        if not self._differentiating:  # what an optimizer differentiates is not recorded
            return None
        n = grad.numel()
        self._gradient[i : i + n] = grad.detach().reshape(-1).tolist()
        noise = self.fn.gradient_noise
        if noise is None:
            return None
        # by the evaluation's number: asked for twice, one evaluation has one noise
        part = grad.new_tensor(noise(self.evaluations)[i : i + n])
        return grad + part.view_as(grad)

    def _grads(self) -> tuple[Tensor | None, ...]:
        return tuple(p.grad if p.grad is None else p.grad.detach().clone() for p in self.params)

    def _hand_over(self, grads: tuple[Tensor | None, ...]) -> None:
        """Leave copies of gradients in the parameters, for an optimizer may write over them."""
        self._zero_grad()
        for p, grad in zip(self.params, grads, strict=True):
            p.grad = grad if grad is None else grad.clone()

    def _zero_grad(self) -> None:
        if self._optimizer is not None:
            self._optimizer.zero_grad()
        else:
            for p in self.params:
                p.grad = None

    def _returned(self, value: Tensor) -> Tensor:
        """Return a value that notices when it is differentiated."""
        with torch.enable_grad():
            marked: Tensor = _Differentiated.apply(  # type: ignore[no-untyped-call]
                value.detach(), self.params[0]
            )
        return marked


class _Differentiated(torch.autograd.Function):
    """The value of a closure that has called backward() already."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, parameter: Tensor) -> Tensor:  # noqa: ARG004
        return value.clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> None:  # noqa: ARG004
        raise ValueDifferentiatedError


def has_own_hooks(p: Tensor) -> bool:
    """Whether an optimizer has hooks on a parameter that act inside backward()."""
    hooks = getattr(p, "_backward_hooks", None) or ()
    return len(hooks) > 1 or bool(getattr(p, "_post_accumulate_grad_hooks", None))
