"""Optimizers, functions and settings of a trajectory as JSON, and back without running any code.

Entries, and transformations of entries, are read back by their names; numbers, strings, tensors and
collections are read back as values. Anything else would have to be imported, and a file from an
unknown source must not determine what is imported: it is read back as a `Description`, unless the
caller supplies the object.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch

from optgallery.functions import FUNCTIONS, TestFunction, as_test_function
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.optim.hyperparameters import format_value
from optgallery.optim.modes import MODES, with_modes, without_modes
from optgallery.problems.base import PROBLEMS, MatrixProblem
from optgallery.runs.expressions import Description
from optgallery.runs.external import ExternalOptimizer

Json = Any

_MAKERS = (
    *("associative_memory", "decision_space", "factorisation", "kronecker_quadratic"),
    "unbalanced_regression",
)
_WRAPPERS = ("logged", "noisy", "rotated", "scaled", "shifted")

# the fields of a user's function that a file can hold: all except the formula
_SAVED_FIELDS = (
    *("name", "title", "latex", "domain", "start", "minima", "minimum", "checks", "description"),
    *("source", "tags", "scale", "variant_of", "lower_outside"),
)


class UnknownFunctionError(ValueError):
    """A file contains a function that only the caller can supply."""


def value_to_json(value: Any) -> Json:
    """Convert a value to a form that JSON can hold; other values become a description."""
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        value = value.item()
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if np.isfinite(value) else {"float": str(value)}
    if type(value) is list:
        return [value_to_json(member) for member in value]
    if type(value) is tuple:
        return {"tuple": [value_to_json(member) for member in value]}
    if type(value) is dict:
        return {"dict": [[value_to_json(k), value_to_json(v)] for k, v in value.items()]}
    if type(value) in (torch.Tensor, torch.nn.Parameter) and _is_plain(value):
        numbers = value_to_json(value.detach().tolist())
        form = {"tensor": numbers, "dtype": _dtype_name(value.dtype), "shape": list(value.shape)}
        return {**form, "requires_grad": value.requires_grad}
    if type(value) is np.ndarray and value.dtype.kind in "biuf" and value.dtype.itemsize <= 8:
        numbers = value_to_json(value.tolist())
        return {"array": numbers, "dtype": value.dtype.str, "shape": list(value.shape)}
    if isinstance(value, torch.dtype):
        return {"dtype": _dtype_name(value)}
    if isinstance(value, type) and (name := _entry_of_class(value)):
        return {"class": name, "words": format_value(value)}
    return {"words": format_value(value)}


def value_from_json(form: Json) -> Any:
    """Convert a form back to its value, or to a `Description`.

    Raises
    ------
    ValueError, TypeError, KeyError
        If the form is invalid.
    """
    if isinstance(form, list):
        return [value_from_json(member) for member in form]
    if not isinstance(form, dict):
        return form
    match form:
        case {"float": "inf" | "-inf" | "nan" as name}:
            return float(name)
        case {"tuple": list(members)}:
            return tuple(map(value_from_json, members))
        case {"dict": list(items)}:
            return {value_from_json(k): value_from_json(v) for k, v in items}
        case {"tensor": numbers, "dtype": str(name), "shape": list(shape)}:
            tensor = torch.tensor(value_from_json(numbers), dtype=_dtype(name)).reshape(shape)
            return tensor.requires_grad_() if form.get("requires_grad") else tensor
        case {"array": numbers, "dtype": str(name), "shape": list(shape)}:
            dtype = np.dtype(name)
            if dtype.kind not in "biuf":
                raise ValueError(f"no array of numbers: {name}")
            return np.array(value_from_json(numbers), dtype).reshape(shape)
        case {"dtype": str(name)}:
            return _dtype(name)
        case {"class": str(name), "words": str(words)}:
            return OPTIMIZERS[name].cls if name in OPTIMIZERS else Description(words)
        case {"words": str(words)}:
            return Description(words)
    raise ValueError(f"no value: {form!r}")


def is_incomplete(value: Any) -> bool:
    """Whether a value, or a member of it, is only a description."""
    if isinstance(value, Description):
        return True
    if isinstance(value, Mapping):
        return any(map(is_incomplete, value.values()))
    return isinstance(value, (list, tuple)) and any(map(is_incomplete, value))


def optimizer_to_json(optimizer: OptimizerSpec | ExternalOptimizer) -> Json:
    """Return the name of an entry or of a user's optimizer, with its modes and the title."""
    if isinstance(optimizer, ExternalOptimizer):
        return {"title": optimizer.title}
    base, layers = without_modes(optimizer)
    if layers:
        modes = [[layer.mode.name, value_to_json(dict(layer.settings))] for layer in layers]
        return {**optimizer_to_json(base), "title": optimizer.title, "modes": modes}
    kind = "entry" if OPTIMIZERS.get(optimizer.name) == optimizer else "own"
    return {kind: optimizer.name, "title": optimizer.title}


def optimizer_from_json(form: Json) -> tuple[OptimizerSpec | ExternalOptimizer, bool]:
    """Return an entry, or an external optimizer, and whether it equals the saved one."""
    title, name, modes = form["title"], form.get("entry"), form.get("modes")
    if modes and name in OPTIMIZERS and all(mode in MODES for mode, _ in modes):
        layers = [(mode, value_from_json(settings)) for mode, settings in modes]
        return with_modes(OPTIMIZERS[name], layers), True
    if name is not None and name in OPTIMIZERS and not modes:
        return OPTIMIZERS[name], True
    return ExternalOptimizer(title), "entry" not in form and "own" not in form


def function_to_json(fn: TestFunction) -> Json:
    """Return an entry's name, a transformation's call, or all fields except the formula."""
    if FUNCTIONS.get(fn.name) == fn:
        return {"entry": fn.name}
    if (made := fn.made) and _wrapper(made.wrapper)(made.of, **dict(made.arguments)) == fn:
        arguments = {name: value_to_json(value) for name, value in made.arguments}
        return {"wrapper": made.wrapper, "of": function_to_json(made.of), "arguments": arguments}
    facts = {name: value_to_json(_plain(getattr(fn, name))) for name in _SAVED_FIELDS}
    return {"own": facts, "dtype": _dtype_name(fn.dtype), "noisy": fn.gradient_noise is not None}


def is_known(form: Json) -> bool:
    """Whether a function can be read back without the caller's help."""
    return "entry" in form or ("wrapper" in form and is_known(form["of"]))


def function_from_json(form: Json, given: Any = None) -> TestFunction:
    """Return the function, completed by what the caller supplies.

    Parameters
    ----------
    form : dict
    given : callable, or what `run` takes, optional
        A callable supplies the formula; anything else replaces the function.

    Raises
    ------
    UnknownFunctionError
        If the function is not known here and not supplied.
    """
    if given is not None and (isinstance(given, TestFunction) or not callable(given)):
        return as_test_function(given, dtype=None)
    if "entry" in form and given is None:
        if form["entry"] in FUNCTIONS:
            return FUNCTIONS[form["entry"]]
        raise UnknownFunctionError(_unknown(form["entry"]))
    if "wrapper" in form and form["wrapper"] in _WRAPPERS:
        arguments = {name: value_from_json(value) for name, value in form["arguments"].items()}
        return _wrapper(form["wrapper"])(function_from_json(form["of"], given), **arguments)
    if "own" not in form:
        raise ValueError("the file names its function, so a formula is of no use for it")
    facts = {name: value_from_json(value) for name, value in form["own"].items()}
    if given is None or form["noisy"]:
        way = "as a TestFunction" if form["noisy"] else "the callable is enough"
        raise UnknownFunctionError(f"{_unknown(facts['name'])}; {way}")
    x0, y0 = facts["start"]
    sides = dict(zip(("xmin", "xmax", "ymin", "ymax"), facts["domain"], strict=True))
    names = {"name": facts["name"], "title": facts["title"]}
    fitted = as_test_function(
        (given, {"x0": x0, "y0": y0, **sides, **names}), _dtype(form["dtype"])
    )
    return replace(fitted, **{f.name: facts[f.name] for f in fields(fitted) if f.name in facts})


def problem_to_json(problem: MatrixProblem) -> Json:
    """Return an entry's name, the call that makes a problem, or a name that says little."""
    if PROBLEMS.get(problem.name) == problem:
        return {"entry": problem.name}
    arguments = problem.arguments
    if not problem.made_by or _made(problem.made_by, arguments) != problem:
        return {"own": problem.name}
    fn = arguments.pop("test_fn", None)
    of = {} if fn is None else {"of": function_to_json(fn)}
    return {"made_by": problem.made_by, "arguments": value_to_json(arguments), **of}


def problem_from_json(form: Json, given: Any = None) -> MatrixProblem:
    """Return the problem, or the one that the caller supplies.

    Raises
    ------
    UnknownFunctionError
        If the problem is not known here and not supplied.
    TypeError
        If what is supplied is no problem.
    """
    if given is not None:
        if not isinstance(given, MatrixProblem):
            raise TypeError(f"problem must be a MatrixProblem, got {given!r}")
        return given
    if "entry" in form and form["entry"] in PROBLEMS:
        return PROBLEMS[form["entry"]]
    if "made_by" in form and form["made_by"] in _MAKERS:
        arguments = value_from_json(form["arguments"])
        if "of" in form:
            arguments["test_fn"] = function_from_json(form["of"])
        return _made(form["made_by"], arguments)
    name = form["entry"] if "entry" in form else form["own"]
    raise UnknownFunctionError(
        f"the problem {name!r}, which is not known here: give it to load() as problem="
    )


def _made(made_by: str, arguments: Mapping[str, Any]) -> MatrixProblem:
    made: MatrixProblem = getattr(sys.modules["optgallery.problems"], made_by)(**arguments)
    return made


def _unknown(name: str) -> str:
    return f"the function {name!r}, which is not in FUNCTIONS here: give it to load() as test_fn="


def _wrapper(wrapper: str) -> Callable[..., TestFunction]:
    # not imported, since the fingerprint of every run would then cover all functions
    made: Callable[..., TestFunction] = getattr(sys.modules["optgallery.functions"], wrapper)
    return made


def _plain(value: Any) -> Any:
    """Return a domain, a named tuple, as a plain tuple."""
    return tuple(value) if isinstance(value, tuple) else value


def _is_plain(tensor: torch.Tensor) -> bool:
    return tensor.layout is torch.strided and not (tensor.is_meta or tensor.is_complex())


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _dtype(name: str) -> torch.dtype:
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise ValueError(f"no dtype of torch: {name!r}")
    return dtype


def _entry_of_class(cls: type) -> str | None:
    """Return the name of the entry that has this class and no defaults of its own."""
    entries = map(OPTIMIZERS.peek, OPTIMIZERS.names)
    return next((e.name for e in entries if e and e.cls is cls and not e.defaults), None)
