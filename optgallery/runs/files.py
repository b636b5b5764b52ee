"""Files of trajectories: arrays and one line of JSON in an .npz, which NumPy reads anywhere."""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
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
from optgallery.runs.expressions import Described
from optgallery.runs.json_form import (
    Json,
    UnknownFunctionError,
    function_from_json,
    function_to_json,
    lost,
    optimizer_from_json,
    optimizer_to_json,
    value_from_json,
    value_to_json,
)
from optgallery.runs.outcome import Status

Arrays = dict[str, NDArray[Any]]
PathLike = str | os.PathLike[str]

_FORMAT = "optgallery"
_VERSION = 1  # to be raised when files can no longer be read by what reads version 1

_TAILS = {"points": (2,), "values": (), "gradients": (2,), "evaluations": ()}
_OF_RUNS = ("lengths", "stopped_at")
_OF_UPDATES = ("recorded_lrs", "lrs")  # one row fewer than there are points

_HOLDS = {"trajectory": "one trajectory", "trajectories": "trajectories from many starts"}
_READS = {"trajectory": "Trajectory.load", "trajectories": "Trajectories.load"}
_RANKS = {"trajectory": 1, "trajectories": 2}
_TYPES = {"steps": int, "seed": int, "hparams": dict, "reason": str, "rounded": bool}

_DAMAGE = (
    *(AttributeError, EOFError, KeyError, OverflowError, RecursionError, TypeError, ValueError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error),
)


class LostOnLoadWarning(UserWarning):
    """A file of a trajectory does not hold its optimizer, or a hyper-parameter, only its words."""


def write(
    path: PathLike,
    kind: str,
    about: Any,
    arrays: Mapping[str, NDArray[Any]],
    **more: Any,
) -> Path:
    """Write arrays, and all that is said of them, whole or not at all.

    Parameters
    ----------
    path : str or path
        Ends in ``.npz``.
    kind : str
        What the file holds: ``"trajectory"``.
    about : dataclass
        A trajectory, of which all fields but the arrays are written.
    arrays : mapping
        By name; none may hold objects.
    **more
        What else is to be said.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ValueError
        If the path has another ending.
    OSError
        If the file cannot be written.
    """
    path = _checked(path)
    said = {f.name: getattr(about, f.name) for f in fields(about)}
    rest = {k: v for k, v in said.items() if k not in ("optimizer", "test_fn", *arrays)}
    if rest.get("grad_clip") is not None:
        rest["grad_clip"] = tuple(rest["grad_clip"])
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": kind,
        "title": about.title,
        "optimizer": optimizer_to_json(about.optimizer),
        "test_fn": function_to_json(about.test_fn),
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
    """Read a file that `write` has written. Nothing in it is imported or run.

    Parameters
    ----------
    path : str or path
    kind : str
        What it should hold.
    optimizer, test_fn, hparams
        What the caller gives of it, or None.

    Returns
    -------
    said : dict
        The fields of a trajectory, but its arrays.
    arrays : dict
        The arrays by name.

    Raises
    ------
    ValueError
        If it is no such file, if it is damaged, written by a newer version, or about a function
        that is not known here.
    TypeError
        If the caller gives something that is no optimizer or no function.
    OSError
        If it cannot be read.
    """
    name = repr(os.fspath(path))
    given = None if optimizer is None else as_spec(optimizer)
    if hparams is not None and not isinstance(hparams, Mapping):
        raise TypeError(f'hparams must be a mapping such as {{"lr": 0.1}}, got {hparams!r}')
    head, arrays = _opened(Path(path), name)
    if head["kind"] != kind:
        raise ValueError(
            f"{name} does not hold {_HOLDS[kind]}, but {_HOLDS[head['kind']]}: "
            f"{_READS[head['kind']]}() reads it"
        )
    try:
        fn = function_from_json(head["test_fn"], test_fn)
    except UnknownFunctionError as error:
        raise ValueError(f"{name} is about {error}") from None
    except _DAMAGE as error:
        if test_fn is not None:
            raise
        raise _damaged(name, error) from error
    try:
        said, complete = _said(head)
        arrays = _checked_arrays(arrays, _RANKS[kind])
        if len(said.get("reasons", arrays["points"])) != len(arrays["points"]):
            raise ValueError(f"there are {len(said['reasons'])} reasons")
    except _DAMAGE as error:
        raise _damaged(name, error) from error
    if given is not None:
        said["optimizer"], complete = given, True
    if hparams:
        said["hparams"] = {**said["hparams"], **hparams}
        said["lr"] = as_rate(hparams["lr"]) if "lr" in hparams else said["lr"]
    _warn_of_loss(name, said, complete=complete)
    return {**said, "test_fn": fn}, arrays


def _opened(path: Path, name: str) -> tuple[dict[str, Json], Arrays]:
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
                if head["kind"] not in _HOLDS:
                    raise ValueError(f"unknown kind {head['kind']!r}")
                arrays = {key: content[key] for key in content if key != "head"}
        except _DAMAGE as error:
            if str(error).startswith(name):
                raise
            raise _damaged(name, error) from error
    return head, arrays


def _said(head: dict[str, Json]) -> tuple[dict[str, Any], bool]:
    """Return the fields of a trajectory but its function, and whether its optimizer is whole."""
    others = ("format", "version", "kind", "title", "optimizer", "test_fn")
    said = {name: value_from_json(form) for name, form in head.items() if name not in others}
    said["optimizer"], complete = optimizer_from_json(head["optimizer"])
    if isinstance(said["lr"], Described):
        said["lr"] = said["lr"].words
    if said.get("grad_clip") is not None:
        said["grad_clip"] = as_grad_clip(said["grad_clip"])
    for name, cls in _TYPES.items():
        if type(said[name]) is not cls:
            raise TypeError(f"{name} is {said[name]!r}")
    if said["status"] not in get_args(Status) or said["coordinates"] not in ("vector", "scalars"):
        raise ValueError(f"status {said['status']!r}, coordinates {said['coordinates']!r}")
    if not isinstance(getattr(torch, said["dtype"], None), torch.dtype):
        raise ValueError(f"dtype {said['dtype']!r}")
    if (at := said.get("stopped_at")) is not None and type(at) is not int:
        raise TypeError(f"stopped_at is {at!r}")
    if not all(isinstance(key, str) for key in said["hparams"]):
        raise TypeError(f"hyper-parameters have names, got {list(said['hparams'])}")
    return said, complete


def _checked_arrays(arrays: Arrays, rank: int) -> Arrays:
    """Return arrays in the machine's byte order, if all have as many rows as there are points."""
    rows = arrays["points"].shape[:rank]
    shapes = {name: (*rows, *tail) for name, tail in _TAILS.items()}
    shapes |= dict.fromkeys(_OF_RUNS if rank > 1 else (), rows[:1])
    updates = (*rows[:-1], rows[-1] - 1)
    shapes |= {name: updates for name in _OF_UPDATES if name in arrays}
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


def _warn_of_loss(name: str, said: Mapping[str, Any], *, complete: bool) -> None:
    """Warn of what the file does not hold, and say what gives it back."""
    losses, ways = [], []
    if not complete:
        losses.append(f"only the title of the optimizer {said['optimizer'].title}")
        ways.append("optimizer=")
    if names := [key for key, value in said["hparams"].items() if lost(value)]:
        losses.append(f"only words of the hyper-parameters {', '.join(names)}")
        ways.append("hparams=")
    if names := [key for key, value in said.items() if key != "hparams" and lost(value)]:
        losses.append(f"only words of {', '.join(names)}")
    if losses:
        way = f"; load() takes {' and '.join(ways)} for the things themselves" if ways else ""
        message = f"{name} holds {', and '.join(losses)}{way}"
        warn(message, LostOnLoadWarning, stacklevel=4)


def _checked(path: PathLike) -> Path:
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise ValueError(f"the path must end in .npz, got {os.fspath(path)!r}")
    return path


def _damaged(name: str, error: Exception) -> ValueError:
    return ValueError(f"{name} is damaged: {type(error).__name__}: {error}".removesuffix(": "))
