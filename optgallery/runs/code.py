"""The lines of Python that repeat a run, or that bring a path back."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.arguments import describe
from optgallery.functions import FUNCTIONS, TestFunction, as_test_function
from optgallery.functions.adapters import user_function
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.optim.spec import as_spec
from optgallery.runs.expressions import Expressions, is_keyword, quote
from optgallery.runs.json_form import function_to_json, is_known

# names in the signature of run(); beside an optimizer in position, `optimizer` is free
_TAKEN = {"test_fn", "steps", "start", "seed", "dtype", "coordinates", "hparams"}
_TAKEN |= {"schedule", "grad_clip", "prepare"}

MOST_ROWS = 20  # of a path that are written out; longer ones are loaded from a file

# fields of entries that say what they are, and nothing about a run or how it is drawn and judged
_OF_OPTIMIZER = {"name", "title", "cls", "family", "summary", "paper", "coincides_with"}
_OF_FUNCTION = {
    *("name", "title", "formula", "domain", "start", "made", "variant_of"),
    *("latex", "checks", "description", "source", "tags"),
}


# what the package brings: this module is imported before anything can be added
_BROUGHT = {"OPTIMIZERS": set(OPTIMIZERS.names), "FUNCTIONS": set(FUNCTIONS.names)}


class Recipe(Expressions):
    """Writes optimizers, functions and the calls that take them.

    Parameters
    ----------
    dtype : torch.dtype or None
        In which the function is run; None for whichever it works in.
    """

    def __init__(self, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.dtype = dtype
        self._to_add: list[str] = []

    def optimizer(self, spec: OptimizerSpec) -> str:
        """Write an optimizer by its entry's name, by its class, or as an entry of its own."""
        if OPTIMIZERS.get(spec.name) == spec:
            return self._entry(spec.name, "OPTIMIZERS")
        cls = self.value("MyOptimizer", spec.cls)
        if as_spec(spec.cls) == spec:
            return cls
        given = [f"name={quote(spec.name)}", f"title={quote(spec.title)}", f"cls={cls}"]
        return f"og.OptimizerSpec({', '.join(given + self._changed(spec, _OF_OPTIMIZER))})"

    def test_fn(self, fn: TestFunction) -> str:
        """Write a function by its entry's name, as a wrapper's call, as a pair, or as an entry."""
        if FUNCTIONS.get(fn.name) == fn:
            return self._entry(fn.name, "FUNCTIONS")
        # were it imported, every run would count as made by every function's file
        functions = sys.modules["optgallery.functions"]
        if (made := fn.made) and getattr(functions, made.wrapper)(
            made.of, **dict(made.arguments)
        ) == fn:
            arguments = [self.test_fn(made.of), *(f"{k}={_shortest(v)}" for k, v in made.arguments)]
            return f"og.functions.{made.wrapper}({', '.join(arguments)})"
        formula = self.value("formula", user_function(fn.formula))
        with suppress(Exception):  # of somebody's function, or it cannot be hashed
            if _is_pair(fn, self.dtype):
                return f"({formula}, {_domain(fn)})"
        given = [f"name={quote(fn.name)}", f"title={quote(fn.title)}", f"formula={formula}"]
        given += [f"domain={tuple(fn.domain)}", f"start={fn.start}"]
        return f"og.TestFunction({', '.join(given + self._changed(fn, _OF_FUNCTION))})"

    def _entry(self, name: str, registry: str) -> str:
        """Write an entry by its name; one that the package did not bring has to be added first."""
        if name not in _BROUGHT[registry]:
            self._to_add.append(f"# add {quote(name)} to {registry} first")
        return quote(name)

    def arguments(self, given: Mapping[str, Any]) -> list[str]:
        """Write arguments as keywords."""
        return [f"{name}={self.value(name, value)}" for name, value in given.items()]

    def _changed(self, entry: OptimizerSpec | TestFunction, but: set[str]) -> list[str]:
        """Write the fields of an entry that are not the defaults, as keywords."""
        changed = {}
        for field in fields(entry):
            default = field.default if field.default is not MISSING else {}
            if field.name not in but and getattr(entry, field.name) != default:
                changed[field.name] = getattr(entry, field.name)
        return self.arguments(changed)

    def script(self, *lines: str, head: Sequence[str] = ()) -> str:
        """Return the whole: comments, with what to define first, the imports, and the lines."""
        first = [f"# define {', '.join(self.missing)} first"] if self.missing else []
        described = [f"# {name}: {what}" for name, what in self.missing.items() if what]
        comments = [*head, *first, *self._to_add, *described]
        show = "og.animate(trajectory).show()"
        return "\n".join([*comments, *self.imports, "", *lines, show])


def recipe(
    spec: OptimizerSpec,
    fn: TestFunction,
    *,
    dtype: str = "float64",
    arguments: Mapping[str, Any],
    hparams: Mapping[str, Any],
) -> str:
    """Return the lines of Python that repeat a run and show it moving.

    Parameters
    ----------
    spec : OptimizerSpec
        The optimizer.
    fn : TestFunction
        The function.
    dtype : str
        The precision that the optimizer works in.
    arguments : mapping
        Arguments of `run` that are not its defaults.
    hparams : mapping
        Hyper-parameters of the optimizer, which are keywords unless `run` has such a one.

    Returns
    -------
    str
        Code that runs as it is wherever the optimizer and the function can be imported; where they
        cannot, a comment at its head says what to define first.
    """
    code = Recipe(getattr(torch, dtype))
    written = [code.optimizer(spec), code.test_fn(fn)]
    if dtype != "float64":
        code.need("import torch")
        written.append(f"dtype=torch.{dtype}")
    keywords = {k: v for k, v in hparams.items() if k not in _TAKEN and is_keyword(k)}
    written += code.arguments({**arguments, **keywords})
    if others := {k: v for k, v in hparams.items() if k not in keywords}:
        written.append(f"hparams={code.value('hparams', others)}")
    return code.script(f"trajectory = og.run({', '.join(written)})")


def path_recipe(
    points: NDArray[np.float64],
    fn: TestFunction,
    *,
    dtype: str = "float64",
    arguments: Mapping[str, Any],
) -> str:
    """Return the lines of Python that make a trajectory of a path from elsewhere, and show it.

    Parameters
    ----------
    points : array of shape (n, 2)
        The iterates.
    fn : TestFunction
        The function.
    dtype : str
        The precision in which the points were given.
    arguments : mapping
        Further arguments of `Trajectory.from_points`.

    Returns
    -------
    str
        Code that runs as it is wherever the function can be imported.
    """
    code = Recipe()
    rows = [f"    {code.value('points', row)}," for row in map(tuple, points.tolist())]
    given = "points"
    if dtype != "float64":
        code.need("import torch")
        given = f"torch.tensor(points, dtype=torch.{dtype})"
    written = [given, code.test_fn(fn), *code.arguments(arguments)]
    call = f"trajectory = og.Trajectory.from_points({', '.join(written)})"
    return code.script("points = [", *rows, "]", call)


def load_recipe(file: str, fn: TestFunction) -> str:
    """Return the lines of Python that load a trajectory from a file, and show it.

    Parameters
    ----------
    file : str
        The name of the file, which has to be saved first.
    fn : TestFunction
        The function.
    """
    code = Recipe()
    known = is_known(function_to_json(fn))
    written = [quote(file)] + ([] if known else [f"test_fn={code.test_fn(fn)}"])
    head = f"# the path was taken elsewhere; trajectory.save({quote(file)}) keeps it for this code"
    return code.script(f"trajectory = og.Trajectory.load({', '.join(written)})", head=[head])


def _shortest(number: float) -> str:
    """Write a number as people write it: 45 for 45.0."""
    return repr(int(number)) if float(number).is_integer() else repr(number)


def _named(fn: TestFunction) -> dict[str, str]:
    """Return the name and the title of a function that was given another name than its callable."""
    if fn.name == describe(user_function(fn.formula))[0]:
        return {}
    return {"name": fn.name, **({"title": fn.title} if fn.title != fn.name else {})}


def _domain(fn: TestFunction) -> dict[str, Any]:
    return {"x0": fn.start[0], "y0": fn.start[1], **fn.domain._asdict(), **_named(fn)}


@lru_cache(maxsize=8)  # it keeps functions alive, perhaps with data
def _is_pair(fn: TestFunction, dtype: torch.dtype | None) -> bool:
    """Whether a pair (callable, domain) makes the function, with its colours and no minima."""
    return as_test_function((user_function(fn.formula), _domain(fn)), dtype) == fn
