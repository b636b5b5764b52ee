"""run(): run an optimizer on a function from one start or from many."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import Optimizer

from optgallery.arguments import check_whole, renamed
from optgallery.functions import TestFunction
from optgallery.functions.base import Point, as_point
from optgallery.functions.isolation import isolated
from optgallery.optim.hyperparameters import own_copy
from optgallery.optim.modes import AnyModes, with_modes
from optgallery.optim.spec import OptimizerSpec, as_spec
from optgallery.problems import MatrixProblem, as_minimised
from optgallery.runs.additions import NOTHING, Additions
from optgallery.runs.batched import gains_from_batching, run_batched
from optgallery.runs.matrix_run import MatrixRun, as_start
from optgallery.runs.matrix_trajectory import MatrixTrajectory
from optgallery.runs.single_run import SingleRun, parameters, rate_of
from optgallery.runs.trajectories import Trajectories
from optgallery.runs.trajectory import Coordinates, Trajectory

AnyOptimizer: TypeAlias = str | OptimizerSpec | type[Optimizer] | Callable[..., Any]
"""Anything that `run` accepts as an optimizer."""

Bound: TypeAlias = float | tuple[str, float]
"""A bound on gradients: a number for the norm, or what is bounded and the bound."""

_NOT_GIVEN: Any = object()


@overload
def run(
    optimizer: AnyOptimizer,
    /,
    test_fn: MatrixProblem,
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
) -> MatrixTrajectory: ...


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
    modes: AnyModes = (),
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
    modes: AnyModes = (),
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
    modes: AnyModes = (),
    schedule: Any = None,
    grad_clip: Bound | None = None,
    prepare: Callable[[Any], object] | None = None,
    hparams: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Any:
    """Run an optimizer on a two-dimensional function and record every point it visits.

    The path is, bit for bit, that of the loop ``zero_grad(); loss = f(*p); loss.backward();
    step()``, with a closure if ``step`` requires one. The same call gives the same bits regardless
    of torch's settings (grad mode, inference mode, default device, threads), and it changes neither
    these settings nor the global random generators. Nothing is tuned, and nothing is clipped or
    scheduled unless it is requested. If a number becomes infinite or NaN, or if a point is reached
    where the gradient is undefined, the result is a trajectory with status "diverged", the step and
    the reason.

    Parameters
    ----------
    optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable
        A name in `OPTIMIZERS`, an entry, any optimizer class, or a function that takes parameters
        and hyper-parameters and returns an optimizer, such as ``lambda params, lr:
        Wrapper(SGD(params, lr))``.
    test_fn : str, TestFunction, (callable, domain) or MatrixProblem
        A name in `FUNCTIONS` or `PROBLEMS`, an entry, or a function of two tensors with a mapping
        that has the keys ``x0, y0, xmin, xmax, ymin, ymax``; or a problem whose parameters are
        matrices, such as ``og.problems.associative_memory(k=12)``.
    steps : int
        Number of steps, at least 1.
    start : (float, float) or array of shape (n, 2), optional
        Where to start; the function's own start if not given. Each row of an array is a start: its
        run has the same bits as alone. The runs are computed in one batch if the optimizer and the
        function are entries that allow it. For a problem, one array for each of its parameters, or
        the matrix itself if there is only one.
    seed : int
        Seed of the optimizer's random numbers: of the generators of torch, NumPy and ``random``,
        and of a private generator, if the class takes a ``seed``.
    dtype : torch.dtype
        Precision in which the optimizer works.
    coordinates : {"vector", "scalars"}
        One parameter with two elements, or two parameters with one element each, as in torchopt.
        The path is the same for an elementwise optimizer, but not for one that uses norms.
    modes : str or (str, mapping), or a tuple of them
        Changes to the steps of the optimizer, from the innermost: names in `MODES`, such as
        ``"cautious"``, or names with settings, ``("lookahead", {"k": 10})``; see `with_modes`.
    schedule : class or callable, optional
        A learning-rate schedule: a class of ``torch.optim.lr_scheduler`` as a function of the
        optimizer, ``functools.partial(CosineAnnealingLR, T_max=200)`` or ``lambda optimizer:
        SequentialLR(optimizer, [...], [...])``; or a function of the step, counted from 0, that
        returns the factor of the base rate. A function is first called with step 0; if that does
        not return a number, it is called with the optimizer. The schedule is stepped after each
        update except the last, so ``OneCycleLR`` needs ``total_steps=steps``. A schedule that
        requires a metric, such as ``ReduceLROnPlateau``, gets the value after the update.
    grad_clip : float or (str, float), optional
        Clip gradients after each ``backward()``, also in a closure, as
        ``torch.nn.utils.clip_grad_norm_`` does. A number, or ``("norm", 1.0)``, bounds the norm of
        both coordinates; ``("value", 1.0)`` bounds each coordinate. The recorded gradients are not
        clipped.
    prepare : callable, optional
        Called with the optimizer after its construction, before its schedule is constructed:
        ``lambda optimizer: optimizer.register_step_pre_hook(hook)``. If ``step`` turns out to need
        other arguments, such as a closure, a new optimizer is constructed and prepared.
    hparams : mapping, optional
        Hyper-parameters with any names, including names of parameters of this function:
        ``hparams={"steps": 3}``.
    **keywords
        Hyper-parameters of the optimizer, such as ``lr=0.1``. They are passed to the class as they
        are: a rate may be a tensor or a function of the step, if the class takes one. Tensors are
        copied.

    Returns
    -------
    Trajectory, Trajectories or MatrixTrajectory
        Trajectories if ``start`` is an array of starts; a MatrixTrajectory for a problem.

    Raises
    ------
    TypeError
        If the optimizer, the function, a mode or the schedule has a wrong type, or a
        hyper-parameter is unknown.
    ValueError
        If a name is unknown, modes contradict each other or have no meaning for the optimizer, or
        ``steps``, ``start``, ``coordinates``, ``grad_clip`` or a
        hyper-parameter is invalid; if the schedule makes a rate negative or not finite, has fewer
        steps than the run, or cannot change the optimizer's rate.
    Exception
        Any exception of a step, with its own type and a note that names optimizer, function and
        step, and the solution, if it is known.

    Examples
    --------
    >>> import optgallery as og
    >>> og.run("adamw", "sphere", steps=200, lr=0.1).points.shape
    (201, 2)
    >>> og.run("adamw", "sphere", start=[(1, 2), (-3, 0.5), (4, 4)], lr=0.1).counts["solved"]
    3

    Modes, which change the steps of any optimizer:

    >>> og.run("sgd", "booth", lr=0.1, modes=("cautious", "schedule_free")).title
    'SGD + cautious + Schedule-Free on Booth, lr 0.1'

    A schedule, and the learning rates that it sets:

    >>> from functools import partial
    >>> from torch.optim.lr_scheduler import CosineAnnealingLR
    >>> t = og.run("sgd", "booth", lr=0.1, schedule=partial(CosineAnnealingLR, T_max=200))
    >>> t.title
    'SGD on Booth, lr 0.1, CosineAnnealingLR(T_max=200)'
    >>> t.lrs[[0, 100, 199]].round(5).tolist()
    [0.1, 0.05, 1e-05]
    """
    if optimizer is _NOT_GIVEN:  # a keyword is the optimizer only if there is no positional one
        if "optimizer" not in keywords:
            raise TypeError("run() needs an optimizer, such as a name in OPTIMIZERS")
        optimizer = keywords.pop("optimizer")
    spec = with_modes(as_spec(optimizer), modes)
    check_whole("steps", steps, 1)
    check_whole("seed", seed, 0, 2**63 - 1)
    if coordinates not in ("vector", "scalars"):
        raise ValueError(f'coordinates must be "vector" or "scalars", got {coordinates!r}')
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype must be a floating point torch.dtype, got {dtype!r}")
    fn = as_minimised(test_fn, dtype)
    if coordinates == "scalars" and spec.parameter_shape != (2,):
        raise ValueError(
            f"{spec.title} needs one parameter of shape {spec.parameter_shape}: "
            'coordinates must be "vector", got "scalars"'
        )
    hyper = _merged(hparams, keywords)
    additions = Additions.of(int(steps), schedule=schedule, grad_clip=grad_clip, prepare=prepare)
    if isinstance(fn, MatrixProblem):
        if coordinates != "vector":
            raise ValueError(
                f"coordinates are those of a point; {fn.title} has matrices as its parameters, "
                f"got coordinates={coordinates!r}"
            )
        given = (int(steps), int(seed), dtype, coordinates, hyper, additions)
        return MatrixRun(spec, fn, as_start(fn, start), *given).take_steps()
    settings = _RunSettings(spec, fn, int(steps), int(seed), dtype, coordinates, hyper, additions)
    if _has_rows(start):
        with isolated():
            starts = _as_starts(start, dtype)
        batched = settings.run_batch(starts)
        if batched is not None:
            return batched
        runs = [settings.single_run((x, y)).take_steps() for x, y in starts.tolist()]
        return Trajectories.gather(runs)
    origin = fn.start if start is None else as_point(start, "start")
    return settings.single_run(origin).take_steps()


def attempt(
    spec: OptimizerSpec,
    fn: TestFunction,
    *,
    steps: int,
    lr: float,
    additions: Additions = NOTHING,
) -> Trajectory:
    """Run like `run`, but if the optimizer raises an exception, return the path up to it.

    Returns
    -------
    Trajectory
        With status "failed" and the exception as the reason, if there was one.
    """
    single = SingleRun(spec, fn, fn.start, steps, hparams=spec.at_rate(lr), additions=additions)
    try:
        return single.take_steps()
    except Exception as error:  # any exception of an optimizer is a result of its run
        return single.failed(error)


class _RunSettings(NamedTuple):
    """The arguments of `run` except the start."""

    spec: OptimizerSpec
    fn: TestFunction
    steps: int
    seed: int
    dtype: torch.dtype
    coordinates: Coordinates
    hparams: dict[str, Any]
    additions: Additions

    def single_run(self, start: Point) -> SingleRun:
        """Return the run from one start, before its first step."""
        return SingleRun(self.spec, self.fn, start, *self[2:])

    def run_batch(self, starts: Tensor) -> Trajectories | None:
        """Run from all starts in one batch.

        Returns
        -------
        Trajectories or None
            None if the bits would differ from those of single runs, or if it would take longer.
        """
        spec, fn, hparams = self.spec, self.fn, self.hparams
        if (
            self.additions  # not supported in batches
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
    """Merge hyper-parameters from the mapping and the keywords; convert NumPy scalars."""
    if hparams is not None and not isinstance(hparams, Mapping):
        raise TypeError(f'hparams must be a mapping such as {{"lr": 0.1}}, got {hparams!r}')
    given = dict(hparams or {})
    if duplicates := [name for name in keywords if name in given]:
        raise TypeError(f"{duplicates[0]!r} is given twice, in hparams and as a keyword")
    given |= keywords
    if invalid := [name for name in given if not isinstance(name, str)]:
        raise TypeError(f"hyper-parameters have names, got {invalid[0]!r}")
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in given.items()}


def _has_rows(start: Any) -> bool:
    """Whether an argument has rows of starts rather than one start; rows may be ragged."""
    if isinstance(start, (np.ndarray, Tensor)):
        return start.ndim != 1
    return isinstance(start, Sequence) and any(
        getattr(c, "ndim", isinstance(c, Sequence) and not isinstance(c, str)) for c in start
    )


def _as_starts(start: Any, dtype: torch.dtype) -> Tensor:
    """Convert rows of starts to floats, or raise a ValueError that states the allowed forms."""
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
