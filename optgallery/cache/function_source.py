"""The part of a module of the user that one of its functions depends on.

A module often has an optimizer and a function to try it on. An edit of the optimizer then leaves
the results of other optimizers on that function as they are.

A function depends on a part of its module only if the source shows that the rest cannot change what
it computes: the module defines plain functions, classes and constants, and its code neither assigns
to its own global names nor reaches into a function. Otherwise it depends on the whole module.
"""

import ast
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import NamedTuple

from optgallery.cache.source_graph import file_stamp, parsed


class Part(NamedTuple):
    """What a function depends on in its module.

    Attributes
    ----------
    names : frozenset of str
        All names that its code and the functions and constants that it uses have.
    source : str
        The syntax trees of these definitions and imports, without line numbers.
    """

    names: frozenset[str]
    source: str


class _WholeModuleError(Exception):
    """The function may depend on anything in its module."""


_REACHES_ANYTHING = {
    "__builtins__",
    "__code__",
    "__defaults__",
    "__dict__",
    "__globals__",
    "__import__",
    "__kwdefaults__",
    "compile",
    "delattr",
    "eval",
    "exec",
    "globals",
    "import_module",
    "locals",
    "modules",
    "setattr",
    "vars",
}
_CHANGE_NO_ARGUMENT = {
    "OptimizerSpec",
    "TestFunction",
    "dict",
    "float",
    "frozenset",
    "partial",
    "tensor",
    "tuple",
}
_DECORATORS = {
    "classmethod",
    "property",
    "staticmethod",
    "torch.enable_grad()",
    "torch.inference_mode()",
    "torch.no_grad",
    "torch.no_grad()",
}
_NOT_ON_IMPORT = {"TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'"}
_CONSTANTS = {"math.e", "math.pi", "math.tau", "np.e", "np.pi", "numpy.pi", "torch.pi"}


def part_for(function: FunctionType, file: Path) -> Part | None:
    """Return the part of a module that a function depends on.

    Parameters
    ----------
    function : function
    file : Path
        The file of its module.

    Returns
    -------
    Part or None
        None if it depends on the whole module, or this cannot be told.

    Raises
    ------
    UnidentifiableError
        If the file cannot be read or is no Python code.
    """
    name = function.__name__
    # also what a decorator has made is no definition in the file
    if function.__qualname__ != name or function.__closure__ or vars(function):
        return None
    return _part(name, file, file_stamp(file)) if file.suffix == ".py" else None


@cache
def _part(
    name: str,
    file: Path,
    stamp: tuple[int, int],  # noqa: ARG001  (part of the key)
) -> Part | None:
    tree = parsed(file)
    try:
        definitions, imported = _top_level(tree)
        return _needed_by(name, tree, definitions, imported)
    except _WholeModuleError:
        return None


def _needed_by(
    name: str, tree: ast.Module, definitions: dict[str, ast.stmt], imported: dict[str, str]
) -> Part:
    """Follow the names from a function through the definitions of its module."""
    source: dict[str, str] = {}
    names = {name}
    functions = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in source:
            continue
        if current in imported:
            source[current] = imported[current]
            continue
        node = definitions.get(current)
        if node is None and current != name:
            continue  # a builtin or a local name
        if not _is_unchangeable(node):
            raise _WholeModuleError
        assert node is not None
        source[current] = ast.dump(node)
        if isinstance(node, ast.FunctionDef):
            functions.add(current)
        found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        names |= found
        waiting += found
    # functions may have data of their own, which any code can change
    attributes = (node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    if any(isinstance(owner, ast.Name) and owner.id in functions for owner in attributes):
        raise _WholeModuleError
    return Part(frozenset(names), repr(sorted(source.items())))


def _top_level(tree: ast.Module) -> tuple[dict[str, ast.stmt], dict[str, str]]:
    """Return the definitions and the imports at the top of a module by name.

    Raises
    ------
    _WholeModuleError
        If a statement does more than define names, or a name has two definitions.
    """
    for node in ast.walk(tree):
        used = getattr(node, "id", None) or getattr(node, "attr", None)
        if isinstance(node, ast.Global) or used in _REACHES_ANYTHING:
            raise _WholeModuleError
    definitions: dict[str, ast.stmt] = {}
    imported: dict[str, str] = {}
    for node in tree.body:
        for bound, source in _imports_of(node):
            imported[bound] = f"{imported.get(bound, '')}{source}; "
        for bound in _bound_by(node):
            if bound in definitions:
                raise _WholeModuleError
            definitions[bound] = node
    if "*" in imported or not imported.keys().isdisjoint(definitions):
        raise _WholeModuleError
    own = definitions.keys()
    if any(_changes_import(node, imported) for node in ast.walk(tree)):
        raise _WholeModuleError
    if not all(_only_defines(node, own) for node in tree.body):
        raise _WholeModuleError
    return definitions, imported


def _imports_of(node: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], ast.dump(alias)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            origin = f"{'.' * node.level}{node.module or ''}"
            yield alias.asname or alias.name, f"{origin} {ast.dump(alias)}"


def _changes_import(node: ast.AST, imported: dict[str, str]) -> bool:
    """Whether a node assigns to, or deletes, an attribute of something imported."""
    if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
        return False
    return ast.unparse(node).partition(".")[0] in imported


def _bound_by(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            targets = node.targets
        case ast.AnnAssign():
            targets = [node.target]
        case _:
            return []
    if not all(isinstance(target, ast.Name) for target in targets):
        raise _WholeModuleError
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _only_defines(node: ast.stmt, own: Set[str]) -> bool:
    """Whether a statement that is run when the module is loaded changes nothing that exists."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If():
            return not node.orelse and ast.unparse(node.test) in _NOT_ON_IMPORT
        case ast.FunctionDef():
            given = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            decorators = {ast.unparse(each) for each in node.decorator_list}
            return decorators <= _DECORATORS and all(_only_reads(each, own) for each in given)
        case ast.ClassDef():
            head = [*node.bases, *(keyword.value for keyword in node.keywords)]
            return (
                not node.decorator_list
                and all(isinstance(each, (ast.Name, ast.Attribute)) for each in head)
                and not any(isinstance(each, ast.If) for each in node.body)
                and all(_only_defines(each, own) for each in node.body)
            )
        case ast.Assign() | ast.AnnAssign():
            return node.value is None or _only_reads(node.value, own)
        case _:
            return False


def _only_reads(value: ast.expr, own: Set[str]) -> bool:
    """Whether an expression changes none of the objects that it is made of."""
    for node in ast.walk(value):
        if isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
            return False
        if isinstance(node, ast.Call):
            root, _, _ = ast.unparse(node.func).partition(".")
            last = node.func.attr if isinstance(node.func, ast.Attribute) else root
            if last not in _CHANGE_NO_ARGUMENT or root in own:
                return False
    return True


def _is_unchangeable(node: ast.stmt | None) -> bool:
    """Whether what a definition stands for cannot be changed in place."""
    match node:
        case ast.FunctionDef():
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            return not node.decorator_list and all(map(_is_immutable, defaults))
        case ast.Assign() | ast.AnnAssign():
            return node.value is not None and _is_immutable(node.value)
        case _:
            return False


def _is_immutable(value: ast.expr) -> bool:
    match value:
        case ast.Constant() | ast.Name():  # the definition of a name is judged in its turn
            return True
        case ast.Attribute():
            return ast.unparse(value) in _CONSTANTS
        case ast.Tuple():
            return all(map(_is_immutable, value.elts))
        case ast.UnaryOp():
            return _is_immutable(value.operand)
        case ast.BinOp():
            return _is_immutable(value.left) and _is_immutable(value.right)
        case _:
            return False
