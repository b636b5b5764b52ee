"""MatrixTrajectory: the iterates of a run on a matrix problem, and the paths of its outputs."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.functions.facts import UnknownFactError
from optgallery.optim.hyperparameters import Rate
from optgallery.optim.spec import OptimizerSpec
from optgallery.problems.base import Array, MatrixProblem
from optgallery.runs import files
from optgallery.runs.clipping import GradClip
from optgallery.runs.code import run_code
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.handed import handed_over
from optgallery.runs.outcome import Status
from optgallery.runs.recorded import RecordedRun


@dataclass(frozen=True, eq=False, repr=False)
class MatrixTrajectory(RecordedRun):
    """The iterates of an optimizer on a matrix problem, beginning with the start.

    Arrays are read-only float64 with one row for each recorded iterate, n in all: ``steps + 1`` for
    a completed run, fewer for a diverged one.

    Attributes
    ----------
    optimizer : OptimizerSpec or ExternalOptimizer
        The optimizer, or the title of one that is not known here.
    problem : MatrixProblem
        The problem.
    hparams : mapping
        The hyper-parameters of the run that override the entry's defaults.
    lr : float, tuple of float, callable or None
        The learning rate, as in `Trajectory`.
    parameters : tuple of arrays
        The iterates of each parameter, each of shape (n, rows, columns).
    values : array of shape (n,)
        The loss at the iterates, over everything even if there are mini-batches.
    gradients : tuple of arrays
        The gradient of that loss, in the shapes of ``parameters``.
    evaluations : array of shape (n,)
        Gradient evaluations spent to reach each iterate; 0 at the start.
    steps, seed, dtype, status, stopped_at, reason, rounded, schedule, schedule_title, grad_clip, \
prepare, recorded_lrs
        As in `Trajectory`.

    Examples
    --------
    >>> import optgallery as og
    >>> run = og.run("muon", "associative_memory", steps=100, lr=0.1, weight_decay=0)
    >>> run.parameters[0].shape, run.paths.shape, run.singular_values.shape
    ((101, 2, 8), (101, 8, 2), (101, 2))
    """

    optimizer: OptimizerSpec | ExternalOptimizer
    problem: MatrixProblem
    hparams: Mapping[str, Any]
    lr: Rate
    parameters: tuple[Array, ...]
    values: Array
    gradients: tuple[Array, ...]
    evaluations: NDArray[np.int64]
    steps: int
    seed: int = 0
    dtype: str = "float64"
    status: Status = "completed"
    stopped_at: int | None = None
    reason: str = ""
    rounded: bool = False
    schedule: Any = None
    schedule_title: str = ""
    grad_clip: GradClip | None = None
    prepare: Callable[[Any], object] | None = None
    recorded_lrs: Array | None = None

    def __post_init__(self) -> None:
        for array in (*self.parameters, *self.gradients, self.values, self.evaluations):
            array.flags.writeable = False
        if self.recorded_lrs is not None:
            self.recorded_lrs.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # NumPy unpickles every array writeable

    @property
    def test_fn(self) -> MatrixProblem:
        """The problem, under the name that a `Trajectory` has for its function."""
        return self.problem

    @property
    def minimised(self) -> MatrixProblem:
        """The problem, under the name that the records of all runs have for it."""
        return self.problem

    @cached_property
    def paths(self) -> Array:
        """The outputs at each iterate, the points that are drawn: shape (n, k, 2)."""
        return self._of_iterates(self.problem.outputs)

    @cached_property
    def singular_values(self) -> Array:
        """The singular values of the problem's matrix at each iterate, the largest first: (n, r).

        Of a problem with several parameters, it is the matrix that the problem names, such as their
        product.
        """
        return _singular_values(self._of_iterates(self.problem.matrix))

    @cached_property
    def update_singular_values(self) -> Array:
        """The singular values of the change of that matrix in each step: shape (n - 1, r)."""
        with np.errstate(over="ignore"):
            return _singular_values(np.diff(self._of_iterates(self.problem.matrix), axis=0))

    def _of_iterates(self, compute: Callable[..., torch.Tensor]) -> Array:
        with torch.no_grad():
            rows = zip(*(torch.tensor(p) for p in self.parameters), strict=True)
            found: Array = torch.stack([compute(*row) for row in rows]).numpy()
        found.flags.writeable = False
        return found

    @property
    def distances(self) -> Array:
        """The distance of each output from its target at each iterate: shape (n, k).

        Raises
        ------
        ValueError
            If the problem states no targets.
        """
        distances: Array = np.hypot(*np.moveaxis(self.paths - self._targets(), -1, 0))
        return distances

    def steps_until(self, fraction: float = 0.05) -> NDArray[np.int64]:
        """Return the first step from which each output stays near its target.

        Parameters
        ----------
        fraction : float
            How near, as a share of the distance at the start, above 0 and below 1.

        Returns
        -------
        int array of shape (k,)
            -1 for an output that is not near its target at the end.

        Raises
        ------
        ValueError
            If ``fraction`` is out of its range, or the problem states no targets.

        Examples
        --------
        >>> import optgallery as og
        >>> og.run("sgd", "associative_memory", lr=3.0).steps_until().tolist()
        [6, 4, 9, 14, 20, 27, 35, 43]
        """
        if not 0 < fraction < 1:
            raise ValueError(f"fraction must lie between 0 and 1, got {fraction}")
        distances = self.distances
        outside = distances > fraction * distances[0]
        last = len(outside) - 1 - outside[::-1].argmax(axis=0)
        first = np.where(outside.any(axis=0), last + 1, 0)
        return np.where(first < len(outside), first, -1).astype(np.int64)

    def _targets(self) -> Array:
        if (targets := self.problem.targets) is None:
            raise ValueError(f"{self.problem.title} states no targets for its outputs")
        return targets

    @property
    def never_moved(self) -> bool:
        """Whether all iterates equal the start although it is not a stationary point."""
        stays = all((p == p[0]).all() for p in self.parameters)
        return stays and len(self) > 1 and any(bool(g[0].any()) for g in self.gradients)

    def _describe_point(self, row: int) -> str:
        value = f"f = {self.values[row]:.6g}"
        if self.problem.targets is None:
            return value
        return f"{value}, mean distance from the targets {self.distances[row].mean():.3g}"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the trajectory to an ``.npz`` file, as `Trajectory.save` does.

        It contains the arrays as ``parameters_0``, ``gradients_0`` and so on, ``values`` and
        ``evaluations``.

        Parameters
        ----------
        path : str or path
            Ends in ``.npz``.

        Returns
        -------
        Path

        Raises
        ------
        ValueError
            If the path does not end in ``.npz``.
        OSError
            If the file cannot be written there.
        """
        arrays = {
            **{f"parameters_{i}": array for i, array in enumerate(self.parameters)},
            **{f"gradients_{i}": array for i, array in enumerate(self.gradients)},
            "values": self.values,
            "evaluations": self.evaluations,
            **({} if self.recorded_lrs is None else {"recorded_lrs": self.recorded_lrs}),
        }
        return files.write(path, "matrices", self, arrays)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        optimizer: Any = None,
        problem: MatrixProblem | None = None,
        hparams: Mapping[str, Any] | None = None,
    ) -> Self:
        """Read a trajectory that `save` has written, without running anything in the file.

        Parameters
        ----------
        path : str or path
        optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable, optional
            The optimizer, if the file contains only its title.
        problem : MatrixProblem, optional
            The problem, if no function in `optgallery.problems` makes it.
        hparams : mapping, optional
            The hyper-parameters that the file contains only as descriptions.

        Returns
        -------
        MatrixTrajectory
            Its arrays equal the saved ones bit for bit.

        Raises
        ------
        TypeError
            If ``optimizer`` or ``problem`` has a wrong type.
        ValueError
            If the file does not contain such a trajectory, is damaged, was saved by a newer
            version, or is about a problem that is neither known here nor given.
        OSError
            If the file cannot be read.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> import optgallery as og
        >>> with TemporaryDirectory() as folder:
        ...     path = og.run("soap", "factorisation", steps=20, lr=0.1).save(f"{folder}/soap.npz")
        ...     og.MatrixTrajectory.load(path).title
        'SOAP on Factorisation, lr 0.1'
        """
        given = {"optimizer": optimizer, "test_fn": problem, "hparams": hparams}
        metadata, arrays = files.read(path, "matrices", **given)
        found = metadata.pop("test_fn")
        count = len(found.shapes)
        parts = {
            **metadata,
            **arrays,
            "problem": found,
            "parameters": tuple(arrays[f"parameters_{i}"] for i in range(count)),
            "gradients": tuple(arrays[f"gradients_{i}"] for i in range(count)),
        }
        return cls(**{f.name: parts[f.name] for f in fields(cls) if f.name in parts})

    def code(self) -> str:
        """Return Python code that repeats this run bit for bit and shows its animation.

        Examples
        --------
        >>> import optgallery as og
        >>> problem = og.problems.associative_memory(k=3)
        >>> print(og.run("lion", problem, steps=50, lr=0.1).code())
        import optgallery as og
        <BLANKLINE>
        trajectory = og.run("lion", og.problems.associative_memory(k=3), steps=50, lr=0.1)
        og.animate(trajectory).show()
        """
        precision: torch.dtype = getattr(torch, self.dtype)
        own = [torch.tensor(p, dtype=precision).double().numpy() for p in self.problem.start]
        start = [p[0] for p in self.parameters]
        moved = any(not np.array_equal(a, b) for a, b in zip(own, start, strict=True))
        given = [matrix.tolist() for matrix in start]
        handed: dict[str, float] = {}
        if isinstance(self.optimizer, OptimizerSpec):
            with suppress(UnknownFactError):  # the run was refused for the same reason
                handed = handed_over(self.optimizer, self.problem, start, self.hparams)
        return run_code(
            self.optimizer,
            self.problem,
            dtype=self.dtype,
            arguments={
                "steps": self.steps,
                **({"start": given[0] if len(given) == 1 else given} if moved else {}),
                **({"seed": self.seed} if self.seed else {}),
                **({"schedule": self.schedule} if self.schedule is not None else {}),
                **({"grad_clip": self.grad_clip.given} if self.grad_clip is not None else {}),
                **({"prepare": self.prepare} if self.prepare is not None else {}),
            },
            hparams={**self.hparams, **handed},
        )


def split(rows: Array, shapes: Sequence[tuple[int, int]]) -> tuple[Array, ...]:
    """Split rows of all numbers, of shape (n, m), into one array for each parameter."""
    ends = np.cumsum([r * c for r, c in shapes])[:-1]
    parts = np.split(rows, ends, axis=1)
    return tuple(
        np.ascontiguousarray(part.reshape(-1, *shape))
        for part, shape in zip(parts, shapes, strict=True)
    )


def join(parameters: Sequence[Array]) -> Array:
    """Join one array for each parameter to rows of all numbers, of shape (n, m)."""
    return np.hstack([p.reshape(len(p), -1) for p in parameters])


def _singular_values(matrices: Array) -> Array:
    """Return the singular values of matrices of shape (n, rows, columns), infinite where one is."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    values = np.full((len(matrices), min(matrices.shape[1:])), np.inf)
    values[finite] = np.linalg.svd(matrices[finite], compute_uv=False)
    values.flags.writeable = False
    return values
