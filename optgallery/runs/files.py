"""Files of trajectories: arrays and a line of JSON in an .npz file, which NumPy can read."""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args
from warnings import warn

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.cache.atomic_write import replacing
from optgallery.optim.hyperparameters import as_rate
from optgallery.optim.spec import as_spec
from optgallery.runs.clipping import as_grad_clip
from optgallery.runs.expressions import Description
from optgallery.runs.json_form import (
    Json,
    UnknownFunctionError,
    function_from_json,
    function_to_json,
    is_incomplete,
    optimizer_from_json,
    optimizer_to_json,
    problem_from_json,
    problem_to_json,
    value_from_json,
    value_to_json,
)
from optgallery.runs.outcome import Status

Arrays = dict[str, NDArray[Any]]
PathLike = str | os.PathLike[str]

_FORMAT = "optgallery"
_VERSION = 1  # to be increased if a reader of version 1 could no longer read the files

_TRAILING_SHAPES = {"points": (2,), "values": (), "gradients": (2,), "evaluations": ()}
_PER_RUN = ("lengths", "stopped_at")
_PER_UPDATE = ("recorded_lrs", "lrs")  # a row for each step: one fewer than points

_CONTENTS = {
    "trajectory": "one trajectory",
    "trajectories": "trajectories from many starts",
    "matrices": "one trajectory of matrices",
}
_READERS = {
    "trajectory": "Trajectory.load",
    "trajectories": "Trajectories.load",
    "matrices": "MatrixTrajectory.load",
}
_RANKS = {"trajectory": 1, "trajectories": 2}
_NOT_IN_HEAD = ("optimizer", "test_fn", "problem", "parameters", "gradients")
_TYPES = {"steps": int, "seed": int, "hparams": dict, "reason": str, "rounded": bool}

_DAMAGE_ERRORS = (
    *(AttributeError, EOFError, KeyError, OverflowError, RecursionError, TypeError, ValueError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error),
)


class LostOnLoadWarning(UserWarning):
    """A loaded file contains only a description of the optimizer or of a hyper-parameter."""


def write(
    path: PathLike,
    kind: str,
    trajectory: Any,
    arrays: Mapping[str, NDArray[Any]],
    **more: Any,
) -> Path:
    """Write arrays and metadata to a file, atomically.

    Parameters
    ----------
    path : str or path
        Ends in ``.npz``.
    kind : str
        Kind of the content: ``"trajectory"``, ``"trajectories"`` or ``"matrices"``.
    trajectory : dataclass
        A trajectory, or any one of several. Its fields are written as metadata, except those in
        ``arrays``.
    arrays : mapping
        Arrays by name; object arrays are not allowed.
    **more
        Further metadata.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ValueError
        If the path does not end in ``.npz``.
    OSError
        If the file cannot be written.
    """
    path = _checked_path(path)
    metadata = {f.name: getattr(trajectory, f.name) for f in fields(trajectory)}
    rest = {k: v for k, v in metadata.items() if k not in (*_NOT_IN_HEAD, *arrays)}
    if rest.get("grad_clip") is not None:
        rest["grad_clip"] = tuple(rest["grad_clip"])
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": kind,
        "title": trajectory.title,
        "optimizer": optimizer_to_json(trajectory.optimizer),
        "test_fn": (problem_to_json if kind == "matrices" else function_to_json)(
            trajectory.test_fn
        ),
        **{name: value_to_json(value) for name, value in {**rest, **more}.items()},
    }
    try:
        with replacing(path) as part, part.open("xb") as file:
            np.savez(file, allow_pickle=False, head=np.array(json.dumps(head)), **arrays)
    except OSError as error:
        raise type(error)(
            f"cannot write {os.fspath(path)!r}: {error.strerror or error}; "
            "choose a folder that exists and can be written to"
        ) from error
    return path


def read(
    path: PathLike, kind: str, *, optimizer: Any, test_fn: Any, hparams: Any
) -> tuple[dict[str, Any], Arrays]:
    """Read a file that `write` has written, without importing or running anything.

    Parameters
    ----------
    path : str or path
    kind : str
        The expected kind of content.
    optimizer, test_fn, hparams
        Replacements for what the file does not contain, or None.

    Returns
    -------
    metadata : dict
        The fields of a trajectory except its arrays.
    arrays : dict
        The arrays by name.

    Raises
    ------
    ValueError
        If it is another kind of file, is damaged, was written by a newer version, or is about a
        function that is not known here.
    TypeError
        If ``optimizer``, ``test_fn`` or ``hparams`` has a wrong type.
    OSError
        If the file cannot be read.
    """
    name = repr(os.fspath(path))
    given = None if optimizer is None else as_spec(optimizer)
    if hparams is not None and not isinstance(hparams, Mapping):
        raise TypeError(f'hparams must be a mapping such as {{"lr": 0.1}}, got {hparams!r}')
    head, arrays = _read_npz(Path(path), name)
    if head["kind"] != kind:
        raise ValueError(
            f"{name} does not hold {_CONTENTS[kind]}, but {_CONTENTS[head['kind']]}: "
            f"{_READERS[head['kind']]}() reads it"
        )
    try:
        fn: Any = (problem_from_json if kind == "matrices" else function_from_json)(
            head["test_fn"], test_fn
        )
    except UnknownFunctionError as error:
        raise ValueError(f"{name} is about {error}") from None
    except _DAMAGE_ERRORS as error:
        if test_fn is not None:
            raise
        raise _damaged(name, error) from error
    try:
        metadata, complete = _read_head(head)
        if kind == "matrices":
            arrays = _checked_matrices(arrays, fn.shapes)
        else:
            arrays = _checked_arrays(arrays, _RANKS[kind])
            if len(metadata.get("reasons", arrays["points"])) != len(arrays["points"]):
                raise ValueError(f"there are {len(metadata['reasons'])} reasons")
    except _DAMAGE_ERRORS as error:
        raise _damaged(name, error) from error
    if given is not None:
        metadata["optimizer"], complete = given, True
    if hparams:
        metadata["hparams"] = {**metadata["hparams"], **hparams}
        metadata["lr"] = as_rate(hparams["lr"]) if "lr" in hparams else metadata["lr"]
    _warn_of_loss(name, metadata, complete=complete)
    return {**metadata, "test_fn": fn}, arrays


def _read_npz(path: Path, name: str) -> tuple[dict[str, Json], Arrays]:
    """Return the head and the arrays of a file."""
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{name} is not an .npz file, or only a part of one")
        file.seek(0)
        try:
            with np.load(file, allow_pickle=False) as content:
                if "head" not in content:
                    raise ValueError(f"{name} holds no trajectory that optgallery has saved")
                head = json.loads(content["head"].item())
                if head["format"] != _FORMAT or head["version"] < 1:
                    raise ValueError(f"{name} holds no trajectory that optgallery has saved")
                if head["version"] > _VERSION:
                    raise ValueError(
                        f"{name} was saved by a newer optgallery, in version {head['version']} of "
                        f"its format; this one reads version {_VERSION}: update it"
                    )
                if head["kind"] not in _CONTENTS:
                    raise ValueError(f"unknown kind {head['kind']!r}")
                arrays = {key: content[key] for key in content if key != "head"}
        except _DAMAGE_ERRORS as error:
            if str(error).startswith(name):
                raise
            raise _damaged(name, error) from error
    return head, arrays


def _read_head(head: dict[str, Json]) -> tuple[dict[str, Any], bool]:
    """Return the fields of a trajectory except its function, and whether its optimizer is known."""
    others = ("format", "version", "kind", "title", "optimizer", "test_fn")
    metadata = {name: value_from_json(form) for name, form in head.items() if name not in others}
    metadata["optimizer"], complete = optimizer_from_json(head["optimizer"])
    if isinstance(metadata["lr"], Description):
        metadata["lr"] = metadata["lr"].words
    if metadata.get("grad_clip") is not None:
        metadata["grad_clip"] = as_grad_clip(metadata["grad_clip"])
    for name, cls in _TYPES.items():
        if type(metadata[name]) is not cls:
            raise TypeError(f"{name} is {metadata[name]!r}")
    coordinates = metadata.get("coordinates", "vector")  # matrices have none
    if metadata["status"] not in get_args(Status) or coordinates not in ("vector", "scalars"):
        raise ValueError(f"status {metadata['status']!r}, coordinates {coordinates!r}")
    if not isinstance(getattr(torch, metadata["dtype"], None), torch.dtype):
        raise ValueError(f"dtype {metadata['dtype']!r}")
    if (at := metadata.get("stopped_at")) is not None and type(at) is not int:
        raise TypeError(f"stopped_at is {at!r}")
    if not all(isinstance(key, str) for key in metadata["hparams"]):
        raise TypeError(f"hyper-parameters have names, got {list(metadata['hparams'])}")
    return metadata, complete


def _checked_arrays(arrays: Arrays, rank: int) -> Arrays:
    """Return the arrays in native byte order, after checking that their shapes agree."""
    rows = arrays["points"].shape[:rank]
    shapes = {name: (*rows, *tail) for name, tail in _TRAILING_SHAPES.items()}
    shapes |= dict.fromkeys(_PER_RUN if rank > 1 else (), rows[:1])
    updates = (*rows[:-1], rows[-1] - 1)
    shapes |= {name: updates for name in _PER_UPDATE if name in arrays}
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape} instead of {shape}")
    checked: Arrays = {
        name: array.astype(np.int64 if array.dtype.kind in "iu" else np.float64)
        for name, array in arrays.items()
    }
    lengths = checked.get("lengths", np.array(rows[:1]))
    if (lengths < 1).any() or (lengths > rows[-1]).any():
        raise ValueError(f"there are {rows} points, but of runs of {lengths.tolist()}")
    if rank == 1 and not np.isfinite(checked["points"]).all():
        raise ValueError("points are not finite")
    return checked


def _checked_matrices(arrays: Arrays, shapes: Sequence[tuple[int, int]]) -> Arrays:
    """Return the arrays of a trajectory of matrices, after checking that their shapes agree."""
    n = len(arrays["values"])
    wanted: dict[str, tuple[int, ...]] = {"values": (n,), "evaluations": (n,)}
    for i, shape in enumerate(shapes):
        wanted |= {f"parameters_{i}": (n, *shape), f"gradients_{i}": (n, *shape)}
    if "recorded_lrs" in arrays:
        wanted["recorded_lrs"] = (n - 1,)
    for name, expected in wanted.items():
        if arrays[name].shape != expected:
            raise ValueError(f"{name} has shape {arrays[name].shape} instead of {expected}")
    if not n or not all(np.isfinite(arrays[f"parameters_{i}"]).all() for i in range(len(shapes))):
        raise ValueError("parameters are not finite")
    return {
        name: array.astype(np.int64 if array.dtype.kind in "iu" else np.float64)
        for name, array in arrays.items()
    }


def _warn_of_loss(name: str, metadata: Mapping[str, Any], *, complete: bool) -> None:
    """Warn of what the file does not contain, and name the arguments that supply it."""
    losses, arguments = [], []
    if not complete:
        losses.append(f"only the title of the optimizer {metadata['optimizer'].title}")
        arguments.append("optimizer=")
    if names := [key for key, value in metadata["hparams"].items() if is_incomplete(value)]:
        losses.append(f"only words of the hyper-parameters {', '.join(names)}")
        arguments.append("hparams=")
    if names := [
        key for key, value in metadata.items() if key != "hparams" and is_incomplete(value)
    ]:
        losses.append(f"only words of {', '.join(names)}")
    if losses:
        way = (
            f"; load() takes {' and '.join(arguments)} for the objects themselves"
            if arguments
            else ""
        )
        message = f"{name} holds {', and '.join(losses)}{way}"
        warn(message, LostOnLoadWarning, stacklevel=4)


def _checked_path(path: PathLike) -> Path:
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise ValueError(f"the path must end in .npz, got {os.fspath(path)!r}")
    return path


def _damaged(name: str, error: Exception) -> ValueError:
    return ValueError(f"{name} is damaged: {type(error).__name__}: {error}".removesuffix(": "))
