"""The lines of Python that repeat a run."""

import ast
import json
import sys
from collections.abc import Mapping
from dataclasses import MISSING, fields
from itertools import accumulate
from keyword import iskeyword
from math import isfinite
from typing import Any

from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.adapters import as_written
from optgallery.functions.naming import describe
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.optim.spec import as_spec


class Recipe:
    """Python in the making: a call, the imports that it needs, and the names it cannot import.

    Attributes
    ----------
    imports : list of str
        Lines that bring the names of importable classes and functions.
    missing : list of str
        Names that whoever runs the code has to define: a function of a notebook, a lambda.
    """

    def __init__(self) -> None:
        self.imports = ["import optgallery as og"]
        self.missing: list[str] = []

    def name(self, thing: Any, otherwise: str) -> str:
        """Spell a class or a function by a name that the code can use."""
        name = getattr(thing, "__name__", otherwise)
        if module := _home(thing, name):
            self._need(self.imports, f"from {module} import {name}")
            return name
        if not name.isidentifier() or iskeyword(name):
            name = otherwise
        self._need(self.missing, name)
        return name

    def optimizer(self, spec: OptimizerSpec) -> str:
        """Spell an optimizer by its entry's name, by its class, or as an entry of its own."""
        if OPTIMIZERS.get(spec.name) == spec:
            return _quote(spec.name)
        cls = self.name(spec.cls, "MyOptimizer")
        if as_spec(spec.cls) == spec:
            return cls
        arguments = [f"name={_quote(spec.name)}", f"title={_quote(spec.title)}", f"cls={cls}"]
        for field in fields(spec):
            value = getattr(spec, field.name)
            default = field.default if field.default is not MISSING else {}
            # what it is called and where it was published does not change the run
            if field.name not in ("name", "title", "cls", "family", "summary", "paper") and (
                value != default
            ):
                arguments.append(f"{field.name}={self.value(field.name, value)}")
        return f"og.OptimizerSpec({', '.join(arguments)})"

    def test_fn(self, fn: TestFunction) -> str:
        """Spell a function by its entry's name, as a wrapper's call or as a (callable, domain)."""
        if FUNCTIONS.get(fn.name) == fn:
            return _quote(fn.name)
        # were it imported, every run would count as made by every function's file
        functions = sys.modules["optgallery.functions"]
        if (made := fn.made) and getattr(functions, made.wrapper)(
            made.of, **dict(made.arguments)
        ) == fn:
            arguments = [self.test_fn(made.of), *(f"{k}={_shortest(v)}" for k, v in made.arguments)]
            return f"og.functions.{made.wrapper}({', '.join(arguments)})"
        written = as_written(fn.formula)
        domain = {"x0": fn.start[0], "y0": fn.start[1], **fn.domain._asdict(), **_named(fn)}
        return f"({self.name(written, 'formula')}, {domain})"

    def value(self, name: str, value: Any) -> str:
        """Spell a value as a literal, or by its name where it has no literal."""
        if isinstance(value, float) and not isfinite(value):
            return f'float("{value}")'
        text = _quote(value) if isinstance(value, str) else repr(value)
        try:
            ast.literal_eval(text)
        except (SyntaxError, ValueError):
            self._need(self.missing, name)
            return name
        return text

    def call(
        self, spec: OptimizerSpec, fn: TestFunction, dtype: str, arguments: Mapping[str, Any]
    ) -> str:
        """Spell the call of `run`."""
        spelled = [self.optimizer(spec), self.test_fn(fn)]
        if dtype != "float64":
            self._need(self.imports, "import torch")
            spelled.append(f"dtype=torch.{dtype}")
        spelled += [f"{name}={self.value(name, value)}" for name, value in arguments.items()]
        return f"og.run({', '.join(spelled)})"

    @staticmethod
    def _need(lines: list[str], line: str) -> None:
        if line not in lines:
            lines.append(line)


def recipe(
    spec: OptimizerSpec, fn: TestFunction, *, dtype: str = "float64", **arguments: Any
) -> str:
    """Return the lines of Python that repeat a run and show it moving.

    Parameters
    ----------
    spec : OptimizerSpec
        Who runs.
    fn : TestFunction
        On what.
    dtype : str
        The precision that the optimizer works in.
    **arguments
        What else `run` was given.

    Returns
    -------
    str
        Code that runs as it is wherever the optimizer and the function can be imported; where they
        cannot, a comment at its head says what to define first.
    """
    code = Recipe()
    call = code.call(spec, fn, dtype, arguments)
    head = [f"# define {', '.join(code.missing)} first"] if code.missing else []
    return "\n".join(
        [*head, *code.imports, "", f"trajectory = {call}", "og.animate(trajectory).show()"]
    )


def _named(fn: TestFunction) -> dict[str, str]:
    """Return the name and the title of a function that was given another name than its callable."""
    if fn.name == describe(as_written(fn.formula))[0]:
        return {}
    return {"name": fn.name, **({"title": fn.title} if fn.title != fn.name else {})}


def _shortest(number: float) -> str:
    """Spell a number as people write it: 45 for 45.0."""
    return repr(int(number)) if float(number).is_integer() else repr(number)


def _quote(text: str) -> str:
    """Spell a string in double quotes, as formatters do."""
    return json.dumps(text, ensure_ascii=False)


def _home(thing: Any, name: str) -> str | None:
    """Return the shortest module path that a class or a function can be imported from."""
    module = getattr(thing, "__module__", None)
    if module in (None, "__main__"):
        return None
    for path in accumulate(module.split("."), "{}.{}".format):
        if getattr(sys.modules.get(path), name, None) is thing:
            return path
    return None
