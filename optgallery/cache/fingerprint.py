"""Fingerprints of what a result depends on: source code, versions, settings.

Two values have the same `identity` if nothing that could change a result differs between them.
The identity of a class or a function covers the source of its module and of every module that it
imports from this package or from the user's code, the code objects that are currently loaded from
them, and the versions of the libraries used. Data files that a program reads are not covered.
"""

import builtins
import hashlib
import inspect
import platform
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache, cached_property, partial
from importlib import import_module
from pathlib import Path, PurePath
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

from optgallery.cache.function_source import Part, part_for
from optgallery.cache.source_graph import (
    PACKAGE,
    UnidentifiableError,
    defining_module,
    file_digest,
    file_of,
    file_stamp,
    imports,
    is_library,
    transitive_imports,
    version_of,
)

__all__ = [
    "UnidentifiableError",
    "digest",
    "identity",
    "package_digest",
    "public_modules",
    "sources",
]

_SEPARATOR = b"\0"
_CACHED = type(cache(len))


def digest(*values: Any) -> str:
    """Return a digest of values and of what decides floating point rounding on this machine.

    Parameters
    ----------
    *values
        Numbers, strings, classes, module-level functions, and collections and dataclasses of them.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    UnidentifiableError
        If a class or a function cannot be imported from a file, since it may change unnoticed.
    """
    # a formula may create tensors of the default dtype
    hashed = hashlib.sha256(f"{_machine()} {torch.get_default_dtype()}".encode())
    for value in values:
        hashed.update(identity(value).encode() + _SEPARATOR)
    return hashed.hexdigest()[:32]


def identity(value: Any) -> str:
    """Serialize a value together with everything its behaviour depends on.

    A ``repr`` that may abbreviate is never used: a tensor is represented by a digest of its bytes.

    Raises
    ------
    UnidentifiableError
        If the dependencies cannot be determined.

    Examples
    --------
    >>> identity({"lr": 0.1, "betas": (0.9, 0.999)})
    "{'betas': (0.9, 0.999), 'lr': 0.1}"
    """
    try:
        return _identity(value)
    except UnidentifiableError:
        raise
    except Exception as error:  # user-defined attributes may raise anything
        raise _unidentifiable(value) from error


def _identity(value: Any) -> str:
    if (serialized := _serialize_simple(value)) is not None:
        return serialized
    match value:
        case tuple() | list():
            return f"({', '.join(map(identity, value))})"
        case set() | frozenset():
            return f"{{{', '.join(sorted(map(identity, value)))}}}"
        case Mapping():
            items = sorted((identity(k), identity(v)) for k, v in value.items())
            return "{" + ", ".join(f"{k}: {v}" for k, v in items) + "}"
        case type() | FunctionType():
            return _importable(value)
        case partial():
            return f"partial{identity((value.func, value.args, value.keywords))}"
    if is_dataclass(value):
        values = {f.name: getattr(value, f.name) for f in fields(value)}
        return f"{_importable(type(value))}{identity(values)}"
    raise _unidentifiable(value)


def _unidentifiable(value: object) -> UnidentifiableError:
    try:
        described = repr(value)
    except Exception:  # a user-defined __repr__ may raise anything
        described = f"a {type(value).__name__}"
    return UnidentifiableError(f"cannot tell what {described} depends on")


def sources(*modules: ModuleType | str) -> str:
    """Return the digest of modules and of everything they import.

    Libraries contribute their versions; this package and the user's code contribute their source
    text. A name that a package's ``__init__`` re-exports is resolved to the module that defines it.

    Parameters
    ----------
    *modules : module or str
        Module objects, or names where importing the module would create an import cycle.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    ModuleNotFoundError
        If there is no module of that name: a renamed module must not be dropped silently.
    """
    names = (module if isinstance(module, str) else module.__name__ for module in modules)
    own, libraries, _ = transitive_imports(names)
    return _texts(own, libraries)


def _texts(own: Mapping[str, Path], libraries: set[str]) -> str:
    text = [f"{name} {file_digest(path)}" for name, path in sorted(own.items())]
    text += [f"{name} {version_of(name)}" for name in sorted(libraries)]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:32]


def public_modules() -> list[str]:
    """Name the modules in which this package's public names are defined."""
    package = import_module(PACKAGE)
    # `functions` and `optim` are public, too, but their entries count one by one
    names = [n for n in package.__all__ if not isinstance(getattr(package, n), ModuleType)]
    found = {defining_module(PACKAGE, name) for name in names}
    # a script that uses one problem of matrices depends on all of them
    problems = f"{PACKAGE}.problems"
    found |= {defining_module(problems, name) for name in import_module(problems).__all__}
    return sorted(found)


def package_digest() -> str:
    """Return the digest of all Python files of this package, to compare two installations."""
    folder = Path(import_module(PACKAGE).__file__ or "").parent
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        hashed.update(path.relative_to(folder).as_posix().encode() + _SEPARATOR)
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:32]


@cache
def _machine() -> str:
    """Describe what decides how numbers are rounded: processor, system and Python version."""
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} {platform.system()} {capability} {sys.version_info[:3]}"


def _serialize_simple(value: Any) -> str | None:
    """Serialize a value that depends on no code; None for any other value."""
    match value:
        case None | bool() | int() | float() | complex() | str() | bytes() | PurePath():
            return repr(value)
        case torch.dtype() | torch.device():
            return repr(value)
        case torch.Tensor() if value.layout == torch.strided:
            octets = value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy()
            kind = f"{value.dtype} {tuple(value.shape)}"
        case np.ndarray() | np.generic() if not value.dtype.hasobject:
            octets, kind = np.asarray(value), f"{value.dtype} {value.shape}"
        case _:
            return None
    return f"{type(value).__name__} {kind} {hashlib.sha256(octets.tobytes()).hexdigest()[:32]}"


def _importable(thing: Any) -> str:
    """Identify a class or a function by its import path, its sources and the loaded code."""
    file, module, name = _origin(thing), thing.__module__, thing.__qualname__
    if is_library(module):
        # a package under development may be reinstalled without a new version
        return f"{module}.{name} {version_of(module)} {file_digest(file)}"
    family = thing.__mro__ if isinstance(thing, type) else (thing,)
    for member in family:
        if not _is_of_library(member):
            _origin(member)
    own, libraries, eager = transitive_imports(member.__module__ for member in family)
    part = _part_of_module(thing, own) if isinstance(thing, FunctionType) else None
    if part is not None:
        own = {name: path for name, path in own.items() if name != module}
    hashed = hashlib.sha256(_texts(own, libraries).encode())
    if part is not None:
        hashed.update(f"{part.source} {_loaded_part(thing, part)}".encode())
    for loaded in sorted(eager & own.keys() & sys.modules.keys()):
        # after an edit, the file differs from the code that is loaded until it is imported again
        hashed.update(f"{loaded} {_loaded(loaded, own[loaded])}".encode())
    if isinstance(thing, FunctionType):
        hashed.update(_identify_closure(thing).encode())
    return f"{module}.{name} {hashed.hexdigest()[:32]}"


def _part_of_module(function: FunctionType, own: Mapping[str, Path]) -> Part | None:
    """Return the part of its module that a function of the user depends on; None if all of it."""
    module = function.__module__
    if module.partition(".")[0] == PACKAGE:
        return None
    # what imports the module may use any part of it
    if any(name == module for other, path in own.items() for name, _ in imports(other, path)):
        return None
    return part_for(function, own[module])


def _loaded_part(function: FunctionType, part: Part) -> str:
    """Return what a part of a module stands for in this process."""
    members = function.__globals__
    loaded = [
        (name, _serialize(members[name], function.__module__))
        for name in sorted(part.names)
        if name in members
    ]
    return hashlib.sha256(repr(loaded).encode()).hexdigest()[:32]


def _is_of_library(member: Any) -> bool:
    """Whether a base class is identified by the version of its library."""
    module = member.__module__
    if module == "builtins":  # classes made by `exec` claim this module, too
        return vars(builtins).get(member.__name__) is member
    return isinstance(module, str) and is_library(module)


def _identify_closure(function: FunctionType) -> str:
    """Identify the values in a function's closure, such as what a decorator wrapped."""
    serialized: list[str] = []
    for cell in function.__closure__ or ():
        inner = cell.cell_contents
        if isinstance(inner, FunctionType) and inner.__module__ == function.__module__:
            # its code is part of the module's text, wherever in the module it is written
            serialized.append(
                f"{inner.__qualname__} {_serialize_function(inner)!r} {_identify_closure(inner)}"
            )
        else:
            serialized.append(identity(inner))
    return ", ".join(serialized)


def _origin(thing: Any) -> Path:
    """Return the file from which a class or a function can be imported."""
    # an object made by `exec` may have no module, or one that was never imported
    module, name = getattr(thing, "__module__", None), thing.__qualname__
    found: Any = sys.modules.get(module) if isinstance(module, str) else None
    file = None if found is None or module == "__main__" else file_of(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    # a wrapper made by a decorator in a notebook has the wrapped function's name, but is not it
    if file is None or found is not thing:
        raise UnidentifiableError(
            f"cannot tell what {name} depends on, because it cannot be imported from a file; "
            "move it to a separate module"
        )
    return file


def _loaded(module: str, path: Path) -> str:
    """Return a digest of the functions, classes and plain values of a loaded module."""
    if module.partition(".")[0] == PACKAGE:
        return _loaded_once(module, file_stamp(path))
    return _serialize_module(sys.modules[module])


@cache
def _loaded_once(module: str, stamp: tuple[int, int]) -> str:  # noqa: ARG001  (part of the key)
    return _serialize_module(sys.modules[module])


def _serialize_module(module: ModuleType) -> str:
    members = sorted((k, v) for k, v in vars(module).items() if not k.startswith("__"))
    serialized = [(name, _serialize(value, module.__name__)) for name, value in members]
    return hashlib.sha256(repr(serialized).encode()).hexdigest()[:32]


def _serialize(value: Any, module: str) -> Any:
    """Serialize a member of a module: code that the module defines, or plain data."""
    value = _unwrapped(value)
    if isinstance(value, FunctionType):
        return _serialize_function(value) if value.__module__ == module else None
    if isinstance(value, type):
        return _serialize_class(value) if value.__module__ == module else None
    return _serialize_plain(value)


def _serialize_function(function: FunctionType) -> tuple[Any, ...]:
    closed = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    given = (function.__defaults__, function.__kwdefaults__, dict(closed))
    return _serialize_code(function.__code__), _serialize_plain(given)


def _serialize_class(cls: type) -> list[Any]:
    serialized: list[Any] = []
    for name, member in sorted(vars(cls).items()):
        own = _unwrapped(member)
        inherited = (_unwrapped(vars(base)[name]) for base in cls.__mro__[1:] if name in vars(base))
        if own is next(inherited, None):
            continue  # torch gives each class a wrapped copy of its inherited step
        if isinstance(own, FunctionType):
            serialized.append((name, _serialize_function(own)))
        elif not name.startswith("__"):
            serialized.append((name, _serialize_plain(own)))
    return serialized


def _unwrapped(member: Any) -> Any:
    """Return the function behind a method, a property, or torch's or functools' wrappers."""
    match member:
        case classmethod() | staticmethod():
            member = member.__func__
        case property():
            member = member.fget
        case cached_property():
            member = member.func
    return inspect.unwrap(member) if isinstance(member, (FunctionType, _CACHED)) else member


def _serialize_plain(value: Any) -> str:
    """Serialize plain data; other objects are covered by the source text, so the type suffices."""
    if (serialized := _serialize_simple(value)) is not None:
        return serialized
    if isinstance(value, (set, frozenset)):
        return f"({', '.join(sorted(map(_serialize_plain, value)))})"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_serialize_plain, value))})"
    if type(value) is dict:
        items = (f"{_serialize_plain(k)}: {_serialize_plain(v)}" for k, v in value.items())
        return f"{{{', '.join(items)}}}"
    if isinstance(value, partial):
        return _serialize_plain((value.args, value.keywords))
    return type(value).__name__


def _serialize_code(code: CodeType) -> tuple[Any, ...]:
    """Serialize what a code object does, without its file name and line numbers."""
    constants = [
        _serialize_code(c) if isinstance(c, CodeType) else _stable_repr(c) for c in code.co_consts
    ]
    return code.co_code, constants, code.co_names, code.co_varnames


def _stable_repr(constant: object) -> str:
    """Return a constant's repr; the order of a frozenset varies between processes."""
    return repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)
