"""Processes forked from a server that has loaded the libraries, but nothing of optgallery.

This saves the seconds that loading takes, and each process can use another copy of the package.
"""

import gc
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context, process
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from sphinx.application import builtin_extensions

LIBRARIES = [
    *("joblib", "numpy", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "torch", "tqdm"),
    *("PIL.ImageDraw", "PIL.ImageFont", "imageio", "platformdirs", "tinycss2", "math_core", "bs4"),
    "torch._dynamo",  # loaded by the first optimizer, and as slowly as torch itself
    *("pydata_sphinx_theme", "numpydoc.docscrape"),
    *("sphinx.cmd.build", "sphinx.ext.mathjax", "sphinx_gallery.gen_gallery", *builtin_extensions),
    *("distributed.cli.dask_scheduler", "distributed.cli.dask_worker"),
]
TESTS = Path(__file__).parent

_context = get_context("forkserver")
_context.set_forkserver_preload(LIBRARIES)


class Forked:
    """A process in its own process group, with its own environment.

    Parameters
    ----------
    run : callable
        The function of a module that it runs; its result is the argument of ``sys.exit``.
    arguments : tuple
        Arguments of the function.
    folder : Path
        The working directory.
    log : Path
        The file for its output and warnings.
    environment : mapping
        All environment variables; the folders in ``PYTHONPATH`` come first in the import path.
    errors : Path, optional
        The file for its standard error, instead of ``log``.
    """

    def __init__(
        self,
        run: Callable[..., object],
        arguments: tuple[Any, ...],
        folder: Path,
        log: Path,
        environment: Mapping[str, str],
        errors: Path | None = None,
    ) -> None:
        target = (run, arguments, folder, log, dict(environment), errors)
        self._process = _context.Process(target=_run, args=target)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for its end and return its exit status; None if it is still running."""
        self._process.join(seconds)
        return self._process.exitcode

    def kill(self) -> None:
        """Kill only this process, not its group, without waiting for its end."""
        self._process.kill()


def _run(
    run: Callable[..., object],
    arguments: tuple[Any, ...],
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    errors: Path | None,
) -> None:
    gc.freeze()  # loaded modules are never garbage
    os.setsid()
    with log.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    if errors:
        with errors.open("wb") as file:
            os.dup2(file.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    given = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    others = [entry for entry in sys.path if not Path(entry).is_relative_to(TESTS)]
    sys.path[:] = list(dict.fromkeys([*given, *others]))
    assert not any(name.startswith("optgallery") for name in sys.modules)
    sys.exit(run(*arguments))


def run_code(
    code: str | Path,
    *arguments: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float = 120,
) -> "subprocess.CompletedProcess[str]":
    """Do what ``python -c code`` or ``python script.py`` does, in a forked process.

    Parameters
    ----------
    code : str or Path
        Statements, or a script.
    arguments : str
        The following items of ``sys.argv``.
    folder : Path, optional
        Where it is run; the root of the project if not given.
    environment : mapping, optional
        All of its variables; those of this process if not given.
    seconds : float
        After which it is killed, and the test fails.
    """
    with TemporaryDirectory() as held:
        out, errors = Path(held, "out"), Path(held, "errors")
        process = start_code(
            code, *arguments, folder=folder, environment=environment, out=out, errors=errors
        )
        status = process.wait(seconds)
        if status is None:
            process.kill()
        printed, told = (path.read_text(encoding="utf-8") for path in (out, errors))
    assert status is not None, f"not done after {seconds} s: {printed}{told}"
    return subprocess.CompletedProcess([str(code), *arguments], status, printed, told)


def start_code(
    code: str | Path,
    *arguments: str,
    out: Path,
    errors: Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Forked:
    """Start what `run_code` runs, with files for what it prints."""
    variables = os.environ if environment is None else environment
    return Forked(_execute, (code, arguments), folder or TESTS.parent, out, variables, errors)


def _execute(code: str | Path, arguments: tuple[str, ...]) -> None:
    process._parent_process = None  # type: ignore[attr-defined]  # it may start workers
    sys.argv[:] = [str(code) if isinstance(code, Path) else "-c", *arguments]
    if isinstance(code, Path):
        sys.path.insert(0, str(code.parent))
        runpy.run_path(str(code), run_name="__main__")
    else:
        sys.path.insert(0, "")
        main = sys.modules["__main__"] = ModuleType("__main__")
        exec(compile(code, "<string>", "exec"), main.__dict__)
