"""Digests of what recorded outcomes are the outcomes of: code without its words, and settings.

A key of the store covers everything that could change a bit, also the machine and the sources of
all that is imported. For a record that is kept for long this is too much: here, comments,
docstrings and the messages of errors may change, and so may the modules that take the steps, whose
bits the tests guard.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from optgallery.analysis.problems import Problem, height
from optgallery.cache.source_graph import UnidentifiableError, file_of, is_library
from optgallery.optim import OptimizerSpec

_DIGITS = 16  # hexadecimal: of one digest among some hundreds


def of_optimizer(spec: OptimizerSpec) -> str:
    """Return a digest of an optimizer: its settings, and the code of its class and base classes.

    Classes of libraries contribute their names; their version is recorded once.

    Raises
    ------
    UnidentifiableError
        If a class cannot be read from a file.
    """
    family = spec.cls.__mro__ if isinstance(spec.cls, type) else (spec.cls,)
    own = [member.__module__ for member in family if not is_library(member.__module__)]
    settings = {name: repr(value) for name, value in spec.defaults.items()}
    facts = (spec.evaluations_per_step, spec.parameter_shape, spec.create_graph, spec.needs_closure)
    # of one without a learning rate, there are no outcomes at rates
    rateless = [] if spec.own_axis is None else ["no learning rate"]
    return _digest(
        spec.cls.__qualname__, settings, repr(facts), *map(code, dict.fromkeys(own)), *rateless
    )


def of_problems(several: Iterable[Problem]) -> str:
    """Return a digest of the problems on one function: its formula, minimum, height and starts."""
    each = list(several)
    fn, of = each[0].fn, each[0].of
    facts = (fn.minimum, fn.minima, tuple(fn.domain), fn.lower_outside, height(fn))
    starts = [problem.start for problem in each]
    return _digest(of.name, repr(facts), starts, code(of.formula.__module__))


def code(module: str) -> str:
    """Return a digest of a module's code, without comments, docstrings and what it raises.

    Examples
    --------
    >>> code("optgallery.optim.lion") == code("optgallery.optim.tiger")
    False
    """
    file = file_of(module)
    if file is None:
        raise UnidentifiableError(f"the code of {module} cannot be read from a file")
    return _code(file.read_text(encoding="utf-8"))


@cache
def _code(text: str) -> str:
    return _digest(_plain(_WithoutWords().visit(ast.parse(text))))


def _plain(node: Any) -> Any:
    """Return a syntax tree as lists, without what is empty, which versions of Python add to."""
    if isinstance(node, ast.AST):
        filled = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return [type(node).__name__, *([name, _plain(value)] for name, value in filled)]
    return [_plain(each) for each in node] if isinstance(node, list) else repr(node)


class _WithoutWords(ast.NodeTransformer):
    """Removes docstrings, and replaces what raises an exception."""

    def visit_Raise(self, _node: ast.Raise) -> ast.AST:
        return ast.Raise()

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        constant = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if constant else self.generic_visit(node)


def _digest(*values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:_DIGITS]
