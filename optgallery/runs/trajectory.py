"""Trajectory: the iterates of a run, with values, gradients, costs and the outcome."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.functions import TestFunction, as_test_function
from optgallery.functions.facts import UnknownFactError
from optgallery.optim.hyperparameters import Rate, as_rate, own_copy
from optgallery.optim.spec import OptimizerSpec
from optgallery.runs import files
from optgallery.runs.clipping import GradClip
from optgallery.runs.code import MAX_ROWS, load_code, path_code, run_code
from optgallery.runs.deprecated import warn_of_old_name
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.from_points import GivenPath
from optgallery.runs.handed import handed_over
from optgallery.runs.outcome import Status
from optgallery.runs.recorded import RecordedRun

Coordinates = Literal["vector", "scalars"]

_TAU = 1e-3  # default tolerance of the convergence test


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory(RecordedRun):
    """The iterates of an optimizer on a function, beginning with the start.

    Arrays are read-only float64 with one row for each recorded point: ``steps + 1`` rows for a
    completed run, fewer for a diverged one. Points are always finite; values and gradients may be
    infinite or NaN in the last row of a diverged run.

    Attributes
    ----------
    optimizer : OptimizerSpec or ExternalOptimizer
        The optimizer, or the title of one that cannot be run here.
    test_fn : TestFunction
        The function.
    hparams : mapping
        The hyper-parameters of the run that override the entry's defaults.
    lr : float, tuple of float, callable or None
        The learning rate that was given, or else the optimizer's default: a number, one for each
        coordinate, or a function of the step; None if the class has none. A class with a warm-up or
        decay of its own uses other rates during the run.
    points : array of shape (n, 2)
        The iterates.
    values : array of shape (n,)
        The function at the iterates.
    gradients : array of shape (n, 2)
        Its gradient at the iterates.
    evaluations : array of shape (n,)
        Gradient evaluations spent to reach each iterate; 0 at the start.
    steps : int
        The requested number of steps.
    seed : int
        Seed of the optimizer's random numbers.
    dtype : str
        The precision in which the optimizer worked: ``"float64"``.
    coordinates : {"vector", "scalars"}
        One parameter with two elements, or two with one each.
    status : {"completed", "diverged", "failed"}
        Whether all steps were taken. Only a sweep contains failed runs, in which the optimizer
        raised an exception; `run` passes the exception on.
    stopped_at : int or None
        The step at which the run diverged or failed; None if it was completed, or if the step is
        unknown because its process ended.
    reason : str
        Why the run diverged or failed; for a run that never moved, what makes it move, if that is
        known; otherwise empty.
    rounded : bool
        Whether the optimizer rounds float64 parameters to float32, so that every point after the
        start is a float32.
    schedule : object
        The learning-rate schedule; None without one.
    schedule_title : str
        The schedule in words: ``"CosineAnnealingLR(T_max=200)"``.
    grad_clip : (str, float) or None
        What was bounded by gradient clipping, and the bound: ``("norm", 1.0)``.
    prepare : callable or None
        The function that was called with the optimizer before its first step.
    recorded_lrs : array of shape (n - 1,) or None
        The learning rates of the updates, if a schedule or ``prepare`` was given; see `lrs`.
    """

    optimizer: OptimizerSpec | ExternalOptimizer
    test_fn: TestFunction
    hparams: Mapping[str, Any]
    lr: Rate
    points: NDArray[np.float64]
    values: NDArray[np.float64]
    gradients: NDArray[np.float64]
    evaluations: NDArray[np.int64]
    steps: int
    seed: int = 0
    dtype: str = "float64"
    coordinates: Coordinates = "vector"
    status: Status = "completed"
    stopped_at: int | None = None
    reason: str = ""
    rounded: bool = False
    schedule: Any = None
    schedule_title: str = ""
    grad_clip: GradClip | None = None
    prepare: Callable[[Any], object] | None = None
    recorded_lrs: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        for array in (self.points, self.values, self.gradients, self.evaluations):
            array.flags.writeable = False
        if self.recorded_lrs is not None:
            self.recorded_lrs.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # NumPy unpickles every array writeable

    @classmethod
    def from_points(
        cls,
        points: Any,
        test_fn: Any = "beale",
        *,
        label: str = "Path",
        values: Any = None,
        gradients: Any = None,
        evaluations: Any = None,
        hparams: Mapping[str, Any] | None = None,
    ) -> Self:
        """Make a trajectory of a path computed elsewhere: by SciPy, JAX, R, a training loop.

        It can be drawn, animated, compared and saved like any other. It ends where a run would have
        ended: at the first point that is not finite or where the function is not finite.

        Parameters
        ----------
        points : array of shape (n, 2)
            The iterates, beginning with the start: an array of NumPy or JAX, a tensor, a list of
            pairs, a pandas DataFrame with two columns. They need not lie in the function's domain.
        test_fn : str, TestFunction or (callable, domain)
            The function, in any form that `run` takes.
        label : str
            The optimizer's title in captions and legends: ``"BFGS (SciPy)"``.
        values : array of shape (n,), optional
            The function at the iterates; computed here if not given.
        gradients : array of shape (n, 2), optional
            Its gradient at the iterates; computed here if not given.
        evaluations : array of shape (n,), optional
            Gradient evaluations spent to reach each iterate, the cost by which optimizers are
            compared; one for each step if not given.
        hparams : mapping, optional
            Settings to name in captions and legends: ``{"lr": 0.1}``.

        Returns
        -------
        Trajectory
            Its `optimizer` is an ``ExternalOptimizer``, which has only a title.

        Raises
        ------
        TypeError
            If an array does not consist of real numbers, or ``test_fn`` is not a function.
        ValueError
            If an array has a wrong shape, the first point is not finite, or evaluations decrease.

        Examples
        --------
        >>> import optgallery as og
        >>> halved = [(4 * 0.5**k, -2 * 0.5**k) for k in range(12)]
        >>> og.Trajectory.from_points(halved, "sphere", label="Halving")
        <Trajectory: Halving on Sphere: solved after 5 gradient evaluations>
        """
        fn = as_test_function(test_fn, dtype=None)
        if hparams is not None and not isinstance(hparams, Mapping):
            raise TypeError(f'hparams must be a mapping such as {{"lr": 0.1}}, got {hparams!r}')
        settings = own_copy(dict(hparams or {}))
        if invalid := [name for name in settings if not isinstance(name, str)]:
            raise TypeError(f"hyper-parameters have names, got {invalid[0]!r}")
        settings = {k: v.item() if isinstance(v, np.generic) else v for k, v in settings.items()}
        path = GivenPath.of(points, values, gradients, evaluations)
        return cls(
            optimizer=ExternalOptimizer(label),
            test_fn=fn,
            hparams=settings,
            lr=as_rate(settings.get("lr")),
            **path.trajectory_fields(fn),
        )

    def _describe_point(self, row: int) -> str:
        (x, y), value = self.points[row], self.values[row]
        return f"({x:.6g}, {y:.6g}), f = {value:.6g}"

    @property
    def params(self) -> Coordinates:
        """Deprecated: how the parameters contained the coordinates."""
        warn_of_old_name("Trajectory.params", "Trajectory.coordinates")
        return self.coordinates

    @property
    def never_moved(self) -> bool:
        """Whether all iterates equal the start although it is not a stationary point."""
        stays = bool((self.points == self.points[0]).all())
        return stays and len(self) > 1 and bool(self.gradients[0].any())

    @property
    def minimised(self) -> TestFunction:
        """The function, under the name that the records of all runs have for it."""
        return self.test_fn

    def _counted(self) -> NDArray[np.bool_] | None:
        return self.test_fn.domain.contains(self.points) if self.test_fn.lower_outside else None

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the trajectory to an ``.npz`` file, which NumPy can read.

        It contains the arrays by name, and everything else as JSON under ``head``. Numbers,
        strings, tensors and collections among the hyper-parameters are saved, and so are entries
        and transformations of functions; other classes and functions are saved only by name.

        Parameters
        ----------
        path : str or path
            Ends in ``.npz``.

        Returns
        -------
        Path
            Where it was written. An existing file is replaced only when the new one is complete.

        Raises
        ------
        ValueError
            If the path does not end in ``.npz``.
        OSError
            If the file cannot be written there.
        """
        arrays = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if isinstance(getattr(self, f.name), np.ndarray)
        }
        return files.write(path, "trajectory", self, arrays)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        optimizer: Any = None,
        test_fn: Any = None,
        hparams: Mapping[str, Any] | None = None,
    ) -> Self:
        """Read a trajectory that `save` has written.

        Nothing in the file is imported or run, so a file from an unknown source is safe. An
        optimizer that is not in `OPTIMIZERS` is loaded as a title, and a hyper-parameter that a
        file cannot contain is loaded as a description; a warning says so.

        Parameters
        ----------
        path : str or path
        optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable, optional
            The optimizer, if the file contains only its title.
        test_fn : callable, str, TestFunction or (callable, domain), optional
            The function, if neither it nor the function that it was made from is in `FUNCTIONS`.
            A callable is enough; the file contains everything else.
        hparams : mapping, optional
            The hyper-parameters that the file contains only as descriptions.

        Returns
        -------
        Trajectory
            Its arrays equal the saved ones bit for bit.

        Raises
        ------
        TypeError
            If ``optimizer`` or ``test_fn`` has a wrong type.
        ValueError
            If the file does not contain a trajectory, is damaged, was saved by a newer version, or
            is about a function that is neither known here nor given.
        OSError
            If the file cannot be read.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> import optgallery as og
        >>> with TemporaryDirectory() as folder:
        ...     path = og.run("adamw", "beale", lr=0.1).save(f"{folder}/adamw.npz")
        ...     again = og.Trajectory.load(path)
        >>> again
        <Trajectory: AdamW on Beale, lr 0.1: solved after 98 gradient evaluations>
        """
        given = {"optimizer": optimizer, "test_fn": test_fn, "hparams": hparams}
        metadata, arrays = files.read(path, "trajectory", **given)
        parts = metadata | arrays  # later versions may add parts
        return cls(**{f.name: parts[f.name] for f in fields(cls) if f.name in parts})

    def code(self) -> str:
        """Return Python code that repeats this run bit for bit and shows its animation.

        Numbers and collections are written out; classes and functions are imported. A comment at
        the top names what cannot be imported, such as a function defined in a notebook. What the
        function handed over to the optimizer, such as its minimum, is written out, too. A short
        path from elsewhere is written out; for a longer one, the code loads a file, to which it has
        to be written by `save` first.

        Examples
        --------
        >>> import optgallery as og
        >>> print(og.run("adamw", "sphere", steps=50, lr=0.1).code())
        import optgallery as og
        <BLANKLINE>
        trajectory = og.run("adamw", "sphere", steps=50, lr=0.1)
        og.animate(trajectory).show()
        """
        if isinstance(self.optimizer, ExternalOptimizer):
            return self._code_of_path(self.optimizer.title)
        start = tuple(self.points[0].tolist())
        precision: torch.dtype = getattr(torch, self.dtype)
        own_start = tuple(torch.tensor(self.test_fn.start, dtype=precision).tolist())
        handed: dict[str, float] = {}
        with suppress(UnknownFactError):  # the run was refused for the same reason
            handed = handed_over(self.optimizer, self.test_fn, start, self.hparams)
        return run_code(
            self.optimizer,
            self.test_fn,
            dtype=self.dtype,
            arguments={
                "steps": self.steps,
                **({"start": start} if start != own_start else {}),
                **({"seed": self.seed} if self.seed else {}),
                **({"coordinates": self.coordinates} if self.coordinates != "vector" else {}),
                **({"schedule": self.schedule} if self.schedule is not None else {}),
                **({"grad_clip": self.grad_clip.given} if self.grad_clip is not None else {}),
                **({"prepare": self.prepare} if self.prepare is not None else {}),
            },
            hparams={**self.hparams, **handed},
        )

    def _code_of_path(self, label: str) -> str:
        """Return code that makes this trajectory from its points, or loads it."""
        if len(self) <= MAX_ROWS and self.status == "completed":
            plain = self.from_points(self.points, self.test_fn)
            given = {
                name: getattr(self, name).tolist()
                for name in ("values", "gradients", "evaluations")
                if not np.array_equal(getattr(self, name), getattr(plain, name))
            }
            hparams = {"hparams": dict(self.hparams)} if self.hparams else {}
            return path_code(
                self.points,
                self.test_fn,
                dtype=self.dtype,
                arguments={"label": label, **given, **hparams},
            )
        words = re.sub(r"[^a-z0-9]+", "-", f"{label} on {self.test_fn.title}".lower()).strip("-")
        return load_code(f"{words}.npz", self.test_fn)
