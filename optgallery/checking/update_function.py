"""UpdateFunction: one function of an update, and what its names mean."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from optgallery.checking.syntax import is_entry, key_of, name_of, number_of, shortened


@dataclass
class UpdateFunction:
    """One function of an update, and what its names mean.

    Attributes
    ----------
    function : ast.FunctionDef
    theta, gradient : str
        The names of the parameter and of its gradient; empty if there is no loop over parameters.
    setup : set of int
        The nodes that set up the state before the first step.
    counters, eps : set of str
        The names of the step count, and of small constants.
    assigned : dict
        What each name is assigned.
    state : dict
        The keys of the state, by the names that stand for them.
    corrections : set of str
        The bias corrections, as ``1 - beta1**t``.
    """

    function: ast.FunctionDef

    def __post_init__(self) -> None:
        self.loop = next(
            (n for n in self.walk() if isinstance(n, ast.For) and loops_over_parameters(n)), None
        )
        self.block = self.loop or self.function
        self.theta = self.gradient = ""
        if self.loop is not None and isinstance(self.loop.target, ast.Tuple):
            names = [e.id for e in self.loop.target.elts if isinstance(e, ast.Name)]
            if len(names) == 4:
                self.theta, self.gradient = names[2:]
        self.setup = {
            number_of(inner)
            for n in self.walk()
            if isinstance(n, ast.If) and begins_state(n)
            for inner in ast.walk(ast.Module(n.body, []))
            if hasattr(inner, "number")
        }
        self.counters, self.eps, self.assigned = set[str](), set[str](), dict[str, ast.expr]()
        self.state: dict[str, str] = {}
        for target, value in self._assignments():
            if is_entry(value, "step"):
                self.counters.add(target)
            elif isinstance(value, ast.Subscript) and name_of(value.value) == "state":
                self.state[target] = key_of(value)
            if key_of(value).startswith("eps") or target.startswith("eps"):
                self.eps.add(target)
            self.assigned[target] = value
        self.corrections = {ast.unparse(n) for n in self.walk() if self.is_correction(n)}

    def walk(self) -> Iterator[ast.AST]:
        """Yield all nodes of the function."""
        return ast.walk(self.function)

    def _assignments(self) -> Iterator[tuple[str, ast.expr]]:
        for node in self.walk():
            if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                continue
            target, value = node.targets[0], node.value
            if isinstance(target, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Tuple):
                yield from unpacked(target, value)

    def is_correction(self, node: ast.AST) -> bool:
        """Whether a node is ``1 - beta**t``."""
        return (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Sub)
            and isinstance(node.left, ast.Constant)
            and node.left.value == 1
            and isinstance(node.right, ast.BinOp)
            and isinstance(node.right.op, ast.Pow)
            and any(
                name_of(n) in self.counters or is_entry(n, "step") for n in ast.walk(node.right)
            )
        )

    def is_eps(self, node: ast.AST) -> bool:
        """Whether a node is a small constant of the group."""
        return name_of(node) in self.eps or (
            isinstance(node, ast.Subscript) and key_of(node).startswith("eps")
        )

    def adds_eps(self, node: ast.AST) -> bool:
        """Whether a node is a sum of such a constant and something else."""
        return (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Add)
            and self.is_eps(node.left) != self.is_eps(node.right)
        )

    def blocks(self) -> Iterator[Any]:
        """Yield the blocks of statements that compute."""
        for node in self.walk():
            if (
                isinstance(node, (ast.For, ast.If, ast.FunctionDef))
                and number_of(node) not in self.setup
            ):
                yield node

    def acting(self) -> Iterator[Any]:
        """Yield the nodes of statements that compute, outside the set-up of the state."""
        for node in self.walk():
            if isinstance(node, ast.expr) and number_of(node) not in self.setup:
                yield node

    def statement_of(self, node: ast.AST) -> Any:
        """Return the innermost simple statement around a node."""
        found = None
        for statement in self.walk():
            if isinstance(statement, (ast.Assign, ast.Expr, ast.AugAssign, ast.Return)) and any(
                inner is node for inner in ast.walk(statement)
            ):
                found = statement
        return found

    def uses(self, names: set[str]) -> Iterator[ast.Name]:
        """Yield where names are read."""
        for node in self.walk():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
                yield node

    def context(self, node: ast.AST) -> str:
        """Return the smallest expression around a name, for a message."""
        around = [
            other
            for other in self.walk()
            if isinstance(other, ast.BinOp) and any(inner is node for inner in ast.walk(other))
        ]
        smallest = min(around, key=lambda other: len(ast.unparse(other)), default=node)
        return shortened(ast.unparse(smallest))


def unpacked(target: ast.Tuple, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of a tuple with what each is assigned."""
    if isinstance(value, ast.Tuple):
        for name, member in zip(target.elts, value.elts, strict=False):
            if isinstance(name, ast.Name):
                yield name.id, member
    elif isinstance(value, ast.GeneratorExp) and isinstance(value.generators[0].iter, ast.Tuple):
        element = value.elt
        for name, key in zip(target.elts, value.generators[0].iter.elts, strict=False):
            if isinstance(name, ast.Name) and isinstance(element, ast.Subscript):
                yield name.id, ast.Subscript(element.value, key, ast.Load())
    else:
        for name in target.elts:
            if isinstance(name, ast.Name):
                yield name.id, value


def loops_over_parameters(node: ast.For) -> bool:
    """Whether a loop goes through the parameters."""
    text = ast.unparse(node.iter)
    return "_updates" in text or "_gradients" in text


def begins_state(node: ast.If) -> bool:
    """Whether statements are those of the first step, which set up the state."""
    return ast.unparse(node.test) in ("not state", "'step' not in state", "'x0' not in state")


def acts(statement: ast.AST) -> bool:
    """Whether a statement computes, rather than names hyper-parameters or the state."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.AugAssign):
        return True
    if isinstance(statement, ast.If):
        return not begins_state(statement)
    if isinstance(statement, ast.Assign):
        plain = (ast.Subscript, ast.Tuple, ast.GeneratorExp)
        return not isinstance(statement.value, plain)
    return isinstance(statement, ast.Return)
