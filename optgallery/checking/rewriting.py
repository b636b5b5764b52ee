"""Variants of an optimizer's update: its source, with one place changed.

The classes of `optgallery.optim` are written in one style: ``for group, state, theta, g in
self._updates()``, a counter ``state["step"]``, moving averages as ``m.mul_(beta).add_(...)``. So
the mistakes that people make in an update are small changes of its syntax tree: a bias correction
that is missing, `eps` inside the root, another order of two statements.
"""

import ast
import copy
import inspect
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from torch.optim import Optimizer

from optgallery.checking.plain import PLAIN
from optgallery.checking.slips import slips
from optgallery.checking.syntax import Change, Rewrite, last_of, number_nodes, number_of
from optgallery.checking.update_function import UpdateFunction
from optgallery.checking.usual_mistakes import usual_mistakes

_NOT_UPDATES = {
    "__init__",
    "add_param_group",
    "load_state_dict",
    "state_dict",
    "_pack",
    "_unpack",
    "_draw",
    "_after_loading",
}


class Update:
    """The source of a class, from which variants of the class are made.

    Parameters
    ----------
    cls : type
        A class of `optgallery.optim`, or one of PyTorch's that has a plain form.
    """

    def __init__(self, cls: type[Optimizer]) -> None:
        self.cls = PLAIN.get(cls, cls)
        module = sys.modules[self.cls.__module__]
        tree = ast.parse(inspect.getsource(module))
        kept: list[ast.stmt] = []
        kept += [n for n in tree.body if isinstance(n, (ast.ClassDef, ast.FunctionDef))]
        self._globals = vars(module)
        self.tree = ast.Module(kept, [])
        number_nodes(self.tree)

    def variant(self, rewrites: Iterable[Rewrite]) -> type[Optimizer]:
        """Return the class with some changes."""
        changes: dict[int, list[Change]] = {}
        for rewrite in rewrites:
            for number, change in rewrite.changes.items():
                changes.setdefault(number, []).append(change)
        changed = _Changed(changes)
        space = dict(self._globals)
        methods = self._methods
        touched = [m for m in methods if changed.concerns(m)]
        if all(any(number_of(m) <= n <= last_of(m) for m in touched) for n in changes):
            _execute(list(map(changed.visit, touched)), space)
            members = {m.name: space[m.name] for m in touched}
            return type(self.cls.__name__, (self.cls,), members)
        names = self.names
        _execute(
            [changed.visit(n) for n in self.tree.body if getattr(n, "name", None) in names], space
        )
        made: type[Optimizer] = space[self.cls.__name__]
        return made

    @cached_property
    def _methods(self) -> list[ast.FunctionDef]:
        """Return the methods of the class itself that can be compiled alone."""
        own = next(n for n in self.tree.body if getattr(n, "name", None) == self.cls.__name__)
        assert isinstance(own, ast.ClassDef)
        return [
            m
            for m in own.body
            if isinstance(m, ast.FunctionDef) and "super()" not in ast.unparse(m)
        ]

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the names of the class, its bases in the module, and the functions they use."""
        defined = {getattr(node, "name", ""): node for node in self.tree.body}
        wanted, found = [self.cls.__name__], set()
        while wanted:
            name = wanted.pop()
            if name in found or name not in defined:
                continue
            found.add(name)
            used = (n.id for n in ast.walk(defined[name]) if isinstance(n, ast.Name))
            wanted += used
        return frozenset(found)

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Yield the functions that take part in a step."""
        for node in self.tree.body:
            if getattr(node, "name", None) not in self.names:
                continue
            members = node.body if isinstance(node, ast.ClassDef) else [node]
            for member in members:
                if isinstance(member, ast.FunctionDef) and member.name not in _NOT_UPDATES:
                    yield member

    @cached_property
    def rewrites(self) -> tuple[Rewrite, ...]:
        """Return all single changes."""
        return tuple(
            rewrite
            for function in self.functions()
            for of in (UpdateFunction(function),)
            for rewrite in (*usual_mistakes(of), *slips(of))
        )


def _execute(nodes: list[Any], space: dict[str, Any]) -> None:
    tree = ast.Module([*nodes], [])
    exec(compile(tree, "<variant of an update>", "exec"), space)


class _Changed:
    """Applies changes to a tree, and copies only the nodes above them."""

    def __init__(self, changes: dict[int, list[Change]]) -> None:
        self._changes = changes

    def concerns(self, node: Any) -> bool:
        """Whether a change is at or below a node."""
        return any(number_of(node) <= number <= last_of(node) for number in self._changes)

    def visit(self, node: Any) -> Any:
        """Return a node with its changes."""
        if not self.concerns(node):
            return node
        changed = copy.copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                members: list[Any] = []
                for member in value:
                    visited = self.visit(member) if isinstance(member, ast.AST) else member
                    members += visited if isinstance(visited, list) else [visited]
                setattr(changed, name, members)
            elif isinstance(value, ast.AST):
                setattr(changed, name, self.visit(value))
        for change in self._changes.get(number_of(node), ()):
            if not isinstance(changed, (ast.For, ast.If, ast.FunctionDef)):
                changed = copy.deepcopy(changed)
            changed = change(changed)
            for each in changed if isinstance(changed, list) else [changed]:
                ast.fix_missing_locations(ast.copy_location(each, node))
        return changed
