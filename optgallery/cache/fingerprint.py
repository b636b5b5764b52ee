"""What a result depends on: the sources and versions behind classes, functions and settings.

Two values have the same `identity` where nothing that could change a result differs between them.
The identity of a class or a function covers the source of its module and of all that the module
imports, as far as that is code of this package or of the user, what of these is loaded at this
moment, and the versions of the libraries beneath. Files that a program reads are not covered.
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

from optgallery.cache.source_graph import (
    PACKAGE,
    UnidentifiableError,
    defining_module,
    file_digest,
    file_of,
    file_stamp,
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
    # a formula may make tensors of its own
    hashed = hashlib.sha256(f"{_machine()} {torch.get_default_dtype()}".encode())
    for value in values:
        hashed.update(identity(value).encode() + _SEPARATOR)
    return hashed.hexdigest()[:32]


def identity(value: Any) -> str:
    """Spell out a value together with whatever its behaviour depends on.

    Nothing is read from a ``repr`` that may leave something out: a tensor counts by its bytes.

    Raises
    ------
    UnidentifiableError
        If that cannot be told.

    Examples
    --------
    >>> identity({"lr": 0.1, "betas": (0.9, 0.999)})
    "{'betas': (0.9, 0.999), 'lr': 0.1}"
    """
    try:
        return _identity(value)
    except UnidentifiableError:
        raise
    except Exception as error:  # whatever an object does on being looked at
        raise _unidentifiable(value) from error


def _identity(value: Any) -> str:
    if (spelled := _simple(value)) is not None:
        return spelled
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
        said = repr(value)
    except Exception:  # of its own class
        said = f"a {type(value).__name__}"
    return UnidentifiableError(f"cannot tell what {said} depends on")


def sources(*modules: ModuleType | str) -> str:
    """Return the digest of modules and of everything that they import, as 32 hexadecimal digits.

    Modules are given themselves or, where importing them would be a circle, by name. Libraries
    count by their versions, this package and the user's own code by its text. What a package's
    ``__init__`` only passes on is looked up where it is defined.

    Raises
    ------
    ModuleNotFoundError
        If there is no such module: one that was renamed must not be left out unnoticed.
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
    return sorted({defining_module(PACKAGE, name) for name in names})


def package_digest() -> str:
    """Return the digest of all of this package's files, to compare two installations."""
    folder = Path(import_module(PACKAGE).__file__ or "").parent
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        hashed.update(path.relative_to(folder).as_posix().encode() + _SEPARATOR)
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:32]


@cache
def _machine() -> str:
    """Name what decides how numbers are rounded."""
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} {platform.system()} {capability} {sys.version_info[:3]}"


def _simple(value: Any) -> str | None:
    """Spell a value that depends on nothing else; None if it is not of that kind."""
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
    """Identify a class or a function by its address, its sources and the code that is loaded."""
    file, module, name = _origin(thing), thing.__module__, thing.__qualname__
    if is_library(module):
        # one's own package, installed again and again, may keep its version
        return f"{module}.{name} {version_of(module)} {file_digest(file)}"
    family = thing.__mro__ if isinstance(thing, type) else (thing,)
    for member in family:
        if not _is_of_library(member):
            _origin(member)
    own, libraries, eager = transitive_imports(member.__module__ for member in family)
    hashed = hashlib.sha256(_texts(own, libraries).encode())
    for loaded in sorted(eager & own.keys() & sys.modules.keys()):
        # an edited file that has not been loaded again must not lend its text to what is running
        hashed.update(f"{loaded} {_loaded(loaded, own[loaded])}".encode())
    if isinstance(thing, FunctionType):
        hashed.update(_enclosed(thing).encode())
    return f"{module}.{name} {hashed.hexdigest()[:32]}"


def _is_of_library(member: Any) -> bool:
    """Whether a base class counts by the version of its library."""
    module = member.__module__
    if module == "builtins":  # which is also said of what `exec` made
        return vars(builtins).get(member.__name__) is member
    return isinstance(module, str) and is_library(module)


def _enclosed(function: FunctionType) -> str:
    """Identify what a function encloses, as one that a decorator returned does."""
    spelled: list[str] = []
    for cell in function.__closure__ or ():
        inner = cell.cell_contents
        if isinstance(inner, FunctionType) and inner.__module__ == function.__module__:
            # the module's text tells its code, wherever in it that is written
            spelled.append(f"{inner.__qualname__} {_spell_function(inner)!r} {_enclosed(inner)}")
        else:
            spelled.append(identity(inner))
    return ", ".join(spelled)


def _origin(thing: Any) -> Path:
    """Return the file that a class or a function can be imported from, and is."""
    # what `exec` made may have no module, or one that was never imported
    module, name = getattr(thing, "__module__", None), thing.__qualname__
    found: Any = sys.modules.get(module) if isinstance(module, str) else None
    file = None if found is None or module == "__main__" else file_of(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    # what a decorator made in a notebook carries the name of what it wraps, but is not it
    if file is None or found is not thing:
        raise UnidentifiableError(
            f"cannot tell what {name} depends on, for it cannot be imported from a file; "
            "write it in a module of its own"
        )
    return file


def _loaded(module: str, path: Path) -> str:
    """Return a digest of the functions, classes and plain values of a module, as it is loaded."""
    if module.partition(".")[0] == PACKAGE:
        return _loaded_once(module, file_stamp(path))
    return _spell_module(sys.modules[module])


@cache
def _loaded_once(module: str, stamp: tuple[int, int]) -> str:  # noqa: ARG001  (part of the key)
    return _spell_module(sys.modules[module])


def _spell_module(module: ModuleType) -> str:
    members = sorted((k, v) for k, v in vars(module).items() if not k.startswith("__"))
    spelled = [(name, _spell(value, module.__name__)) for name, value in members]
    return hashlib.sha256(repr(spelled).encode()).hexdigest()[:32]


def _spell(value: Any, module: str) -> Any:
    """Spell what a module holds: its own code and whatever can be spelled out."""
    value = _unwrapped(value)
    if isinstance(value, FunctionType):
        return _spell_function(value) if value.__module__ == module else None
    if isinstance(value, type):
        return _spell_class(value) if value.__module__ == module else None
    return _plain(value)


def _spell_function(function: FunctionType) -> tuple[Any, ...]:
    closed = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
    given = (function.__defaults__, function.__kwdefaults__, dict(closed))
    return _spell_code(function.__code__), _plain(given)


def _spell_class(cls: type) -> list[Any]:
    spelled: list[Any] = []
    for name, member in sorted(vars(cls).items()):
        own = _unwrapped(member)
        inherited = (_unwrapped(vars(base)[name]) for base in cls.__mro__[1:] if name in vars(base))
        if own is next(inherited, None):
            continue  # torch gives each class a wrapped copy of the step that it inherits
        if isinstance(own, FunctionType):
            spelled.append((name, _spell_function(own)))
        elif not name.startswith("__"):
            spelled.append((name, _plain(own)))
    return spelled


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


def _plain(value: Any) -> str:
    """Spell numbers, words, arrays and collections of them; the text tells what the rest is."""
    if (spelled := _simple(value)) is not None:
        return spelled
    if isinstance(value, (set, frozenset)):
        return f"({', '.join(sorted(map(_plain, value)))})"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_plain, value))})"
    if type(value) is dict:
        return f"{{{', '.join(f'{_plain(k)}: {_plain(v)}' for k, v in value.items())}}}"
    if isinstance(value, partial):
        return _plain((value.args, value.keywords))
    return type(value).__name__


def _spell_code(code: CodeType) -> tuple[Any, ...]:
    """Spell what a code object does, without where it stands."""
    constants = [_spell_code(c) if isinstance(c, CodeType) else _steady(c) for c in code.co_consts]
    return code.co_code, constants, code.co_names, code.co_varnames


def _steady(constant: object) -> str:
    """Spell a constant; the order of a frozenset changes from process to process."""
    return repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)
