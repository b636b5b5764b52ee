"""Processes forked from a server that has loaded the libraries, but nothing of optgallery.

This saves the seconds that loading takes, and each process can use another copy of the package.
"""

import gc
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path
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
    """

    def __init__(
        self,
        run: Callable[..., object],
        arguments: tuple[Any, ...],
        folder: Path,
        log: Path,
        environment: Mapping[str, str],
    ) -> None:
        target = (run, arguments, folder, log, dict(environment))
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
) -> None:
    gc.freeze()  # loaded modules are never garbage
    os.setsid()
    with log.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
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
