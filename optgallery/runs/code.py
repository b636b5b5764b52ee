"""Generate the Python code that repeats a run or recreates a path from elsewhere."""

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
from optgallery.optim.modes import Layer, with_modes, without_modes
from optgallery.optim.spec import as_spec
from optgallery.problems.base import PROBLEMS, MatrixProblem
from optgallery.runs.expressions import Expressions, is_keyword, quote
from optgallery.runs.external import ExternalOptimizer
from optgallery.runs.json_form import function_to_json, is_known

# parameters of run(); `optimizer` is positional-only, so it may be a hyper-parameter's name
_RUN_PARAMETERS = {"test_fn", "steps", "start", "seed", "dtype", "coordinates", "hparams"}
_RUN_PARAMETERS |= {"modes", "schedule", "grad_clip", "prepare"}

MAX_ROWS = 20  # rows of a path that are written out; a longer path is loaded from a file

# fields of entries that change neither a run nor how it is drawn or evaluated
_UNUSED_OF_OPTIMIZER = {
    *("name", "title", "cls", "family", "summary", "paper", "coincides_with", "axis"),
}
_UNUSED_OF_FUNCTION = {
    *("name", "title", "formula", "domain", "start", "made", "variant_of"),
    *("latex", "checks", "description", "source", "tags"),
}

# this module is imported before a user can add an entry
_BUILT_IN = {"OPTIMIZERS": set(OPTIMIZERS.names), "FUNCTIONS": set(FUNCTIONS.names)}


class CodeWriter(Expressions):
    """Writes optimizers, functions and calls of them as code.

    Parameters
    ----------
    dtype : torch.dtype or None
        The precision in which the function is run; None for any that it supports.
    """

    def __init__(self, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        self.dtype = dtype
        self._to_add: list[str] = []

    def optimizer(self, spec: OptimizerSpec | ExternalOptimizer) -> str:
        """Write an optimizer as an entry's name, a class, or the construction of an entry."""
        if isinstance(spec, ExternalOptimizer):  # loaded from a file that has only its title
            return self.name(spec, "MyOptimizer")
        base, layers = without_modes(spec)
        if layers and with_modes(base, [(each.mode, each.settings) for each in layers]) == spec:
            return f"og.with_modes({self.optimizer(base)}, {self.modes(layers)})"
        if OPTIMIZERS.get(spec.name) == spec:
            return self._entry(spec.name, "OPTIMIZERS")
        cls = self.value("MyOptimizer", spec.cls)
        if as_spec(spec.cls) == spec:
            return cls
        given = [f"name={quote(spec.name)}", f"title={quote(spec.title)}", f"cls={cls}"]
        return f"og.OptimizerSpec({', '.join(given + self._changed(spec, _UNUSED_OF_OPTIMIZER))})"

    def modes(self, layers: tuple[Layer, ...]) -> str:
        """Write modes as `run` takes them: a name, a name with settings, or a tuple of them."""
        given = [
            (layer.mode.name, dict(layer.settings)) if layer.settings else layer.mode.name
            for layer in layers
        ]
        return self.value("modes", given[0] if len(given) == 1 else tuple(given))

    def test_fn(self, fn: TestFunction) -> str:
        """Write a function as an entry's name, a wrapper's call, a pair, or a construction."""
        if FUNCTIONS.get(fn.name) == fn:
            return self._entry(fn.name, "FUNCTIONS")
        # not imported, since the fingerprint of every run would then cover all functions
        functions = sys.modules["optgallery.functions"]
        if (made := fn.made) and getattr(functions, made.wrapper)(
            made.of, **dict(made.arguments)
        ) == fn:
            arguments = [
                self.test_fn(made.of),
                *(f"{k}={_shortest_number(v)}" for k, v in made.arguments),
            ]
            return f"og.functions.{made.wrapper}({', '.join(arguments)})"
        formula = self.value("formula", user_function(fn.formula))
        with suppress(Exception):  # the user's function raises, or cannot be hashed
            if _is_pair(fn, self.dtype):
                return f"({formula}, {_domain(fn)})"
        given = [f"name={quote(fn.name)}", f"title={quote(fn.title)}", f"formula={formula}"]
        given += [f"domain={tuple(fn.domain)}", f"start={fn.start}"]
        return f"og.TestFunction({', '.join(given + self._changed(fn, _UNUSED_OF_FUNCTION))})"

    def problem(self, problem: MatrixProblem) -> str:
        """Write a problem as an entry's name, the call that makes it, or its construction."""
        if PROBLEMS.get(problem.name) == problem:
            if not problem.made_by:
                self._to_add.append(f"# add {quote(problem.name)} to PROBLEMS first")
            return quote(problem.name)
        if problem.made_by:
            # not imported, since the fingerprint of every run would then cover all problems
            maker = getattr(sys.modules["optgallery.problems"], problem.made_by)
            arguments = problem.arguments
            if maker(**arguments) == problem:
                defaults = maker.__kwdefaults__
                fn = arguments.pop("test_fn", None)
                changed = {k: v for k, v in arguments.items() if v != defaults[k]}
                words = [*([] if fn is None else [self.test_fn(fn)]), *self.arguments(changed)]
                return f"og.problems.{problem.made_by}({', '.join(words)})"
        return self.value("problem", problem)

    def _entry(self, name: str, registry: str) -> str:
        """Write an entry's name, with a comment if the user must add the entry first."""
        if name not in _BUILT_IN[registry]:
            self._to_add.append(f"# add {quote(name)} to {registry} first")
        return quote(name)

    def arguments(self, given: Mapping[str, Any]) -> list[str]:
        """Write arguments as keywords."""
        return [f"{name}={self.value(name, value)}" for name, value in given.items()]

    def _changed(self, entry: OptimizerSpec | TestFunction, excluded: set[str]) -> list[str]:
        """Write the fields of an entry that differ from the defaults, as keywords."""
        changed = {}
        for field in fields(entry):
            default = field.default if field.default is not MISSING else {}
            if field.name not in excluded and getattr(entry, field.name) != default:
                changed[field.name] = getattr(entry, field.name)
        return self.arguments(changed)

    def script(self, *lines: str, head: Sequence[str] = ()) -> str:
        """Return the code: comments that say what to define first, imports, and the lines."""
        first = [f"# define {', '.join(self.missing)} first"] if self.missing else []
        described = [f"# {name}: {what}" for name, what in self.missing.items() if what]
        comments = [*head, *first, *self._to_add, *described]
        show = "og.animate(trajectory).show()"
        return "\n".join([*comments, *self.imports, "", *lines, show])


def run_code(
    spec: OptimizerSpec | ExternalOptimizer,
    fn: TestFunction | MatrixProblem,
    *,
    dtype: str = "float64",
    arguments: Mapping[str, Any],
    hparams: Mapping[str, Any],
) -> str:
    """Return Python code that repeats a run and shows its animation.

    Parameters
    ----------
    spec : OptimizerSpec
        The optimizer.
    fn : TestFunction or MatrixProblem
        The function or the problem.
    dtype : str
        The precision in which the optimizer works.
    arguments : mapping
        Arguments of `run` that differ from its defaults.
    hparams : mapping
        Hyper-parameters of the optimizer; they become keywords unless `run` has a parameter of the
        same name.

    Returns
    -------
    str
        Code that runs as it is if the optimizer and the function can be imported; if not, a comment
        at the top says what to define first.
    """
    code = CodeWriter(getattr(torch, dtype))
    base, layers = without_modes(spec) if isinstance(spec, OptimizerSpec) else (spec, ())
    written = [code.optimizer(base)]
    written.append(code.problem(fn) if isinstance(fn, MatrixProblem) else code.test_fn(fn))
    if layers:
        written.append(f"modes={code.modes(layers)}")
    if dtype != "float64":
        code.add_import("import torch")
        written.append(f"dtype=torch.{dtype}")
    keywords = {k: v for k, v in hparams.items() if k not in _RUN_PARAMETERS and is_keyword(k)}
    written += code.arguments({**arguments, **keywords})
    if others := {k: v for k, v in hparams.items() if k not in keywords}:
        written.append(f"hparams={code.value('hparams', others)}")
    return code.script(f"trajectory = og.run({', '.join(written)})")


def path_code(
    points: NDArray[np.float64],
    fn: TestFunction,
    *,
    dtype: str = "float64",
    arguments: Mapping[str, Any],
) -> str:
    """Return Python code that makes a trajectory of a path from elsewhere, and shows it.

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
        Code that runs as it is if the function can be imported.
    """
    code = CodeWriter()
    rows = [f"    {code.value('points', row)}," for row in map(tuple, points.tolist())]
    given = "points"
    if dtype != "float64":
        code.add_import("import torch")
        given = f"torch.tensor(points, dtype=torch.{dtype})"
    written = [given, code.test_fn(fn), *code.arguments(arguments)]
    call = f"trajectory = og.Trajectory.from_points({', '.join(written)})"
    return code.script("points = [", *rows, "]", call)


def load_code(file: str, fn: TestFunction) -> str:
    """Return Python code that loads a trajectory from a file, and shows it.

    Parameters
    ----------
    file : str
        Name of the file, to which the trajectory has to be saved first.
    fn : TestFunction
        The function.
    """
    code = CodeWriter()
    known = is_known(function_to_json(fn))
    written = [quote(file)] + ([] if known else [f"test_fn={code.test_fn(fn)}"])
    head = f"# the path was taken elsewhere; trajectory.save({quote(file)}) keeps it for this code"
    return code.script(f"trajectory = og.Trajectory.load({', '.join(written)})", head=[head])


def _shortest_number(number: float) -> str:
    """Write a number in the shortest form: 45 for 45.0."""
    return repr(int(number)) if float(number).is_integer() else repr(number)


def _name_and_title(fn: TestFunction) -> dict[str, str]:
    """Return the name and the title of a function if its name differs from its callable's."""
    if fn.name == describe(user_function(fn.formula))[0]:
        return {}
    return {"name": fn.name, **({"title": fn.title} if fn.title != fn.name else {})}


def _domain(fn: TestFunction) -> dict[str, Any]:
    return {"x0": fn.start[0], "y0": fn.start[1], **fn.domain._asdict(), **_name_and_title(fn)}


@lru_cache(maxsize=8)  # small, since it keeps functions and their data alive
def _is_pair(fn: TestFunction, dtype: torch.dtype | None) -> bool:
    """Whether a pair (callable, domain) gives an equal function, without minima."""
    return as_test_function((user_function(fn.formula), _domain(fn)), dtype) == fn
