"""run(): one optimizer on one function; Trajectory: every point it visited."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from math import isfinite, nan
from typing import Any, Literal, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.descent import History, Objective, descend
from optgallery.functions import TestFunction, as_test_function
from optgallery.functions.base import Point, as_point
from optgallery.lockstep import gains, run_together
from optgallery.optim.spec import OptimizerSpec, as_spec
from optgallery.recipe import recipe
from optgallery.record import solved_at
from optgallery.trajectories import Trajectories

Params = Literal["vector", "scalars"]
Status = Literal["completed", "diverged", "failed"]
Verdict = Literal["solved", "unsolved", "climbed", "diverged", "failed"]

_TAU = 1e-3  # tolerance of the convergence test where no other is asked for


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
    status : {"completed", "diverged", "failed"}
        Whether all steps were taken. Only a sweep keeps a run that "failed", whose optimizer raised
        an exception; `run` passes the exception on.
    stopped_at : int or None
        The step at which a run stopped that was not completed; the one that failed.
    reason : str
        Why such a run stopped; empty otherwise.
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
    status: Status = "completed"
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

    def _repr_html_(self) -> str:
        """Show in a notebook what happened, from where to where, and the lines that repeat it."""
        facts = {
            "outcome": self.outcome,
            "start": self._told(0),
            "end": self._told(-1),
            "gradient evaluations": str(self.evaluations[-1]),
        }
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{escape(fact)}</td></tr>'
            for name, fact in facts.items()
        )
        return (
            f"<table><caption>{escape(self.title)}</caption><tbody>{rows}</tbody></table>"
            f"<pre>{escape(self.code())}</pre>"
        )

    def _told(self, row: int) -> str:
        (x, y), value = self.points[row], self.values[row]
        return f"({x:.6g}, {y:.6g}), f = {value:.6g}"

    def solved(self, tau: float = _TAU) -> int | None:
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
        return self._solved if tau == _TAU else self._solved_within(tau)

    @cached_property
    def _solved(self) -> int | None:
        return self._solved_within(_TAU)

    def _solved_within(self, tau: float) -> int | None:
        outside = self.test_fn.lower_outside
        counted = self.test_fn.domain.contains(self.points)[None] if outside else None
        at = int(solved_at(self.values[None], self.test_fn.minimum, tau, counted)[0])
        return None if at < 0 else int(self.evaluations[at])

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
        if self.status != "completed":
            return self.status
        if self.solved() is not None:
            return "solved"
        return "climbed" if self.values[-1] > self.values[0] else "unsolved"

    @property
    def outcome(self) -> str:
        """What happened, in words: ``"solved after 212 gradient evaluations"``."""
        first, last = self.values[0], self.values[-1]
        match self.verdict:
            case "diverged" | "failed":
                return f"{self.verdict} at step {self.stopped_at}: {self.reason}"
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


@overload
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
) -> Trajectory: ...


@overload
def run(
    optimizer: str | OptimizerSpec | type[Optimizer],
    test_fn: Any = "beale",
    *,
    steps: int = 200,
    start: NDArray[Any] | Tensor | Sequence[Point],
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    params: Params = "vector",
    **hparams: Any,
) -> Trajectories: ...


def run(
    optimizer: str | OptimizerSpec | type[Optimizer],
    test_fn: Any = "beale",
    *,
    steps: int = 200,
    start: Any = None,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    params: Params = "vector",
    **hparams: Any,
) -> Trajectory | Trajectories:
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
    start : (float, float) or array of shape (n, 2), optional
        Where to start; the function's own start if not given. Of an array each
        row is a start: all are run, with the bits that each would have alone, and at once if the
        optimizer and the function are entries that allow it.
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
    Trajectory or Trajectories
        One for each start, if many were given.

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
    >>> og.run("adamw", "sphere", start=[(1, 2), (-3, 0.5), (4, 4)], lr=0.1).counts["solved"]
    3
    """
    spec = as_spec(optimizer)
    check_steps(steps)
    _check_seed(seed)
    if params not in ("vector", "scalars"):
        raise ValueError(f'params must be "vector" or "scalars", got {params!r}')
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype must be a floating point torch.dtype, got {dtype!r}")
    fn = as_test_function(test_fn, dtype)
    if params == "scalars" and spec.parameter_shape != (2,):
        raise ValueError(
            f"{spec.title} needs one parameter of shape {spec.parameter_shape}: "
            'params must be "vector", got "scalars"'
        )
    hparams = {k: v.item() if isinstance(v, np.generic) else v for k, v in hparams.items()}
    given: dict[str, Any] = {"steps": int(steps), "seed": seed, "dtype": dtype, "params": params}
    if _are_many(start):
        starts = _as_starts(start, dtype)
        return _run_together(spec, fn, starts, hparams, given) or Trajectories.gather(
            [run(spec, fn, start=(x, y), **given, **hparams) for x, y in starts.tolist()]
        )
    origin = fn.start if start is None else as_point(start, "start")
    course = _Course(spec, fn, origin, int(steps), seed, dtype, params, hparams)
    return course.take()


def attempt(spec: OptimizerSpec, fn: TestFunction, *, steps: int, lr: float) -> Trajectory:
    """Run as `run` does, but where the optimizer raises, return how far it came and what it said.

    Returns
    -------
    Trajectory
        With status "failed" if anything was raised.
    """
    course = _Course(spec, fn, fn.start, steps, 0, torch.float64, "vector", {"lr": lr})
    try:
        return course.take()
    except Exception as error:  # whatever an optimizer raises is a result of its run
        return course.failed(error)


@dataclass(eq=False)
class _Course:
    """One run, from what was asked for to its trajectory."""

    spec: OptimizerSpec
    fn: TestFunction
    origin: Point
    steps: int
    seed: int
    dtype: torch.dtype
    params: Params
    hparams: dict[str, Any]
    lr: float | None = None
    history: History = field(default_factory=History)

    def take(self) -> Trajectory:
        """Take all steps; the history is filled on the way."""
        spec = self.spec
        # a third-party optimizer may draw from the global generator
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            objective = self._objective()
            if not all(map(isfinite, objective.point())):
                raise ValueError(f"start must be finite in {self.dtype}, got {self.origin}")
            optimizer = spec.build(objective.params, seed=self.seed, **self.hparams)
            lr = optimizer.param_groups[0].get("lr")
            self.lr = None if lr is None else float(lr)
            try:
                with warnings.catch_warnings():
                    # the graph is there: a gradient without one is that of a linear function
                    warnings.filterwarnings("ignore", "no gradient depends on the parameters")
                    descend(optimizer, objective, self.steps, self.history, spec.counters)
            except RuntimeError as error:
                if spec.create_graph or "does not require grad" not in str(error):
                    raise
                name = spec.cls.__name__
                raise ValueError(
                    f"{name} differentiates the gradient once more; run OptimizerSpec("
                    f"name={spec.name!r}, title={name!r}, cls={name}, create_graph=True)"
                ) from error
        return self._trajectory("completed" if self.history.stopped_at is None else "diverged")

    def failed(self, error: Exception) -> Trajectory:
        """Return what was recorded until the error, at least the start."""
        step = len(self.history.points)
        if not step:
            objective = self._objective()
            start, seen = objective.point(), (nan, (nan, nan))
            with suppress(Exception):  # of the formula, which may be what raised
                seen = objective.at(start)
            self.history.record(start, seen, 0)
        said = str(error).strip().partition("\n")[0]
        self.history.stop(step, f"{type(error).__name__}: {said}".removesuffix(": "))
        if self.lr is None:
            self.lr = self.hparams.get("lr")
        return self._trajectory("failed")

    def _objective(self) -> Objective:
        parameters = _parameters(self.origin, self.spec, self.dtype, self.params)
        return Objective(self.fn, parameters, self.spec.create_graph)

    def _trajectory(self, status: Status) -> Trajectory:
        history = self.history
        return Trajectory(
            optimizer=self.spec,
            test_fn=self.fn,
            hparams=self.hparams,
            lr=self.lr,
            points=np.array(history.points),
            values=np.array(history.values),
            gradients=np.array(history.gradients),
            evaluations=np.array(history.evaluations),
            steps=self.steps,
            seed=self.seed,
            dtype=str(self.dtype).removeprefix("torch."),
            params=self.params,
            status=status,
            stopped_at=history.stopped_at,
            reason=history.reason,
        )


def _run_together(
    spec: OptimizerSpec,
    fn: TestFunction,
    starts: Tensor,
    hparams: dict[str, Any],
    given: dict[str, Any],
) -> Trajectories | None:
    """Run from every start at once; None if the bits do not allow it, or it would take longer."""
    steps, seed, dtype, params = given.values()
    if dtype is not torch.float64 or params != "vector" or not gains(spec):
        return None
    (record,) = run_together([spec], [fn] * len(starts), starts, steps, seed=seed, **hparams)
    if record is None:
        return None
    one = spec.build(_parameters(fn.start, spec, dtype, params), seed=seed, **hparams)
    lr = one.param_groups[0].get("lr")
    return Trajectories(
        record,
        Trajectory(
            optimizer=spec,
            test_fn=fn,
            hparams=hparams,
            lr=None if lr is None else float(lr),
            steps=steps,
            seed=seed,
            **record.run(0),
        ),
    )


def _are_many(start: Any) -> bool:
    """Whether rows of starts were given rather than one; ragged rows count as rows."""
    if isinstance(start, (np.ndarray, Tensor)):
        return start.ndim != 1
    return isinstance(start, Sequence) and any(
        getattr(c, "ndim", isinstance(c, Sequence) and not isinstance(c, str)) for c in start
    )


def _as_starts(start: Any, dtype: torch.dtype) -> Tensor:
    """Return rows of starts as floats, or raise a ValueError that says which would do."""
    try:
        array = np.asarray(start.detach().cpu() if isinstance(start, Tensor) else start)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"start must be rows of two numbers (x, y), got {start!r}") from None
    if array.ndim != 2 or array.shape[1] != 2 or not len(array):
        raise ValueError(
            f"start must be one (x, y) or an array of shape (n, 2), got shape {array.shape}"
        )
    if array.dtype.kind not in "iuf":
        raise ValueError(f"start must hold real numbers, got an array of {array.dtype}")
    starts = torch.from_numpy(array.astype(np.float64))
    finite = starts.to(dtype).isfinite().all(1).tolist()
    if not all(finite):
        row = finite.index(False)
        x, y = starts[row].tolist()
        raise ValueError(f"start must be finite in {dtype}, got ({x}, {y}) in row {row}")
    return starts


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
