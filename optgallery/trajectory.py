"""run(): one optimizer on one function; Trajectory: every point it visited."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.descent import Objective, descend
from optgallery.functions import TestFunction, as_test_function
from optgallery.functions.base import Point, as_point
from optgallery.optim.spec import OptimizerSpec, as_spec
from optgallery.recipe import recipe

Params = Literal["vector", "scalars"]
Verdict = Literal["solved", "unsolved", "climbed", "diverged"]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Every point that an optimizer visited on a function, the start first.

    Arrays are read-only float64 with one row for each recorded point: ``steps + 1`` rows for a run
    that was completed, fewer for one that diverged, whose last row is the point where it stopped
    (only there may a value or a gradient be infinite or NaN; points are always finite).

    Attributes
    ----------
    optimizer : OptimizerSpec
        Who ran.
    test_fn : TestFunction
        On what.
    hparams : mapping
        The hyper-parameters that the run was given, over the entry's defaults.
    lr : float or None
        The learning rate in force at the first step.
    points : array of shape (n, 2)
        The iterates.
    values : array of shape (n,)
        The function at the iterates.
    gradients : array of shape (n, 2)
        Its gradient at the iterates.
    evaluations : array of shape (n,)
        Gradient evaluations spent to reach each iterate; 0 at the start.
    steps : int
        The number of steps that was asked for.
    seed : int
        Seed of whatever the optimizer draws.
    dtype : str
        The precision that the optimizer worked in: ``"float64"``.
    params : {"vector", "scalars"}
        One parameter with two elements, or two with one each.
    status : {"completed", "diverged"}
        Whether all steps were taken.
    stopped_at : int or None
        The step at which a diverged run stopped.
    reason : str
        Why a diverged run stopped; empty otherwise.
    """

    optimizer: OptimizerSpec
    test_fn: TestFunction
    hparams: Mapping[str, Any]
    lr: float | None
    points: NDArray[np.float64]
    values: NDArray[np.float64]
    gradients: NDArray[np.float64]
    evaluations: NDArray[np.int64]
    steps: int
    seed: int = 0
    dtype: str = "float64"
    params: Params = "vector"
    status: Literal["completed", "diverged"] = "completed"
    stopped_at: int | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        for array in (self.points, self.values, self.gradients, self.evaluations):
            array.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # NumPy unpickles every array writeable

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        return f"<Trajectory: {self.summary}>"

    def solved(self, tau: float = 1e-3) -> int | None:
        r"""Gradient evaluations until the convergence test of Moré and Wild held first.

        The test is :math:`f(x_0) - f(x_k) \ge (1 - \tau)\,(f(x_0) - f^*)`. Where lower values lie
        outside the function's domain, only iterates inside it count.

        Parameters
        ----------
        tau : float
            Tolerance, between 0 and 1.

        Returns
        -------
        int or None
            None if it never held, or if the function's least value is not known.

        References
        ----------
        Moré and Wild (2009), Benchmarking derivative-free optimization algorithms, SIAM Journal on
        Optimization 20(1), equation 2.2, doi:10.1137/080724083.
        """
        if not 0 < tau < 1:
            raise ValueError(f"tau must lie between 0 and 1, got {tau}")
        if self.test_fn.minimum is None or not isfinite(self.values[0]):
            return None
        start, least = self.values[0], self.test_fn.minimum
        promised = start - least
        rounding = np.finfo(np.float64).eps * max(1.0, abs(least))
        if isfinite(least) and promised <= rounding:
            return 0  # it began at the least value, up to rounding
        low = start - self.values >= (1 - tau) * promised
        if self.test_fn.lower_outside:
            xmin, xmax, ymin, ymax = self.test_fn.domain
            x, y = self.points.T
            low &= (xmin <= x) & (x <= xmax) & (ymin <= y) & (y <= ymax)
        reached = np.flatnonzero(low)
        return int(self.evaluations[reached[0]]) if reached.size else None

    @property
    def title(self) -> str:
        """Who ran on what, in words: ``"AdamW on Beale, lr 0.1"``."""
        rate = "" if self.lr is None else f", lr {self.lr:g}"
        return f"{self.optimizer.title} on {self.test_fn.title}{rate}"

    @property
    def verdict(self) -> Verdict:
        """What became of the run, in a word.

        "climbed" if it was completed, never solved the function, and ended above where it began.
        """
        if self.status == "diverged":
            return "diverged"
        if self.solved() is not None:
            return "solved"
        return "climbed" if self.values[-1] > self.values[0] else "unsolved"

    @property
    def outcome(self) -> str:
        """What happened, in words: ``"solved after 212 gradient evaluations"``."""
        first, last = self.values[0], self.values[-1]
        match self.verdict:
            case "diverged":
                return f"diverged at step {self.stopped_at}: {self.reason}"
            case "solved":
                cost = self.solved()
                return f"solved after {cost} gradient evaluation{'s' if cost != 1 else ''}"
            case "climbed":
                return f"climbed from {first:.3g} to {last:.3g} in {self.steps} steps"
            case "unsolved":
                return f"not solved in {self.steps} steps, f from {first:.3g} to {last:.3g}"

    @property
    def summary(self) -> str:
        """Title and outcome in one sentence."""
        return f"{self.title}: {self.outcome}"

    def code(self) -> str:
        """Return the lines of Python that repeat this run bit for bit and show it moving.

        Names, numbers and tuples are spelled out, and a class or a function is imported from where
        it lives. What cannot be imported, such as a function written in a notebook, is named in a
        comment at the head.

        Examples
        --------
        >>> import optgallery as og
        >>> print(og.run("adamw", "sphere", steps=50, lr=0.1).code())
        import optgallery as og
        <BLANKLINE>
        trajectory = og.run("adamw", "sphere", steps=50, lr=0.1)
        og.animate(trajectory).show()
        """
        start = tuple(self.points[0].tolist())
        precision: torch.dtype = getattr(torch, self.dtype)
        own_start = tuple(torch.tensor(self.test_fn.start, dtype=precision).tolist())
        return recipe(
            self.optimizer,
            self.test_fn,
            dtype=self.dtype,
            steps=self.steps,
            **({"start": start} if start != own_start else {}),
            **({"seed": self.seed} if self.seed else {}),
            **({"params": self.params} if self.params != "vector" else {}),
            **self.hparams,
        )


def run(
    optimizer: str | OptimizerSpec | type[Optimizer],
    test_fn: Any = "beale",
    *,
    steps: int = 200,
    start: Point | None = None,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    params: Params = "vector",
    **hparams: Any,
) -> Trajectory:
    """Run an optimizer on a two-dimensional function and record every point it visits.

    The same call gives the same bits. Nothing is clipped and nothing is tuned. A run that leaves
    the finite numbers, or comes to a point where the gradient is undefined, is a result like any
    other, with status "diverged", the step and the reason.

    Parameters
    ----------
    optimizer : str, OptimizerSpec or torch.optim.Optimizer class
        A name in `OPTIMIZERS`, an entry, or any optimizer class, from wherever.
    test_fn : str, TestFunction or (callable, domain)
        A name in `FUNCTIONS`, an entry, or a function of two tensors with a mapping of
        ``x0, y0, xmin, xmax, ymin, ymax``.
    steps : int
        Number of steps, at least 1.
    start : (float, float), optional
        Where to start; the function's own start if not given.
    seed : int
        Seeds whatever the optimizer draws; the global generator stays as it was.
    dtype : torch.dtype
        Precision that the optimizer works in.
    params : {"vector", "scalars"}
        One parameter of two elements, or two parameters of one, as torchopt has it: the same for an
        elementwise optimizer, not for one that takes norms.
    **hparams
        Hyper-parameters of the optimizer, such as ``lr=0.1``.

    Returns
    -------
    Trajectory

    Raises
    ------
    TypeError
        If the optimizer or the function is nothing of the kind, or a hyper-parameter is unknown.
    ValueError
        If a name is unknown, or ``steps``, ``start``, ``params`` or a hyper-parameter is refused.

    Examples
    --------
    >>> import optgallery as og
    >>> og.run("adamw", "sphere", steps=200, lr=0.1).points.shape
    (201, 2)
    """
    spec, fn = as_spec(optimizer), as_test_function(test_fn)
    check_steps(steps)
    _check_seed(seed)
    if params not in ("vector", "scalars"):
        raise ValueError(f'params must be "vector" or "scalars", got {params!r}')
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype must be a floating point torch.dtype, got {dtype!r}")
    if params == "scalars" and spec.parameter_shape != (2,):
        raise ValueError(
            f"{spec.title} needs one parameter of shape {spec.parameter_shape}: "
            'params must be "vector", got "scalars"'
        )
    origin = fn.start if start is None else as_point(start, "start")
    hparams = {k: v.item() if isinstance(v, np.generic) else v for k, v in hparams.items()}
    with torch.random.fork_rng(devices=[]):  # a third-party optimizer may draw from the global one
        torch.manual_seed(seed)
        objective = Objective(fn, _parameters(origin, spec, dtype, params), spec.create_graph)
        if not all(map(isfinite, objective.point())):
            raise ValueError(f"start must be finite in {dtype}, got {origin}")
        stepper = spec.build(objective.params, seed=seed, **hparams)
        lr = stepper.param_groups[0].get("lr")
        try:
            with warnings.catch_warnings():
                # the graph is there: a gradient without one is that of a linear function
                warnings.filterwarnings("ignore", "no gradient depends on the parameters")
                history = descend(stepper, objective, int(steps))
        except RuntimeError as error:
            if spec.create_graph or "does not require grad" not in str(error):
                raise
            name = spec.cls.__name__
            raise ValueError(
                f"{name} differentiates the gradient once more; run OptimizerSpec("
                f"name={spec.name!r}, title={name!r}, cls={name}, create_graph=True)"
            ) from error
    return Trajectory(
        optimizer=spec,
        test_fn=fn,
        hparams=hparams,
        lr=None if lr is None else float(lr),
        points=np.array(history.points),
        values=np.array(history.values),
        gradients=np.array(history.gradients),
        evaluations=np.array(history.evaluations),
        steps=int(steps),
        seed=seed,
        dtype=str(dtype).removeprefix("torch."),
        params=params,
        status="completed" if history.stopped_at is None else "diverged",
        stopped_at=history.stopped_at,
        reason=history.reason,
    )


def check_steps(steps: Any) -> None:
    """Refuse what is no number of steps."""
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1:
        raise ValueError(f"steps must be a whole number >= 1, got {steps!r}")


def _check_seed(seed: Any) -> None:
    whole = isinstance(seed, (int, np.integer)) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**63:
        raise ValueError(f"seed must be a whole number from 0 to 2**63 - 1, got {seed!r}")


def _parameters(
    origin: Point, spec: OptimizerSpec, dtype: torch.dtype, params: Params
) -> list[Tensor]:
    if params == "scalars":
        return [torch.tensor([c], dtype=dtype, requires_grad=True) for c in origin]
    vector = torch.tensor(origin, dtype=dtype).reshape(spec.parameter_shape)
    return [vector.requires_grad_()]
