"""Many runs at once through one optimizer object, bit for bit equal to single runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.descent import fault, switch_mode
from optgallery.functions import TestFunction
from optgallery.optim.spec import OptimizerSpec
from optgallery.trajectory import Trajectory

Array = NDArray[np.float64]


def run_lanes(
    spec: OptimizerSpec, fns: Sequence[TestFunction], lrs: Sequence[float], *, steps: int = 200
) -> dict[tuple[str, float], Trajectory]:
    """Run an elementwise optimizer on every function at every learning rate, all in step.

    One optimizer object holds a parameter group for each learning rate, and in it one row for each
    function. That is valid where every element is updated from its own gradients alone: the rows
    then cannot tell that they are not alone. A row that diverges goes on computing nonsense that
    nobody looks at, and disturbs no other.

    Parameters
    ----------
    spec : OptimizerSpec
        An entry whose ``elementwise`` is true.
    fns : sequence of TestFunction
        Each from its own start.
    lrs : sequence of float
        Learning rates.
    steps : int
        Steps of every run.

    Returns
    -------
    dict
        Trajectories by function name and learning rate, as `run` would return them one by one.

    Raises
    ------
    ValueError
        If the optimizer is not elementwise, or a gradient noisy.
    """
    if not spec.elementwise:
        raise ValueError(f"{spec.title} is not elementwise: run() takes its runs one by one")
    for fn in fns:
        if fn.gradient_noise is not None:
            raise ValueError(f"the gradient of {fn.name} is noisy: run() takes its runs one by one")
    lanes = Lanes(fns, len(lrs))
    groups: list[dict[str, Any]] = [
        {"params": [p], "lr": lr} for p, lr in zip(lanes.params, lrs, strict=True)
    ]
    optimizer = spec.build(groups)
    record = _descend(optimizer, lanes, steps)
    return {
        (fn.name, lr): record.cut(r, f, optimizer=spec, test_fn=fn, lr=lr)
        for (r, lr), (f, fn) in product(enumerate(lrs), enumerate(fns))
    }


class Lanes:
    """Points of every rate and function, their values and gradients, and the closure over them.

    Attributes
    ----------
    z : tensor of shape (rates, functions, 2)
        The points; each rate's slice is a parameter.
    evaluations : int
        How often the gradients were evaluated, all lanes at once.
    """

    def __init__(self, fns: Sequence[TestFunction], rates: int) -> None:
        self.fns = fns
        starts = torch.tensor([fn.start for fn in fns], dtype=torch.float64)
        self.z = starts.repeat(rates, 1, 1)
        self.params = [row.requires_grad_() for row in self.z.unbind()]
        self.evaluations = 0
        self._ready: tuple[Tensor, Tensor] | None = None

    def evaluate(self) -> tuple[Tensor, Tensor]:
        """Evaluate where the points are and leave the gradients in the parameters' ``grad``."""
        self.evaluations += 1
        values, gradients = self.at(self.z.detach())
        for p, gradient in zip(self.params, gradients.unbind(), strict=True):
            p.grad = gradient.clone()
        self._ready = self.z.detach().clone(), values.sum()
        return values, gradients

    def __call__(self) -> Tensor:
        """Do the same for an optimizer; its first call in a step finds it already done."""
        ready, self._ready = self._ready, None
        if ready is not None and _same(ready[0], self.z):
            return ready[1]
        total = self.evaluate()[0].sum()
        self._ready = None
        return total

    def at(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return values and gradients at points of shape (rates, functions, 2)."""
        # leaves of their own, so that no gradient passes through an addition on its way
        xs, ys = ([c.clone().requires_grad_() for c in z[..., k].unbind(1)] for k in (0, 1))
        with torch.enable_grad():
            values = [fn.formula(x, y) for fn, x, y in zip(self.fns, xs, ys, strict=True)]
            leaves = [*xs, *ys]
            grads = torch.autograd.grad(
                values, leaves, [torch.ones_like(v) for v in values], materialize_grads=True
            )
        n = len(xs)
        gradients = torch.stack([torch.stack(grads[:n], 1), torch.stack(grads[n:], 1)], -1)
        return torch.stack([v.detach() for v in values], 1), gradients


@dataclass(frozen=True, eq=False)
class Record:
    """What every lane did; the first axis of each array is the step."""

    points: Array
    values: Array
    gradients: Array
    evaluations: NDArray[np.int64]

    def cut(
        self,
        rate: int,
        function: int,
        *,
        optimizer: OptimizerSpec,
        test_fn: TestFunction,
        lr: float,
    ) -> Trajectory:
        """Return one lane as a trajectory that ends where a single run would."""
        points, values, gradients = (
            array[:, rate, function] for array in (self.points, self.values, self.gradients)
        )
        steps = len(points) - 1
        sound = np.isfinite(points).all(1) & np.isfinite(values) & np.isfinite(gradients).all(1)
        stopped_at, reason, end = None, "", steps + 1
        if not sound.all():
            stopped_at = int(np.argmin(sound))
            (x, y), (dx, dy) = points[stopped_at].tolist(), gradients[stopped_at].tolist()
            reason = fault((x, y), (float(values[stopped_at]), (dx, dy)))
            end = stopped_at + int(np.isfinite(points[stopped_at]).all())
        return Trajectory(
            optimizer=optimizer,
            test_fn=test_fn,
            hparams={"lr": lr},
            lr=float(lr),
            points=points[:end].copy(),
            values=values[:end].copy(),
            gradients=gradients[:end].copy(),
            evaluations=self.evaluations[:end].copy(),
            steps=steps,
            status="completed" if stopped_at is None else "diverged",
            stopped_at=stopped_at,
            reason=reason,
        )


def _descend(optimizer: Optimizer, lanes: Lanes, steps: int) -> Record:
    """Take the steps and record every lane to the end, whatever becomes of it."""
    shape = (steps + 1, *lanes.z.shape)
    points = torch.empty(shape, dtype=torch.float64)
    gradients, values = torch.empty_like(points), torch.empty(shape[:-1], dtype=torch.float64)
    evaluations = np.empty(steps + 1, np.int64)
    take_step: Callable[..., object] = optimizer.step
    for step in range(steps + 1):
        if step:
            switch_mode(optimizer, "eval")
        points[step], evaluations[step] = lanes.z.detach(), lanes.evaluations
        if step == steps:
            values[step], gradients[step] = lanes.at(points[step])
            break
        switch_mode(optimizer, "train")  # an averaging optimizer then stands elsewhere
        values[step], gradients[step] = lanes.evaluate()
        if not _same(points[step], lanes.z):
            values[step], gradients[step] = lanes.at(points[step])
        take_step(lanes)
    return Record(points.numpy(), values.numpy(), gradients.numpy(), evaluations)


def _same(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors hold the same numbers, where NaN, of a lane that is lost, equals NaN."""
    return torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)
