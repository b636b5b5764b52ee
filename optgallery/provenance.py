"""What a result depends on: the sources and versions behind classes, functions and settings.

Two values have the same `identity` where nothing that could change a result differs between them.
The identity of a class or a function covers the source of its module and of all that the module
imports, as far as that is code of this package or of the user, and the versions of the libraries
beneath.
"""

import ast
import hashlib
import inspect
import platform
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

_LIBRARIES = tuple(
    Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib", "stdlib", "platstdlib")
)
_SEPARATOR = b"\0"


class UnidentifiableError(TypeError):
    """A value whose origin cannot be told, such as a function written in a notebook."""


def digest(*values: Any) -> str:
    """Return 32 hexadecimal digits that stand for these values and for this machine's arithmetic.

    Parameters
    ----------
    *values
        Numbers, strings, classes, functions of modules, and collections and dataclasses of them.

    Returns
    -------
    str

    Raises
    ------
    UnidentifiableError
        If a class or a function cannot be imported from a file: it may change unnoticed.
    """
    hashed = hashlib.sha256(_machine().encode())
    for value in values:
        hashed.update(identity(value).encode() + _SEPARATOR)
    return hashed.hexdigest()[:32]


def identity(value: Any) -> str:
    """Spell out a value together with whatever its behaviour depends on.

    Raises
    ------
    UnidentifiableError
        If that cannot be told.

    Examples
    --------
    >>> identity({"lr": 0.1, "betas": (0.9, 0.999)})
    "{'betas': (0.9, 0.999), 'lr': 0.1}"
    """
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return repr(value)
        case tuple() | list():
            return f"({', '.join(map(identity, value))})"
        case Mapping():
            items = sorted((identity(k), identity(v)) for k, v in value.items())
            return "{" + ", ".join(f"{k}: {v}" for k, v in items) + "}"
        case type() | FunctionType():
            return _importable(value)
    if is_dataclass(value) and not isinstance(value, type):
        values = {f.name: getattr(value, f.name) for f in fields(value) if f.compare}
        return f"{_importable(type(value))}{identity(values)}"
    if _is_library(type(value).__module__) and not repr(value).startswith("<"):
        return repr(value)  # as torch.float64
    raise UnidentifiableError(f"cannot tell what {value!r} depends on")


def sources(*modules: str) -> str:
    """Return the digest of modules and of everything that they import, as 32 hexadecimal digits.

    Libraries count by their versions, the importing package and the user's own code by its text.
    What a package's ``__init__`` only passes on is looked up where it is defined.
    """
    return _digest_of(frozenset(modules))


def public_modules() -> list[str]:
    """Name the modules in which this package's public names are defined."""
    package = __name__.partition(".")[0]
    return sorted({_home(package, name) for name in import_module(package).__all__})


def package_digest() -> str:
    """Return the digest of all of this package's files, to compare two installations."""
    package = __name__.partition(".")[0]
    folder = Path(import_module(package).__file__ or "").parent
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        hashed.update(path.relative_to(folder).as_posix().encode() + _SEPARATOR)
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:32]


@cache
def _machine() -> str:
    """Name what decides how numbers are rounded."""
    import torch

    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} {platform.system()} {capability} {sys.version_info[:3]}"


@cache
def _importable(thing: Any) -> str:
    """Identify a class or a function by its address, its sources and the code that is loaded."""
    module, name = thing.__module__, thing.__qualname__
    if _is_library(module):
        return f"{module}.{name} {_version(module)}"
    if module == "__main__" or "<" in name or _file(module) is None:
        raise UnidentifiableError(
            f"cannot tell what {name} depends on, for it does not come from a file; "
            "write it in a module of its own"
        )
    family = thing.__mro__ if isinstance(thing, type) else (thing,)
    own = [member for member in family if not _is_library(member.__module__)]
    hashed = hashlib.sha256(_digest_of(frozenset(m.__module__ for m in own)).encode())
    for member in own:
        # an edited file that has not been loaded again must not lend its name to what is running
        for code in _loaded(member):
            hashed.update(repr(_spell(code)).encode())
    return f"{module}.{name} {hashed.hexdigest()[:32]}"


def _loaded(thing: Any) -> Iterator[CodeType]:
    members = vars(thing).values() if isinstance(thing, type) else (thing,)
    for member in members:
        function = getattr(member, "__func__", getattr(member, "fget", member))
        if isinstance(function, FunctionType):
            # torch wraps an optimizer's step when the first one is constructed
            yield inspect.unwrap(function).__code__


def _spell(code: CodeType) -> tuple[Any, ...]:
    """Spell what a code object does, without where it stands."""
    constants = [_spell(c) if isinstance(c, CodeType) else _steady(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names


def _steady(constant: object) -> str:
    """Spell a constant; the order of a frozenset changes from process to process."""
    return repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


@cache
def _digest_of(modules: frozenset[str]) -> str:
    seen: dict[str, str] = {}
    libraries: set[str] = set()
    waiting = sorted(modules)
    while waiting:
        name = waiting.pop()
        if _is_library(name):
            libraries.add(name.partition(".")[0])
        elif name not in seen and (file := _file(name)):
            seen[name] = hashlib.sha256(file.read_bytes()).hexdigest()
            waiting += _imports(name)
    text = [f"{name} {found}" for name, found in sorted(seen.items())]
    text += [f"{name} {_version(name)}" for name in sorted(libraries)]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:32]


@cache
def _imports(module: str) -> frozenset[str]:
    """List the modules whose code a module imports."""
    file = _file(module)
    assert file is not None
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in _running(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, package)
            found.update(_home(source, alias.name) for alias in node.names)
    return frozenset(found)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk through a module, but not through what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (part for branch in node.orelse for part in (branch, *_running(branch)))
        else:
            yield node
            yield from _running(node)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _home(module: str, name: str) -> str:
    """Return the module in which a name is defined that can be imported from this one."""
    if _is_library(module):
        return module
    if _file(f"{module}.{name}"):
        return f"{module}.{name}"
    file = _file(module)
    if file is None or file.name != "__init__.py":
        return module
    for node in _running(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return _home(_absolute(node, module), alias.name)
    return module


@cache
def _file(module: str) -> Path | None:
    """Return the file that a module is written in; None if it has none, or is not there."""
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.has_location and spec.origin else None


@cache
def _is_library(module: str) -> bool:
    """Whether a module counts by its version: it is installed, and it is not this package."""
    root = module.partition(".")[0]
    if root == __name__.partition(".")[0] or module == "__main__":
        return False
    if root in sys.stdlib_module_names:
        return True
    file = _file(root)
    return file is not None and any(file.is_relative_to(folder) for folder in _LIBRARIES)


@cache
def _version(module: str) -> str:
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return platform.python_version()
    version = getattr(sys.modules.get(root), "__version__", None)
    if version is None:
        try:
            version = metadata.version(root)
        except metadata.PackageNotFoundError:
            version = "of unknown version"
    return str(version)
