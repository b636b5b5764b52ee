"""Two ways to drive an optimizer: down a function, and along gradients fixed beforehand."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.stepping import switch_mode

Build = Callable[[list[Tensor]], Optimizer]
Points = NDArray[np.float64]


def descend(
    build: Build,
    formula: Callable[[Tensor, Tensor], Tensor],
    start: tuple[float, float],
    steps: int,
    create_graph: bool = False,
    shape: tuple[int, ...] = (2,),
) -> Points:
    """Return the ``steps + 1`` points of an optimizer on a function; ``shape`` is its parameter's.

    Of an averaging optimizer these are the averages.
    """
    p = torch.tensor(start, dtype=torch.float64).reshape(shape).requires_grad_()
    optimizer = build([p])
    points = [list(start)]
    for _ in range(steps):
        switch_mode(optimizer, "train")
        (p.grad,) = torch.autograd.grad(formula(*p.reshape(-1)), [p], create_graph=create_graph)
        optimizer.step()
        switch_mode(optimizer, "eval")
        points.append(p.reshape(-1).tolist())
    return np.array(points)


def replay(
    build: Build,
    gradients: Points,
    start: Sequence[float] = (2.0, 1.7),
    hessians: Points | None = None,
    shape: tuple[int, ...] | None = None,
) -> Points:
    """Return the points of an optimizer that is fed these gradients wherever it goes.

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
    """Draw gradients whose sizes span two decades, as they do along a run."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, size)) * 10 ** rng.uniform(-1, 1, size=(steps, 1))


def random_hessians(steps: int, size: int = 2, seed: int = 0) -> Points:
    """Draw symmetric matrices, indefinite ones among them."""
    matrices = np.random.default_rng(seed).normal(size=(steps, size, size))
    return matrices + matrices.transpose(0, 2, 1)
