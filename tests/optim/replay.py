"""Two ways to run an optimizer: on a function, and on fixed gradients."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.runs.stepping import switch_mode

Build = Callable[[list[Tensor]], Optimizer]
Formula = Callable[[Tensor, Tensor], Tensor]
Points = NDArray[np.float64]


def descend(build: Build, formula: Formula, start: tuple[float, float], steps: int) -> Points:
    """Return the ``steps + 1`` points of an optimizer on a function.

    For an averaging optimizer, these are the averages.
    """
    (points,) = points_or_raise(descend_each([Descent(build, [formula], start)], steps)[0])
    return points


def points_or_raise(result: list[Points] | Exception) -> list[Points]:
    """Return the points of a descent, or raise the exception of its optimizer."""
    if isinstance(result, Exception):
        raise result
    return result


class Descent(NamedTuple):
    """An optimizer on several functions, from the same start on each.

    Attributes
    ----------
    build : callable
    formulas : sequence of callable
    start : (float, float)
    shape : tuple of int
        Shape of the parameter.
    shared : str
        What the functions share: "nothing", so that each has its own optimizer; an "optimizer" with
        a parameter for each function; or a "parameter" with a row for each function.
    create_graph : bool
        Whether the optimizer differentiates the gradient.
    context : callable
        Returns the context manager in which the optimizer is built and takes each step.
    """

    build: Build
    formulas: Sequence[Formula]
    start: tuple[float, float]
    shape: tuple[int, ...] = (2,)
    shared: Literal["nothing", "optimizer", "parameter"] = "nothing"
    create_graph: bool = False
    context: Callable[[], AbstractContextManager[object]] = nullcontext


class _Progress:
    """The parameters, optimizers and states of torch's global generator during a descent."""

    def __init__(self, descent: Descent) -> None:
        rows = torch.tensor([descent.start] * len(descent.formulas), dtype=torch.float64)
        parts = [rows]
        if descent.shared != "parameter":
            parts = [row.reshape(descent.shape) for row in rows]
        self.descent = descent
        self.params = [part.clone().requires_grad_() for part in parts]
        self.points = [[point] for point in self.current_points().tolist()]
        self._optimizers, self._generators = [], []
        seeded = torch.get_rng_state()
        alone = descent.shared == "nothing"
        for params in [[p] for p in self.params] if alone else [self.params]:
            torch.set_rng_state(seeded)
            with descent.context():
                self._optimizers.append(descent.build(params))
            self._generators.append(torch.get_rng_state())
        torch.set_rng_state(seeded)

    def current_points(self) -> Tensor:
        """Return the points as a tensor of shape (functions, 2)."""
        return torch.cat([p.reshape(-1, 2) for p in self.params])

    def switch(self, mode: Literal["train", "eval"]) -> None:
        for optimizer in self._optimizers:
            switch_mode(optimizer, mode)

    def step(self, gradients: Iterable[Tensor]) -> None:
        for p, gradient in zip(self.params, gradients, strict=True):
            p.grad = gradient
        for k, optimizer in enumerate(self._optimizers):
            torch.set_rng_state(self._generators[k])
            with self.descent.context():
                optimizer.step()
            self._generators[k] = torch.get_rng_state()
        self.switch("eval")
        for path, point in zip(self.points, self.current_points().tolist(), strict=True):
            path.append(point)
        self.switch("train")


def descend_each(descents: Sequence[Descent], steps: int) -> list[list[Points] | Exception]:
    """Return the ``steps + 1`` points of each descent on each of its functions.

    All descents advance together, so that each formula is evaluated once in a step, at all points.
    A descent that raises an exception ends there; the exception is its result.
    """
    results: list[list[Points] | Exception] = []
    active: dict[int, _Progress] = {}

    @contextmanager
    def exception_as_result(number: int) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            results[number] = error
            active.pop(number, None)

    for number, descent in enumerate(descents):
        results.append([])
        with exception_as_result(number):
            active[number] = _Progress(descent)
            active[number].switch("train")
    for _ in range(steps):
        if not active:
            break
        params = [p for each in active.values() for p in each.params]
        create_graph = any(each.descent.create_graph for each in active.values())
        losses = (_separate_losses if create_graph else _summed_losses)(list(active.values()))
        gradients = iter(torch.autograd.grad(losses, params, create_graph=create_graph))
        for number, each in list(active.items()):
            own_gradients = list(islice(gradients, len(each.params)))
            with exception_as_result(number):
                each.step(own_gradients)
    for number, each in active.items():
        results[number] = [np.array(path) for path in each.points]
    return results


def _summed_losses(active: Sequence[_Progress]) -> list[Tensor]:
    """Return the sum of the values of each formula."""
    current_points = torch.cat([each.current_points() for each in active])
    rows: dict[Formula, list[int]] = {}
    for row, formula in enumerate(f for each in active for f in each.descent.formulas):
        rows.setdefault(formula, []).append(row)
    return [formula(*current_points[indices].T).sum() for formula, indices in rows.items()]


def _separate_losses(active: Sequence[_Progress]) -> list[Tensor]:
    """Return each value separately, so that the graphs of the gradients are not connected."""
    return [
        formula(*p.reshape(-1))
        for each in active
        for formula, p in zip(each.descent.formulas, each.params, strict=True)
    ]


def replay(
    build: Build,
    gradients: Points,
    start: Sequence[float] = (2.0, 1.7),
    hessians: Points | None = None,
    shape: tuple[int, ...] | None = None,
    *,
    closure: bool = False,
) -> Points:
    """Return the points of an optimizer that gets these gradients, wherever it is.

    With ``hessians``, one matrix for each gradient, each gradient carries a graph whose derivative
    is that matrix. With a closure as well, the gradient that this sets has that derivative about
    the point before the step. The parameter is a vector unless ``shape`` says otherwise.
    """
    p = torch.tensor(start, dtype=torch.float64).reshape(shape or (-1,)).requires_grad_()
    optimizer = build([p])
    points = [list(start)]
    for k, gradient in enumerate(torch.from_numpy(gradients)):
        switch_mode(optimizer, "train")
        if closure:
            optimizer.step(_gradient_about(p, gradient, torch.from_numpy(hessians[k])))
            switch_mode(optimizer, "eval")
            points.append(p.reshape(-1).tolist())
            continue
        if hessians is None:
            p.grad = gradient.clone().reshape(p.shape)
        else:
            p.grad = gradient + torch.from_numpy(hessians[k]) @ (p - p.detach())
        optimizer.step()
        switch_mode(optimizer, "eval")
        points.append(p.reshape(-1).tolist())
    return np.array(points)


def _gradient_about(p: Tensor, gradient: Tensor, hessian: Tensor) -> Callable[[], Tensor]:
    """Return a closure of a quadratic, and set its gradient at the present point."""
    before = p.detach().clone()

    def closure() -> Tensor:
        moved = p.detach() - before
        p.grad = gradient + hessian @ moved
        return gradient @ moved + moved @ hessian @ moved / 2

    closure()
    return closure


def random_gradients(steps: int, size: int = 2, seed: int = 0) -> Points:
    """Return random gradients whose sizes span two decades, as in a run."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, size)) * 10 ** rng.uniform(-1, 1, size=(steps, 1))


def random_hessians(steps: int, size: int = 2, seed: int = 0) -> Points:
    """Return random symmetric matrices, including indefinite ones."""
    matrices = np.random.default_rng(seed).normal(size=(steps, size, size))
    return matrices + matrices.transpose(0, 2, 1)
