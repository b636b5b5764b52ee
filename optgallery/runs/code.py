"""The lines of Python that repeat a run."""

import ast
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, fields
from enum import Enum
from functools import partial
from itertools import accumulate
from keyword import iskeyword
from math import isfinite
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
import torch

from optgallery.arguments import describe
from optgallery.functions import FUNCTIONS, TestFunction
from optgallery.functions.adapters import user_function
from optgallery.optim import OPTIMIZERS, OptimizerSpec
from optgallery.optim.spec import as_spec

# names in the signature of run(); beside an optimizer in position, `optimizer` is free
_TAKEN = {"test_fn", "steps", "start", "seed", "dtype", "coordinates", "hparams"}
_TAKEN |= {"schedule", "grad_clip", "prepare"}


class Recipe:
    """Python in the making: a call, the imports that it needs, and the names it cannot import.

    Attributes
    ----------
    imports : list of str
        Lines that bring the names of importable classes and functions.
    missing : list of str
        Names that have to be defined before the code is run: a function of a notebook, a lambda.
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
        written = user_function(fn.formula)
        domain = {"x0": fn.start[0], "y0": fn.start[1], **fn.domain._asdict(), **_named(fn)}
        return f"({self.name(written, 'formula')}, {domain})"

    def value(self, name: str, value: Any) -> str:
        """Spell a value as a literal, a tensor by its numbers, a class by an import.

        What has no such form is named as missing.
        """
        if type(value) in (list, tuple, dict):
            return self._collection(name, value)
        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        if isinstance(value, (torch.dtype, torch.device)):
            self._need(self.imports, "import torch")
            return f"torch.{value!r}".replace("torch.torch", "torch")
        if isinstance(value, np.ndarray) and not value.dtype.hasobject and value.size:
            self._need(self.imports, "import numpy as np")
            return f"np.array({self._collection('', value.tolist())}, dtype={str(value.dtype)!r})"
        if isinstance(value, Enum) and _home(type(value), type(value).__name__):
            return f"{self.name(type(value), name)}.{value.name}"
        if isinstance(value, float) and not isfinite(value):
            return f'float("{value}")'
        if isinstance(value, (type, FunctionType, BuiltinFunctionType)):
            return self.name(value, name)
        if isinstance(value, partial) and isinstance(value.func, (type, FunctionType)):
            self._need(self.imports, "from functools import partial")
            inside = [self.name(value.func, name), *(self.value(name, v) for v in value.args)]
            inside += [f"{k}={self.value(k, v)}" for k, v in value.keywords.items()]
            return f"partial({', '.join(inside)})"
        text = _quote(value) if isinstance(value, str) else repr(value)
        try:
            ast.literal_eval(text)
        except (SyntaxError, ValueError):
            return self._call(name, value, text)
        return text

    def _call(self, name: str, value: Any, text: str) -> str:
        """Return a value's repr where that is a call of its class which gives an equal one."""
        cls = type(value)
        if text.startswith(f"{cls.__name__}(") and (home := _home(cls, cls.__name__)):
            with suppress(Exception):  # of somebody's class
                if eval(text, {cls.__name__: cls}) == value:  # its own repr
                    if home != "builtins":
                        self._need(self.imports, f"from {home} import {cls.__name__}")
                    return text
        self._need(self.missing, name)
        return name

    def _collection(self, name: str, value: Any) -> str:
        if isinstance(value, dict):
            items = (f"{self.value(name, k)}: {self.value(name, v)}" for k, v in value.items())
            return f"{{{', '.join(items)}}}"
        members = ", ".join(self.value(name, member) for member in value)
        if isinstance(value, list):
            return f"[{members}]"
        return f"({members},)" if len(value) == 1 else f"({members})"

    def _tensor(self, value: torch.Tensor) -> str:
        self._need(self.imports, "import torch")
        # a list of Python's numbers is read back as it is
        gradient = ", requires_grad=True" if value.requires_grad else ""
        if not value.numel():
            return f"torch.zeros({tuple(value.shape)}, dtype={value.dtype}{gradient})"
        numbers = self._collection("", value.tolist()) if value.ndim else repr(value.item())
        return f"torch.tensor({numbers}, dtype={value.dtype}{gradient})"

    def call(
        self,
        spec: OptimizerSpec,
        fn: TestFunction,
        dtype: str,
        arguments: Mapping[str, Any],
        hparams: Mapping[str, Any],
    ) -> str:
        """Spell the call of `run`; hyper-parameters are keywords, unless `run` has such a one."""
        spelled = [self.optimizer(spec), self.test_fn(fn)]
        if dtype != "float64":
            self._need(self.imports, "import torch")
            spelled.append(f"dtype=torch.{dtype}")
        keywords = {k: v for k, v in hparams.items() if k not in _TAKEN and _is_keyword(k)}
        spelled += [f"{k}={self.value(k, v)}" for k, v in {**arguments, **keywords}.items()]
        if others := {k: v for k, v in hparams.items() if k not in keywords}:
            inside = (f"{_quote(k)}: {self.value(k, v)}" for k, v in others.items())
            spelled.append(f"hparams={{{', '.join(inside)}}}")
        return f"og.run({', '.join(spelled)})"

    @staticmethod
    def _need(lines: list[str], line: str) -> None:
        if line not in lines:
            lines.append(line)


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
        Hyper-parameters of the optimizer.

    Returns
    -------
    str
        Code that runs as it is wherever the optimizer and the function can be imported; where they
        cannot, a comment at its head says what to define first.
    """
    code = Recipe()
    call = code.call(spec, fn, dtype, arguments, hparams)
    head = [f"# define {', '.join(code.missing)} first"] if code.missing else []
    return "\n".join(
        [*head, *code.imports, "", f"trajectory = {call}", "og.animate(trajectory).show()"]
    )


def _is_keyword(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


def _named(fn: TestFunction) -> dict[str, str]:
    """Return the name and the title of a function that was given another name than its callable."""
    if fn.name == describe(user_function(fn.formula))[0]:
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
