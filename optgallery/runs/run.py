"""run(): one optimizer on one function, from one start or from many."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.arguments import check_whole, renamed
from optgallery.functions import TestFunction, as_test_function
from optgallery.functions.base import Point, as_point
from optgallery.functions.isolation import isolated
from optgallery.optim.hyperparameters import own_copy
from optgallery.optim.spec import OptimizerSpec, as_spec
from optgallery.runs.additions import NOTHING, Additions
from optgallery.runs.batched import gains_from_batching, run_batched
from optgallery.runs.single_run import SingleRun, parameters, rate_of
from optgallery.runs.trajectories import Trajectories
from optgallery.runs.trajectory import Coordinates, Trajectory

AnyOptimizer: TypeAlias = str | OptimizerSpec | type[Optimizer] | Callable[..., Any]
"""Whatever `run` takes for an optimizer."""

Bound: TypeAlias = float | tuple[str, float]
"""A bound on gradients: on their norm, or by what they are clipped and the bound."""

_NOT_GIVEN: Any = object()


@overload
def run(
    optimizer: AnyOptimizer,
    /,
    test_fn: Any = "beale",
    *,
    steps: int = 200,
    start: Point | None = None,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    coordinates: Coordinates = "vector",
    schedule: Any = None,
    grad_clip: Bound | None = None,
    prepare: Callable[[Any], object] | None = None,
    hparams: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Trajectory: ...


@overload
def run(
    optimizer: AnyOptimizer,
    /,
    test_fn: Any = "beale",
    *,
    steps: int = 200,
    start: NDArray[Any] | Tensor | Sequence[Point],
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    coordinates: Coordinates = "vector",
    schedule: Any = None,
    grad_clip: Bound | None = None,
    prepare: Callable[[Any], object] | None = None,
    hparams: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Trajectories: ...


@renamed(params="coordinates")
def run(
    optimizer: AnyOptimizer = _NOT_GIVEN,
    /,
    test_fn: Any = "beale",
    *,
    steps: int = 200,
    start: Any = None,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    coordinates: Coordinates = "vector",
    schedule: Any = None,
    grad_clip: Bound | None = None,
    prepare: Callable[[Any], object] | None = None,
    hparams: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Trajectory | Trajectories:
    """Run an optimizer on a two-dimensional function and record every point it visits.

    The path is, bit for bit, that of the loop ``zero_grad(); loss = f(*p); loss.backward();
    step()``, with a closure where ``step`` demands one. The same call gives the same bits, whatever
    is set in torch (grad mode, inference mode, default device, threads), and leaves settings and
    random generators as they were. Nothing is tuned, and
    nothing is clipped or scheduled that was not asked for. A run that leaves the finite numbers, or
    comes to a point where the gradient is undefined, is a result like any other, with status
    "diverged", the step and the reason.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable
        A name in `OPTIMIZERS`, an entry, any optimizer class, from wherever, or a function that
        takes the parameters and hyper-parameters and returns an optimizer, such as
        ``lambda params, lr: Wrapper(SGD(params, lr))``.
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
        Seeds whatever the optimizer draws: from the generators of torch, NumPy and ``random``, or
        from one of its own, if the class takes a ``seed``.
    dtype : torch.dtype
        Precision that the optimizer works in.
    coordinates : {"vector", "scalars"}
        One parameter of two elements, or two parameters of one, as torchopt has it: the same for an
        elementwise optimizer, not for one that takes norms.
    schedule : class or callable, optional
        A learning-rate schedule: a class of ``torch.optim.lr_scheduler`` as a function of the
        optimizer, ``functools.partial(CosineAnnealingLR, T_max=200)`` or ``lambda optimizer:
        SequentialLR(optimizer, [...], [...])``; or a function of the step, counted from 0, that
        returns the factor of the base rate. A function is called with step 0 first, and with the
        optimizer if that gives no number. The schedule is stepped after each update but the last,
        so ``OneCycleLR`` has ``total_steps=steps``; one that demands a metric, as
        ``ReduceLROnPlateau`` does, gets the value to which the update has led.
    grad_clip : float or (str, float), optional
        Clip gradients after each ``backward()``, also that of a closure, as
        ``torch.nn.utils.clip_grad_norm_`` does: the bound on the norm over both coordinates, also
        written ``("norm", 1.0)``. ``("value", 1.0)`` bounds each coordinate. What is recorded is
        the function's own gradient.
    prepare : callable, optional
        Called with the optimizer when it has been built, before the schedule is made for it:
        ``lambda optimizer: optimizer.register_step_pre_hook(hook)``. Where a step has to be asked
        for in another way, another optimizer is built and prepared.
    hparams : mapping, optional
        Hyper-parameters by any name, also one that is a parameter of this function:
        ``hparams={"steps": 3}``.
    **keywords
        Hyper-parameters of the optimizer, such as ``lr=0.1``. They reach the class as they are: a
        rate may be a tensor or a function of the step, if the class takes one. Tensors are copied.

    Returns
    -------
    Trajectory or Trajectories
        One for each start, if many were given.

    Raises
    ------
    TypeError
        If the optimizer, the function or the schedule is nothing of the kind, or a hyper-parameter
        is unknown.
    ValueError
        If a name is unknown, or ``steps``, ``start``, ``coordinates``, ``grad_clip`` or a
        hyper-parameter is refused; if the schedule makes a rate negative or not finite, has fewer
        steps than the run, or cannot reach the optimizer's rate.
    Exception
        Whatever a step raises, of its own type, with a note that names optimizer, function and
        step, and what would do, where that is known.

    Examples
    --------
    >>> import optgallery as og
    >>> og.run("adamw", "sphere", steps=200, lr=0.1).points.shape
    (201, 2)
    >>> og.run("adamw", "sphere", start=[(1, 2), (-3, 0.5), (4, 4)], lr=0.1).counts["solved"]
    3

    A schedule, and the rates that it gave:

    >>> from functools import partial
    >>> from torch.optim.lr_scheduler import CosineAnnealingLR
    >>> t = og.run("sgd", "booth", lr=0.1, schedule=partial(CosineAnnealingLR, T_max=200))
    >>> t.title
    'SGD on Booth, lr 0.1, CosineAnnealingLR(T_max=200)'
    >>> t.lrs[[0, 100, 199]].round(5).tolist()
    [0.1, 0.05, 1e-05]
    """
    if optimizer is _NOT_GIVEN:  # given by name; beside one in position it is a hyper-parameter
        if "optimizer" not in keywords:
            raise TypeError("run() needs an optimizer, such as a name in OPTIMIZERS")
        optimizer = keywords.pop("optimizer")
    spec = as_spec(optimizer)
    check_whole("steps", steps, 1)
    check_whole("seed", seed, 0, 2**63 - 1)
    if coordinates not in ("vector", "scalars"):
        raise ValueError(f'coordinates must be "vector" or "scalars", got {coordinates!r}')
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype must be a floating point torch.dtype, got {dtype!r}")
    fn = as_test_function(test_fn, dtype)
    if coordinates == "scalars" and spec.parameter_shape != (2,):
        raise ValueError(
            f"{spec.title} needs one parameter of shape {spec.parameter_shape}: "
            'coordinates must be "vector", got "scalars"'
        )
    hyper = _merged(hparams, keywords)
    additions = Additions.of(int(steps), schedule=schedule, grad_clip=grad_clip, prepare=prepare)
    course = _Course(spec, fn, int(steps), int(seed), dtype, coordinates, hyper, additions)
    if _are_many(start):
        with isolated():
            starts = _as_starts(start, dtype)
        together = course.from_all_at_once(starts)
        if together is not None:
            return together
        return Trajectories.gather([course.run_from((x, y)).take() for x, y in starts.tolist()])
    return course.run_from(fn.start if start is None else as_point(start, "start")).take()


def attempt(
    spec: OptimizerSpec,
    fn: TestFunction,
    *,
    steps: int,
    lr: float,
    additions: Additions = NOTHING,
) -> Trajectory:
    """Run as `run` does, but where the optimizer raises, return how far it came and what it said.

    Returns
    -------
    Trajectory
        With status "failed" if anything was raised.
    """
    single = SingleRun(spec, fn, fn.start, steps, hparams=spec.at_rate(lr), additions=additions)
    try:
        return single.take()
    except Exception as error:  # whatever an optimizer raises is a result of its run
        return single.failed(error)


class _Course(NamedTuple):
    """What `run` was asked for, but the start."""

    spec: OptimizerSpec
    fn: TestFunction
    steps: int
    seed: int
    dtype: torch.dtype
    coordinates: Coordinates
    hparams: dict[str, Any]
    additions: Additions

    def run_from(self, start: Point) -> SingleRun:
        """Return the run from one start, still to be taken."""
        return SingleRun(self.spec, self.fn, start, *self[2:])

    def from_all_at_once(self, starts: Tensor) -> Trajectories | None:
        """Run from every start in one batch.

        Returns
        -------
        Trajectories or None
            None if that would not give the bits of single runs, or would take longer.
        """
        spec, fn, hparams = self.spec, self.fn, self.hparams
        if (
            self.additions  # which a batch does not know
            or self.dtype is not torch.float64
            or self.coordinates != "vector"
            or not gains_from_batching(spec)
        ):
            return None
        (record,) = run_batched(
            *([spec], [fn] * len(starts), starts, self.steps), settings=[hparams], seed=self.seed
        )
        if record is None:
            return None
        with isolated():
            params = parameters(fn.start, spec, self.dtype, "vector")
            one = spec.build(params, seed=self.seed, hparams=hparams)
        like = Trajectory(
            optimizer=spec,
            test_fn=fn,
            hparams=own_copy(hparams),
            lr=rate_of(spec, hparams, one),
            steps=self.steps,
            seed=self.seed,
            **record.run(0),
        )
        return Trajectories(record, like)


def _merged(hparams: Mapping[str, Any] | None, keywords: dict[str, Any]) -> dict[str, Any]:
    """Join hyper-parameters from the mapping and from the keywords, NumPy's scalars as Python's."""
    if hparams is not None and not isinstance(hparams, Mapping):
        raise TypeError(f'hparams must be a mapping such as {{"lr": 0.1}}, got {hparams!r}')
    given = dict(hparams or {})
    if twice := [name for name in keywords if name in given]:
        raise TypeError(f"{twice[0]!r} is given twice, in hparams and as a keyword")
    given |= keywords
    if strangers := [name for name in given if not isinstance(name, str)]:
        raise TypeError(f"hyper-parameters have names, got {strangers[0]!r}")
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in given.items()}


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
