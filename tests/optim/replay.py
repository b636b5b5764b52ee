"""Two ways to run an optimizer: on a function, and on fixed gradients."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.runs.stepping import switch_mode

Build = Callable[[list[Tensor]], Optimizer]
Formula = Callable[[Tensor, Tensor], Tensor]
Points = NDArray[np.float64]


def descend(
    build: Build,
    formula: Formula,
    start: tuple[float, float],
    steps: int,
    create_graph: bool = False,
    shape: tuple[int, ...] = (2,),
) -> Points:
    """Return the ``steps + 1`` points of an optimizer on a function; ``shape`` is its parameter's.

    For an averaging optimizer, these are the averages.
    """
    (points,) = descend_each(build, [formula], start, steps, create_graph, shape)
    return points


def descend_each(
    build: Build,
    formulas: Sequence[Formula],
    start: tuple[float, float],
    steps: int,
    create_graph: bool = False,
    shape: tuple[int, ...] = (2,),
) -> list[Points]:
    """Return what :func:`descend` returns for each function, with one backward pass for all.

    Each function has its own optimizer, parameter and state of torch's global generator.
    """
    params = [
        torch.tensor(start, dtype=torch.float64).reshape(shape).requires_grad_() for _ in formulas
    ]
    optimizers, generators = [], []
    seeded = torch.get_rng_state()
    for p in params:
        torch.set_rng_state(seeded)
        optimizers.append(build([p]))
        generators.append(torch.get_rng_state())
    points = [[list(start)] for _ in formulas]
    for _ in range(steps):
        for optimizer in optimizers:
            switch_mode(optimizer, "train")
        losses = [formula(*p.reshape(-1)) for formula, p in zip(formulas, params, strict=True)]
        gradients = torch.autograd.grad(losses, params, create_graph=create_graph)
        for k, (p, optimizer) in enumerate(zip(params, optimizers, strict=True)):
            p.grad = gradients[k]
            torch.set_rng_state(generators[k])
            optimizer.step()
            generators[k] = torch.get_rng_state()
            switch_mode(optimizer, "eval")
            points[k].append(p.reshape(-1).tolist())
    return [np.array(path) for path in points]


def replay(
    build: Build,
    gradients: Points,
    start: Sequence[float] = (2.0, 1.7),
    hessians: Points | None = None,
    shape: tuple[int, ...] | None = None,
) -> Points:
    """Return the points of an optimizer that receives these gradients at any point.

    With ``hessians``, one matrix for each gradient, each gradient carries a graph whose derivative
    is that matrix. The parameter is a vector unless ``shape`` says otherwise.
    """
    p = torch.tensor(start, dtype=torch.float64).reshape(shape or (-1,)).requires_grad_()
    optimizer = build([p])
    points = [list(start)]
    for k, gradient in enumerate(torch.from_numpy(gradients)):
        switch_mode(optimizer, "train")
        if hessians is None:
            p.grad = gradient.clone().reshape(p.shape)
        else:
            p.grad = gradient + torch.from_numpy(hessians[k]) @ (p - p.detach())
        optimizer.step()
        switch_mode(optimizer, "eval")
        points.append(p.reshape(-1).tolist())
    return np.array(points)


def random_gradients(steps: int, size: int = 2, seed: int = 0) -> Points:
    """Return random gradients whose sizes span two decades, as in a run."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, size)) * 10 ** rng.uniform(-1, 1, size=(steps, 1))


def random_hessians(steps: int, size: int = 2, seed: int = 0) -> Points:
    """Return random symmetric matrices, including indefinite ones."""
    matrices = np.random.default_rng(seed).normal(size=(steps, size, size))
    return matrices + matrices.transpose(0, 2, 1)
