"""Trajectories: the runs of one optimizer from many starts."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from optgallery.runs import files
from optgallery.runs.deprecated import CallableFlags, warn_of_old_name
from optgallery.runs.outcome import KINDS, Ends, Kind, kinds
from optgallery.runs.record import Array, Record, solved_at
from optgallery.runs.trajectory import Trajectory


class Trajectories(Sequence[Trajectory]):
    """Runs of one optimizer on one function from many starts, as `run` returns them.

    A sequence: ``trajectories[i]`` is the `Trajectory` of start ``i``, created on access; a slice,
    a mask or an array of indices selects several runs as `Trajectories`. The arrays contain all
    runs and are read-only. After the end of a diverged run they are NaN, and its number of
    evaluations is constant.

    Attributes
    ----------
    points : array of shape (n, steps + 1, 2)
        The iterates.
    values : array of shape (n, steps + 1)
        The function at the iterates.
    gradients : array of shape (n, steps + 1, 2)
        Its gradient at the iterates.
    evaluations : array of shape (n, steps + 1)
        Gradient evaluations spent to reach each iterate.
    lrs : array of shape (n, steps)
        The learning rate of each update.
    diverged : array of shape (n,)
        Which runs diverged.

    Examples
    --------
    >>> import numpy as np
    >>> import optgallery as og
    >>> starts = np.random.default_rng(0).uniform(-4, 4, (1000, 2))
    >>> runs = og.run("momentum", "himmelblau", start=starts, lr=0.01)
    >>> runs
    <Trajectories: SGD with momentum on Himmelblau, lr 0.01, from 1000 starts: 1000 solved>
    >>> runs[0].points.shape, runs.points.shape
    ((201, 2), (1000, 201, 2))
    """

    def __init__(self, record: Record, like: Trajectory) -> None:
        self._record = record
        self._like = like  # has the fields that are the same for all runs

    @classmethod
    def gather(cls, runs: Sequence[Trajectory]) -> Self:
        """Collect runs of one optimizer on one function that were computed one by one."""
        return cls(Record.gather(runs), runs[0])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all runs to one file; see `Trajectory.save`.

        Parameters
        ----------
        path : str or path
            Ends in ``.npz``.

        Returns
        -------
        Path
            Where it was written.
        """
        record = self._record
        named = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "reasons"}
        arrays = {name: array for name, array in named.items() if array is not None}
        reasons = record.reasons.tolist()
        return files.write(
            path, "trajectories", self._like, arrays, reasons=reasons, recorded_lrs=None
        )

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        optimizer: Any = None,
        test_fn: Any = None,
        hparams: Mapping[str, Any] | None = None,
    ) -> Self:
        """Read the runs that `save` has written; the arguments are those of `Trajectory.load`.

        Parameters
        ----------
        path : str or path
        optimizer : str, OptimizerSpec, torch.optim.Optimizer class or callable, optional
            The optimizer, if the file contains only its title.
        test_fn : callable, str, TestFunction or (callable, domain), optional
            The function, if the file contains only its name.
        hparams : mapping, optional
            The hyper-parameters that the file contains only as descriptions.

        Returns
        -------
        Trajectories
        """
        given = {"optimizer": optimizer, "test_fn": test_fn, "hparams": hparams}
        metadata, arrays = files.read(path, "trajectories", **given)
        metadata["reasons"] = np.array(metadata["reasons"], object)
        parts = metadata | arrays
        record = Record(**{f.name: parts[f.name] for f in fields(Record) if f.name in parts})
        rows = ("points", "values", "gradients", "evaluations")
        metadata |= {name: arrays[name][:0, 0] for name in rows}  # empty
        known = [f.name for f in fields(Trajectory) if f.name in metadata]
        like = Trajectory(**{name: metadata[name] for name in known})
        return cls(record, like)

    @property
    def points(self) -> Array:
        """The iterates."""
        return self._record.points

    @property
    def values(self) -> Array:
        """The function at the iterates."""
        return self._record.values

    @property
    def gradients(self) -> Array:
        """Its gradient at the iterates."""
        return self._record.gradients

    @property
    def evaluations(self) -> NDArray[np.int64]:
        """Gradient evaluations spent to reach each iterate."""
        return self._record.evaluations

    @property
    def lrs(self) -> Array:
        """The learning rate of each update; see `Trajectory.lrs`."""
        if self._record.lrs is not None:
            return self._record.lrs
        lr = self._like.lr
        updates = np.arange(self.points.shape[1] - 1) < self._record.lengths[:, None] - 1
        lrs = np.where(updates, lr if isinstance(lr, float) else np.nan, np.nan)
        lrs.flags.writeable = False
        return lrs

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs diverged."""
        return self._record.stopped_at >= 0

    def __len__(self) -> int:
        return len(self._record.lengths)

    @overload
    def __getitem__(self, index: int) -> Trajectory: ...

    @overload
    def __getitem__(self, index: slice | NDArray[Any]) -> "Trajectories": ...

    def __getitem__(self, index: Any) -> "Trajectory | Trajectories":
        if isinstance(index, (int, np.integer)) and not isinstance(index, bool):
            if not -len(self) <= index < len(self):
                raise IndexError(f"there are {len(self)} trajectories, got index {index}")
            return replace(self._like, **self._record.run(int(index)))
        if isinstance(index, slice) or np.asarray(index).dtype.kind in "iub":
            return Trajectories(self._record.take(index), self._like)
        raise TypeError(
            f"trajectories are chosen by a number, a slice, a mask or an array, got {index!r}"
        )

    def __iter__(self) -> Iterator[Trajectory]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<Trajectories: {self.summary}>"

    @property
    def solved(self) -> NDArray[np.bool_]:
        """Which runs were completed and solved the function; see `evaluations_to_solve`."""
        message = "Trajectories.solved is an array of bools; evaluations_to_solve() returns costs"
        return CallableFlags(self.kinds == "solved", self.evaluations_to_solve, message)

    def evaluations_to_solve(self, tau: float = 1e-3) -> Array:
        """Gradient evaluations until each run had solved the function.

        Parameters
        ----------
        tau : float
            Tolerance, between 0 and 1; see `Trajectory.evaluations_to_solve`.

        Returns
        -------
        array of shape (n,)
            NaN for a run that never solved it.
        """
        fn = self._like.test_fn
        counted = fn.domain.contains(self.points) if fn.lower_outside else None
        at = solved_at(self.values, fn.minimum, tau, counted)
        spent = np.take_along_axis(self.evaluations, at[:, None], axis=1)[:, 0]
        return np.where(at < 0, np.nan, spent)

    @property
    def kinds(self) -> "NDArray[np.object_]":
        """How each run ended: an array of kinds of outcomes, as ``"solved"``."""
        solved = ~np.isnan(self.evaluations_to_solve())
        failed = np.zeros(len(self), bool)  # run() passes exceptions on
        first, last = self.values[:, 0], self.values[:, -1]
        return kinds(Ends(failed, self.diverged, solved, first, last))

    @property
    def verdicts(self) -> "NDArray[np.object_]":
        """Deprecated: the kinds of the outcomes."""
        warn_of_old_name("Trajectories.verdicts", "Trajectories.kinds")
        return self.kinds

    @property
    def counts(self) -> Mapping[Kind, int]:
        """The number of runs of each kind of outcome, including kinds that do not occur."""
        found = self.kinds
        # run() passes exceptions on, so no run is "failed"
        return {kind: int((found == kind).sum()) for kind in KINDS if kind != "failed"}

    @property
    def title(self) -> str:
        """Optimizer, function and settings in words: ``"AdamW on Beale, lr 0.1"``."""
        return self._like.title

    @property
    def summary(self) -> str:
        """Title and outcomes in one sentence."""
        outcomes = ", ".join(f"{n} {word}" for word, n in self.counts.items() if n)
        starts = f"from {len(self)} start{'s' if len(self) != 1 else ''}"
        return f"{self.title}, {starts}" + (f": {outcomes}" if outcomes else "")
