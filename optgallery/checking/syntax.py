"""Syntax trees of updates: their nodes, and changes of them."""

import ast
import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Change = Callable[[Any], Any]
"""Returns the node that replaces a node; it may change the node itself."""


@dataclass(frozen=True, eq=False)
class Rewrite:
    """One change of an update.

    Attributes
    ----------
    kind : str
        The kind of mistake, one of `optgallery.checking.causes.KINDS`.
    text : str
        What the changed update does: "eps is added inside the root".
    rank : int
        How likely the mistake is: 0 for those that people make, more for others.
    changes : dict
        From the number of a node to its change.
    """

    kind: str
    text: str
    rank: int
    changes: dict[int, Change]


def number_nodes(tree: ast.AST) -> None:
    """Give nodes numbers, so that those below a node have the numbers up to its last one."""
    count = 0

    def visit(node: Any) -> None:
        nonlocal count
        if isinstance(node, (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)):
            return  # one object stands for all of its kind
        node.number = count
        count += 1
        for child in ast.iter_child_nodes(node):
            visit(child)
        node.last = count - 1

    visit(tree)


def number_of(node: ast.AST) -> int:
    """Return a node's number; -1 if it has none."""
    return int(getattr(node, "number", -1))


def last_of(node: ast.AST) -> int:
    """Return the largest number below a node; -2 if it has none."""
    return int(getattr(node, "last", -2))


def name_of(node: Any) -> str:
    """Return the name that a node is; empty for anything else."""
    return node.id if isinstance(node, ast.Name) else ""


def key_of(node: ast.AST) -> str:
    """Return the key of ``state["step"]``; empty for anything else."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""


def is_entry(node: ast.AST, key: str) -> bool:
    """Whether a node is an entry of the state, such as ``state["step"]``."""
    return (
        isinstance(node, ast.Subscript) and name_of(node.value) == "state" and key_of(node) == key
    )


def is_method_call(node: Any) -> bool:
    """Whether a node is a call such as ``m.mul_(beta)``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def under_root(node: Any) -> ast.expr | None:
    """Return what a root is taken of: x in ``x.sqrt()``."""
    if is_method_call(node) and node.func.attr == "sqrt" and not node.args:
        inner: ast.expr = node.func.value
        return inner
    return None


def shortened(text: str) -> str:
    """Return a text for a message, in one line."""
    text = " ".join(text.split())
    return text if len(text) <= 70 else text[:69] + "…"


def as_constant(value: float) -> Change:
    """Return the change of a node to a number."""
    return lambda _node: ast.Constant(value)


def as_statement(text: str) -> Change:
    """Return the change of a statement to others."""
    return lambda _node: ast.parse(text).body


def as_expression(text: str) -> Change:
    """Return the change of a node to an expression, in which ``_`` stands for the node."""

    def change(node: Any) -> Any:
        parsed = ast.parse(text, mode="eval").body
        return _Filled(node).visit(parsed)

    return change


class _Filled(ast.NodeTransformer):
    """Puts a node in the place of ``_``."""

    def __init__(self, node: ast.AST) -> None:
        self._node = node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return copy.deepcopy(self._node) if node.id == "_" else node


def left_out(_node: Any) -> ast.AST:
    """Replace a statement by one that does nothing."""
    return ast.Pass()


def only_left(node: Any) -> ast.AST:
    """Replace an operation by its left operand."""
    left: ast.AST = node.left
    return left


def only_right(node: Any) -> ast.AST:
    """Replace an operation by its right operand."""
    right: ast.AST = node.right
    return right


def only_object(node: Any) -> ast.AST:
    """Replace the call of a method by its object: ``x.sqrt()`` becomes ``x``."""
    inner: ast.AST = node.func.value
    return inner


def only_argument(i: int) -> Change:
    """Return the change of a call to one of its arguments."""
    return lambda node: node.args[i]


def move(i: int, j: int) -> Change:
    """Return the change of a block that moves a statement to the place of another."""

    def change(block: Any) -> Any:
        block.body.insert(j, block.body.pop(i))
        return block

    return change


def exchange_calls(node: Any) -> Any:
    """Exchange two methods: ``x.mul_(a).add_(b)`` becomes ``x.add_(b).mul_(a)``."""
    inner = node.func.value
    name, arguments, keywords = node.func.attr, node.args, node.keywords
    node.func.attr, node.args, node.keywords = inner.func.attr, inner.args, inner.keywords
    inner.func.attr, inner.args, inner.keywords = name, arguments, keywords
    return node


def negate(node: Any) -> Any:
    """Exchange plus and minus."""
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    return node


def renamed_method(name: str) -> Change:
    """Return the change of a call to that of another method."""

    def change(node: Any) -> Any:
        node.func.attr = name
        return node

    return change
