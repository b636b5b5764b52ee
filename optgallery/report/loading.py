"""Load the optimizers and functions that a command line names."""

import ast
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from torch.optim import Optimizer

from optgallery.functions import TestFunction, as_test_function
from optgallery.optim import OPTIMIZERS, OptimizerSpec, as_spec
from optgallery.optim.construction import Constructor
from optgallery.registry import UnknownNameError


class LoadingError(ValueError):
    """Something that the command line names cannot be loaded; the message says why."""


def load_optimizers(
    named: Sequence[str], settings: Mapping[str, Any] | None = None
) -> tuple[OptimizerSpec, ...]:
    """Load optimizers, in the order in which they are named.

    Parameters
    ----------
    named : sequence of str
        Each ``"my_pkg:MyOpt"``; ``"my_file.py:MyOpt"``; ``"my_file.py"``, which means all classes
        of optimizers that the file defines; or a name in `OPTIMIZERS`.
    settings : mapping, optional
        Hyper-parameters, for each optimizer that takes them.

    Returns
    -------
    tuple of OptimizerSpec
        With distinct names, which no other entry of `OPTIMIZERS` has.

    Raises
    ------
    LoadingError
        If one cannot be imported, is no optimizer or is named twice, or if none takes a setting.

    Examples
    --------
    >>> [spec.title for spec in load_optimizers(["torch.optim:SGD", "adamw"], {"momentum": 0.9})]
    ['SGD(momentum=0.9)', 'AdamW']
    """
    found: list[Any] = []
    for text in named:
        found += _optimizers_of(text)
    unused = dict(settings or {})
    specs: list[OptimizerSpec] = []
    for each in found:
        spec = _as_spec(each)
        if spec in specs:
            raise LoadingError(f"{spec.title} is named more than once")
        taken = {name: value for name, value in (settings or {}).items() if spec.takes(name)}
        for name in taken:
            unused.pop(name, None)
        specs.append(_with(spec, taken))
    if unused:
        name, titles = next(iter(unused)), " and ".join(spec.title for spec in specs)
        known = sorted({n for spec in specs for n in Constructor.of(spec.cls).hparams or ()})
        raise LoadingError(
            f"--set {name}: {titles} has no such hyper-parameter; there are {', '.join(known)}"
        )
    return _distinct(specs)


def load_functions(named: Sequence[str]) -> tuple[TestFunction, ...]:
    """Load test functions.

    Parameters
    ----------
    named : sequence of str
        Each a name in `FUNCTIONS`, or ``"my_pkg:NAME"`` or ``"my_file.py:NAME"`` of a
        `TestFunction` or a pair ``(callable, domain)``.

    Raises
    ------
    LoadingError
        If one is unknown, cannot be imported, or is no function of two variables.

    Examples
    --------
    >>> [fn.title for fn in load_functions(["beale", "ackley"])]
    ['Beale', 'Ackley']
    """
    found: list[TestFunction] = []
    for text in named:
        try:
            given = _attribute(*_divided(text)) if ":" in text else text
            fn = as_test_function(given)
        except LoadingError:
            raise
        except Exception as error:  # the user's function may raise anything
            given_as = "" if isinstance(error, UnknownNameError) else f"{text}: "
            words = str(error) if isinstance(error, (TypeError, ValueError)) else _words(error)
            raise LoadingError(f"{given_as}{words}") from error
        if fn.name in [other.name for other in found]:
            raise LoadingError(f"the function {fn.name} is named more than once")
        found.append(fn)
    return tuple(found)


def read_settings(given: Sequence[str], option: str = "--set") -> dict[str, Any]:
    """Read settings as ``NAME=VALUE``, whose values are Python literals or words.

    Parameters
    ----------
    given : sequence of str
    option : str
        The option of the command line, as messages name it.

    Raises
    ------
    LoadingError
        If one has another form, or is given twice.

    Examples
    --------
    >>> read_settings(["betas=(0.9, 0.99)", "nesterov=True", "mode=fast"])
    {'betas': (0.9, 0.99), 'nesterov': True, 'mode': 'fast'}
    """
    settings: dict[str, Any] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not (sign and name.isidentifier() and value):
            raise LoadingError(f"{option} takes NAME=VALUE, such as betas=(0.9,0.99), got {text!r}")
        if name in settings:
            raise LoadingError(f"{option} {name} is given more than once")
        if name == "lr":
            raise LoadingError(f"{option} lr: give the learning rates with --lrs")
        try:
            settings[name] = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            settings[name] = value  # a word, such as a mode
    return settings


def required_settings(cls: Callable[..., Any]) -> list[str]:
    """Return the hyper-parameters other than ``lr`` that a class has no defaults for."""
    constructor = Constructor.of(cls)
    return [
        name
        for name in constructor.hparams or ()
        if name not in constructor.defaults and name != "lr"
    ]


def _optimizers_of(text: str) -> list[Any]:
    if ":" in text:
        module, name = _divided(text)
        return [_attribute(module, name)]
    if text.endswith(".py"):
        module = _module_of_file(text)
        own = [each for each in _classes(module) if each.__module__ == module.__name__]
        if not own:
            raise LoadingError(f"{text} defines no subclass of torch.optim.Optimizer")
        return own
    with suppress(UnknownNameError):
        return [as_spec(text)]  # of the gallery, or of an installed package
    package, dot, cls = text.rpartition(".")
    near = get_close_matches(text, OPTIMIZERS, n=1)
    advice = f"; did you mean {package}:{cls}?" if dot else ""
    advice = f"; did you mean {near[0]}?" if near and not dot else advice
    raise LoadingError(
        "an optimizer is named as my_pkg:MyOpt, my_file.py:MyOpt, my_file.py or by the name of an "
        f"entry such as adamw, got {text!r}{advice}"
    )


def _divided(text: str) -> tuple[ModuleType, str]:
    """Import the module of ``module:name`` or ``file.py:name``; return it and the name."""
    source, _, name = text.rpartition(":")  # the path of a file may have a colon
    if not (source and name):
        raise LoadingError(f"give the module and the name as my_pkg:NAME, got {text!r}")
    return (_module_of_file if source.endswith(".py") else _module)(source), name


def _module(name: str) -> ModuleType:
    """Import a module, also from the current folder."""
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        advice = "install it, or run this command in the folder that contains it"
        raise LoadingError(f"cannot import {name}: {error}; {advice}") from error
    except (Exception, SystemExit) as error:  # anything that the module does
        raise LoadingError(f"cannot import {name}: {_words(error)}") from error


def _module_of_file(text: str) -> ModuleType:
    """Import a file by its name, so that the code on the page can import it, too."""
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise LoadingError(f"there is no file {text}")
    if not path.stem.isidentifier():
        raise LoadingError(f"{path.name} cannot be imported: rename it, as {_identifier(path)}")
    folder = str(path.parent)
    added = folder not in sys.path
    if added:
        sys.path.insert(0, folder)
    try:
        module = _module(path.stem)
        found = getattr(module, "__file__", None)
        if found is None or not path.samefile(found):
            raise LoadingError(
                f"{path.name} cannot be imported, since {path.stem} is another module"
                f"{f' ({found})' if found else ''}: rename the file"
            )
    except LoadingError:
        if added:  # a file named like a library would be imported for it in new processes
            sys.path.remove(folder)
        raise
    return module


def _identifier(path: Path) -> str:
    words = "".join(c if c.isalnum() else "_" for c in path.stem)
    return f"{'my_' if words[:1].isdigit() else ''}{words}.py"


def _attribute(module: ModuleType, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            names = [each.__name__ for each in _classes(module)]
            near = get_close_matches(name, [n for n in dir(module) if n[:1] != "_"], n=1)
            advice = f"; did you mean {near[0]}?" if near else ""
            if not near and names:
                shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
                advice = f"; its optimizers are {shown}"
            raise LoadingError(f"{module.__name__} has no {name}{advice}")
        found = getattr(found, part)
    return found


def _classes(module: ModuleType) -> list[type[Optimizer]]:
    """Return the classes of optimizers in a module, in the order of their definition."""
    return [
        each
        for name, each in vars(module).items()
        if inspect.isclass(each)
        and issubclass(each, Optimizer)
        and each is not Optimizer
        and name == each.__name__
    ]


def _as_spec(given: Any) -> OptimizerSpec:
    if isinstance(given, (str, TestFunction)):
        raise LoadingError(f"{given!r} is no optimizer")
    if isinstance(given, type) and not callable(getattr(given, "step", None)):
        raise LoadingError(
            f"{given.__module__}.{given.__qualname__} is no optimizer: it has no method step()"
        )
    try:
        return as_spec(given)
    except (TypeError, ValueError) as error:
        raise LoadingError(str(error)) from error


def _with(spec: OptimizerSpec, settings: Mapping[str, Any]) -> OptimizerSpec:
    """Return an entry with further defaults, which its title names."""
    if not settings:
        return spec
    made = as_spec(partial(spec.cls, **settings))
    return replace(spec, name=made.name, title=made.title, defaults={**spec.defaults, **settings})


def _distinct(specs: Sequence[OptimizerSpec]) -> tuple[OptimizerSpec, ...]:
    """Rename optimizers that have the name of another one, or of an entry of the gallery."""
    named: list[OptimizerSpec] = []
    for spec in specs:
        others = [other.name for other in specs if other is not spec]
        entry = OPTIMIZERS.get(spec.name)
        if spec.name in others or entry not in (None, spec):
            module = getattr(spec.cls, "__module__", "")
            package = module if spec.name in others else module.partition(".")[0]
            changed = replace(
                spec, name=f"{spec.name}_of_{package}", title=f"{spec.title} of {package}"
            )
            named.append(changed)
        else:
            named.append(spec)
    return tuple(named)


def _words(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}".removesuffix(": ")
