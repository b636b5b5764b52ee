"""Write values as Python code: numbers as literals, classes and functions as imports."""

import ast
import builtins
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from itertools import accumulate, chain, count
from keyword import iskeyword
from math import isfinite
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np
import torch

from optgallery.arguments import describe

_KNOWN = {"og": "optgallery", "np": "numpy", "torch": "torch"}
_RESERVED = {*_KNOWN, *dir(builtins), "trajectory", "points"}

_SCRIPTS = ("__main__", "__mp_main__")  # a script or notebook, also in its worker processes

_TORCH_CONSTANTS = (torch.dtype, torch.layout, torch.memory_format)


class ImportPath(NamedTuple):
    """Where an object can be imported from: a module, and the dotted name inside it."""

    module: str
    path: str


class Description:
    """Stands for a value that a file could not hold; only its description was saved.

    Parameters
    ----------
    words : str
    """

    def __init__(self, words: str) -> None:
        self.words = " ".join(words.split())  # may be written in a one-line comment

    def __repr__(self) -> str:
        return self.words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Description) and self.words == other.words

    def __hash__(self) -> int:
        return hash(self.words)


class Expressions:
    """Collects what generated code needs: imports, and names that cannot be imported.

    Attributes
    ----------
    imports : list of str
        Import statements for classes and functions.
    missing : dict of str to str
        Names that have to be defined before the code is run, such as a function of a notebook or a
        lambda, each with a description of its value; empty if the name is the value's own.
    """

    def __init__(self) -> None:
        self.imports = ["import optgallery as og"]
        self.missing: dict[str, str] = {}
        # the object of each name, kept alive so that its id is not used again
        self._named: dict[str, Any] = {}

    def name(self, obj: Any, fallback: str) -> str:
        """Return a name by which the code can refer to a class, a function or another object.

        Parameters
        ----------
        obj : object
        fallback : str
            Its name if it has none of its own and cannot be imported.
        """
        for known, bound in self._named.items():
            if bound is obj and known in self.missing:
                return known
        if where := _import_path(obj):
            return self._imported(where)
        own = getattr(obj, "__name__", "")
        name = own if own.isidentifier() and not iskeyword(own) else fallback
        name = name if name.isidentifier() and not iskeyword(name) else "value"
        name = next(n for n in _numbered(name) if n not in self._named and n not in _RESERVED)
        self._named[name] = obj
        named = name == own and not getattr(obj, "__closure__", None)
        self.missing[name] = "" if named else _describe(obj)
        return name

    def value(self, name: str, value: Any) -> str:
        """Write a value as code; a value without a literal becomes a missing name.

        Parameters
        ----------
        name : str
            The name to use for a missing value.
        value : object
        """
        if (write := _BY_TYPE.get(type(value))) is not None:
            return write(self, name, value)
        for cls, write in _BY_CLASS:
            if isinstance(value, cls):
                return write(self, name, value)
        if isinstance(value, Description) or _import_path(value):
            return self.name(value, name)
        if is_dataclass(value):
            return self._dataclass(name, value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            members = ", ".join(self.value(name, member) for member in value)
            return f"{self.name(type(value), name)}({members})"
        text = repr(value)
        with suppress(SyntaxError, ValueError):
            if type(ast.literal_eval(text)) is type(value):
                return text
        return self._call(name, value, text)

    def add_import(self, line: str) -> None:
        """Add an import statement, unless it has been added."""
        if line not in self.imports:
            self.imports.append(line)

    def _imported(self, where: ImportPath) -> str:
        """Import a name, or the outermost class that contains it, and return the dotted name."""
        module, (root, *inner) = where.module, where.path.split(".")
        if module == "builtins":
            return where.path
        obj = vars(sys.modules[module])[root]
        names = chain((root,), _numbered(f"{_last_part(module)}_{root}"))
        name = next(n for n in names if n not in _RESERVED and self._named.get(n, obj) is obj)
        self._named[name] = obj
        self.add_import(f"from {module} import {root}" + (f" as {name}" if name != root else ""))
        return ".".join((name, *inner))

    def _module(self, name: str, module: ModuleType) -> str:
        for known, path in _KNOWN.items():
            if module.__name__ == path:
                self.add_import(f"import {path} as {known}" if known != path else f"import {path}")
                return known
        path = module.__name__
        if path in _SCRIPTS or sys.modules.get(path) is not module:
            return self.name(module, name)
        names = _numbered(_last_part(path))
        name = next(n for n in names if n not in _RESERVED and self._named.get(n, module) is module)
        self._named[name] = module
        self.add_import(f"import {path} as {name}" if path != name else f"import {path}")
        return name

    def _method(self, name: str, value: MethodType) -> str:
        of = value.__self__
        if _import_path(of) or isinstance(of, type) or is_dataclass(of):
            return f"{self.value(name, of)}.{value.__name__}"
        return self.name(value, name)

    def _partial(self, name: str, value: "partial[Any]") -> str:
        inside = [self.value(name, value.func), *(self.value(name, v) for v in value.args)]
        pairs = [(k, self.value(k, v)) for k, v in value.keywords.items()]
        inside += [f"{k}={v}" for k, v in pairs if is_keyword(k)]
        if others := [f"{quote(k)}: {v}" for k, v in pairs if not is_keyword(k)]:
            inside.append(f"**{{{', '.join(others)}}}")
        return f"{self.name(partial, 'partial')}({', '.join(inside)})"

    def _enum(self, name: str, value: Enum) -> str:
        cls = self.name(type(value), name)
        if value.name in type(value).__members__:
            return f"{cls}.{value.name}"
        return f"{cls}({self.value(name, value.value)})"  # a combination of flags has no member

    def _dataclass(self, name: str, value: Any) -> str:
        settable = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        try:
            type(value)(**settable)
        except Exception:  # the class defines another constructor
            return self.name(value, name)
        arguments = ", ".join(f"{f}={self.value(f, member)}" for f, member in settable.items())
        return f"{self.name(type(value), name)}({arguments})"

    def _call(self, name: str, value: Any, text: str) -> str:
        """Return a value's repr if that is a call of its class which gives an equal value."""
        cls = type(value)
        if text.startswith(f"{cls.__name__}(") and _import_path(cls):
            with suppress(Exception):  # raised by a user's class
                if eval(text, {cls.__name__: cls}) == value:
                    return self.name(cls, name) + text.removeprefix(cls.__name__)
        return self.name(value, name)

    def _list(self, name: str, value: list[Any]) -> str:
        return f"[{', '.join(self.value(name, member) for member in value)}]"

    def _tuple(self, name: str, value: tuple[Any, ...]) -> str:
        members = [self.value(name, member) for member in value]
        return f"({members[0]},)" if len(members) == 1 else f"({', '.join(members)})"

    def _set(self, name: str, value: set[Any]) -> str:
        return (
            f"{{{', '.join(self.value(name, member) for member in value)}}}" if value else "set()"
        )

    def _frozenset(self, name: str, value: frozenset[Any]) -> str:
        return f"frozenset({self._set(name, set(value)) if value else ''})"

    def _dict(self, name: str, value: dict[Any, Any]) -> str:
        items = (f"{self.value(name, k)}: {self.value(name, v)}" for k, v in value.items())
        return f"{{{', '.join(items)}}}"

    def _torch(self, name: str, value: Any) -> str:
        torch_ = self._module(name, torch)
        return f"{torch_}.{str(repr(value)).removeprefix('torch.')}"

    def _tensor(self, name: str, value: torch.Tensor) -> str:
        options = f", dtype={self._torch(name, value.dtype)}"
        if value.device.type != "cpu":
            options += f', device="{value.device}"'
        options += ", requires_grad=True" if value.requires_grad else ""
        if value.layout is not torch.strided or value.is_quantized or value.is_meta:
            return self.name(value, name)
        if not value.numel():
            return f"torch.zeros({tuple(value.shape)}{options})"
        # a list of Python numbers converts back exactly
        return f"torch.tensor({self.value(name, value.tolist())}{options})"

    def _array(self, name: str, value: "np.ndarray[Any, Any]") -> str:
        kind, dtype = value.dtype.kind, value.dtype.str
        dtype = str(value.dtype) if value.dtype.isnative else dtype
        if type(value) is not np.ndarray or not _is_plain(value.dtype):
            return self.name(value, name)
        self._module(name, np)
        if not value.size:
            return f"np.zeros({value.shape}, dtype={dtype!r})"
        members = value.astype(str) if kind in "mM" else value
        return f"np.array({self.value(name, members.tolist())}, dtype={dtype!r})"

    def _scalar(self, name: str, value: "np.generic") -> str:
        if not _is_plain(value.dtype) or value.dtype.kind in "mM":
            return self.name(value, name)
        self._module(name, np)
        return f"np.{type(value).__name__}({self.value(name, value.item())})"

    def _dtype(self, name: str, value: "np.dtype[Any]") -> str:
        self._module(name, np)
        return f"np.{value!r}"


_BY_TYPE: dict[type, Callable[[Expressions, str, Any], str]] = {
    float: lambda _, __, value: repr(value) if isfinite(value) else f'float("{value}")',
    complex: lambda self, name, value: (
        repr(value)
        if isfinite(value.real) and isfinite(value.imag)
        else f"complex({self.value(name, value.real)}, {self.value(name, value.imag)})"
    ),
    str: lambda _, __, value: quote(value),
    type(...): lambda *_: "...",
    list: Expressions._list,
    tuple: Expressions._tuple,
    set: Expressions._set,
    frozenset: Expressions._frozenset,
    dict: Expressions._dict,
}
_BY_CLASS: list[tuple[Any, Callable[[Expressions, str, Any], str]]] = [
    (Enum, Expressions._enum),
    ((*_TORCH_CONSTANTS, torch.device, torch.Size), Expressions._torch),
    (torch.Tensor, Expressions._tensor),
    (np.ndarray, Expressions._array),
    (np.generic, Expressions._scalar),
    (np.dtype, Expressions._dtype),
    (ModuleType, Expressions._module),
    (MethodType, Expressions._method),
    (
        (type, FunctionType, BuiltinFunctionType, np.ufunc),
        lambda self, name, value: self.name(value, name),
    ),
    (partial, Expressions._partial),
]


def quote(text: str) -> str:
    """Write a string in double quotes, as code formatters do."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def is_keyword(name: str) -> bool:
    """Whether a name can be written as a keyword argument."""
    # Python normalizes identifiers: it reads a ligature as two letters
    return name.isidentifier() and not iskeyword(name) and normalize("NFKC", name) == name


def _numbered(name: str) -> Iterator[str]:
    return chain((name,), (f"{name}_{i}" for i in count(2)))


def _last_part(path: str) -> str:
    return path.rpartition(".")[2]


def _import_path(obj: Any) -> ImportPath | None:
    """Return the shortest module path from which an object can be imported, with its name."""
    module = getattr(obj, "__module__", None)
    if not isinstance(module, str):
        module = type(obj).__module__
    if module in _SCRIPTS:
        return None
    paths = [p for p in accumulate(module.split("."), "{}.{}".format) if p in sys.modules]
    for attribute in ("__qualname__", "__name__"):
        own = getattr(obj, attribute, None)
        if isinstance(own, str):
            for path in paths:
                if _resolve(path, own) is obj:
                    return ImportPath(path, own)
    # a lambda or a callable object that is assigned to a name of a module
    for path in paths if callable(obj) else ():
        for name, member in list(vars(sys.modules[path]).items()):
            if member is obj and is_keyword(name):
                return ImportPath(path, name)
    return None


def _resolve(module: str, path: str) -> Any:
    root, *inner = path.split(".")
    found = vars(sys.modules[module]).get(root)
    for name in inner:
        found = getattr(found, name, None)
    return found


def _describe(obj: Any) -> str:
    """Describe an object that has no name of its own."""
    if isinstance(obj, FunctionType):
        title = describe(obj, defaults=False)[1]
        what = "a lambda" if title == "lambda" else title
        return f"{what}, line {obj.__code__.co_firstlineno} of {obj.__module__}"
    if isinstance(obj, Description):
        return obj.words
    return f"of type {type(obj).__qualname__}"


def _is_plain(dtype: "np.dtype[Any]") -> bool:
    """Whether Python's numbers and strings represent the elements of an array exactly."""
    return dtype.names is None and (
        dtype.kind in "biuUSmM"
        or (dtype.kind in "fc" and dtype.itemsize <= 8 * (1 + (dtype.kind == "c")))
    )
