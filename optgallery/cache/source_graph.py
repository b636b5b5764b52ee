"""The import graph of modules and their files, read from the sources without importing any."""

import ast
import hashlib
import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

PACKAGE = __name__.partition(".")[0]
_STANDARD = tuple(Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib"))
# folders of installed packages; Debian uses the second name
_INSTALLED = {"site-packages", "dist-packages"}


class UnidentifiableError(TypeError):
    """The dependencies of a value cannot be determined, as for a function in a notebook."""


def transitive_imports(modules: Iterable[str]) -> tuple[dict[str, Path], set[str], set[str]]:
    """Collect everything that modules import, directly and indirectly.

    Parameters
    ----------
    modules : iterable of str
        Names of modules to start from.

    Returns
    -------
    own : dict of str to Path
        Modules of this package and of the user, with their files.
    libraries : set of str
        Top-level names of installed packages.
    eager : set of str
        The modules of ``own`` that are loaded when the given ones are imported, not later.

    Raises
    ------
    ModuleNotFoundError
        If one of the given modules does not exist.
    """
    modules = sorted(set(modules))
    for name in modules:
        if not is_library(name) and not file_of(name):
            raise ModuleNotFoundError(
                f"there is no module {name!r} whose sources could be read; name one that can be "
                "imported from a file",
                name=name,
            )
    own: dict[str, Path] = {}
    libraries: set[str] = set()
    eager: set[str] = set()
    waiting = [(name, True) for name in modules]
    while waiting:
        name, at_once = waiting.pop()
        if is_library(name):
            libraries.add(name.partition(".")[0])
            continue
        if (name in own and (name in eager or not at_once)) or not (file := file_of(name)):
            continue
        own[name] = file
        if at_once:
            eager.add(name)
        for imported, on_loading in imports(name, file):
            waiting.append((imported, at_once and on_loading))
    return own, libraries, eager


def imports(module: str, file: Path) -> Iterable[tuple[str, bool]]:
    """List the modules that a module imports, and whether it does so when it is loaded."""
    return _imports_of(module, file, file_stamp(file)) if file.suffix == ".py" else ()


@cache
def _imports_of(
    module: str,
    file: Path,
    stamp: tuple[int, int],  # noqa: ARG001  (part of the key)
) -> frozenset[tuple[str, bool]]:
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    found: set[tuple[str, bool]] = set()
    for node, on_loading in _executed_nodes(parsed(file), expressions=False):
        if isinstance(node, ast.Import):
            found.update((alias.name, on_loading) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, package)
            found.update((defining_module(source, alias.name), on_loading) for alias in node.names)
    return frozenset(found)


def parsed(file: Path) -> ast.Module:
    """Return the syntax tree of a file; raises an UnidentifiableError if it has none."""
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as error:  # the file may be half edited
        raise UnidentifiableError(f"cannot tell what {file} imports: {error}") from error


def _executed_nodes(
    tree: ast.AST, on_loading: bool = True, *, expressions: bool = True
) -> Iterator[tuple[ast.AST, bool]]:
    """Walk a module's syntax tree, leaving out what only a type checker reads.

    Parameters
    ----------
    tree : ast.AST
    on_loading : bool
        Whether the tree itself runs when the module is loaded.
    expressions : bool
        Whether to look into expressions, which are most of a tree and import nothing.

    Yields
    ------
    node : ast.AST
    on_loading : bool
        Whether the node runs when the module is loaded, rather than when a function is called.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr) and not expressions:
            continue
        yield node, on_loading
        if isinstance(node, ast.If) and _is_checking(node.test):
            inner: ast.AST = ast.Module(node.orelse, [])
        else:
            inner = node
        inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from _executed_nodes(inner, on_loading and not inside, expressions=expressions)


def _is_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def defining_module(module: str, name: str) -> str:
    """Return the module that defines a name which can be imported from this module."""
    if name == "*" or is_library(module):
        return module
    if file_of(f"{module}.{name}"):
        return f"{module}.{name}"
    file = file_of(module)
    if file is None or file.name != "__init__.py":
        return module
    # a name that the package binds twice, or defines itself, belongs to its __init__
    origins = _bindings(file, file_stamp(file)).get(name, [])
    if len(origins) != 1 or origins[0] is None:
        return module
    return defining_module(_absolute(origins[0][0], module), origins[0][1])


@cache
def _bindings(
    file: Path,
    stamp: tuple[int, int],  # noqa: ARG001  (part of the key)
) -> dict[str, list[tuple[ast.ImportFrom, str] | None]]:
    """Map every name of a module to the imports that bind it; None where the module defines it."""
    found: dict[str, list[tuple[ast.ImportFrom, str] | None]] = {}
    for node, _ in _executed_nodes(parsed(file)):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found.setdefault(alias.asname or alias.name, []).append((node, alias.name))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.setdefault(node.name, []).append(None)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(None)
    return found


@cache
def file_of(module: str) -> Path | None:
    """Return a module's file; None if it has no file or does not exist."""
    spec = _spec(module)
    return Path(spec.origin) if spec and spec.has_location and spec.origin else None


@cache
def _spec(module: str) -> ModuleSpec | None:
    """Find a module without importing anything, not even its parent packages."""
    package, _, _ = module.rpartition(".")
    try:
        if not package:
            return find_spec(module)
        above = _spec(package)
        if above is None or above.submodule_search_locations is None:
            return None
        return PathFinder.find_spec(module, above.submodule_search_locations)
    except (ImportError, ValueError):
        return None


def file_stamp(path: Path) -> tuple[int, int]:
    """Return a file's modification time and size, which change with its content."""
    try:
        stat = path.stat()
    except OSError as error:
        raise UnidentifiableError(f"cannot tell what {path} contains: {error.strerror}") from error
    return stat.st_mtime_ns, stat.st_size


def file_digest(path: Path) -> str:
    """Return a digest of a file's current content."""
    return _text_of(path, file_stamp(path))


@cache
def _text_of(path: Path, stamp: tuple[int, int]) -> str:  # noqa: ARG001  (part of the key)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]


@cache
def is_library(module: str) -> bool:
    """Whether a module is identified by its version: it is installed and not of this package."""
    root = module.partition(".")[0]
    if root == PACKAGE or module == "__main__":
        return False
    if root in sys.stdlib_module_names:
        return True
    file = file_of(root)
    return file is not None and (
        not _INSTALLED.isdisjoint(file.parts)
        or any(file.is_relative_to(folder) for folder in _STANDARD)
    )


_DISTRIBUTIONS = {"PIL": "pillow"}  # distributions that are not named like their modules


@cache
def version_of(module: str) -> str:
    """Return the version of a library, whether or not it has been imported."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return platform.python_version()
    try:
        return metadata.version(_DISTRIBUTIONS.get(root, root))
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(root, [])  # takes nearly a second
        return " ".join(f"{name} {metadata.version(name)}" for name in sorted(set(names)))
