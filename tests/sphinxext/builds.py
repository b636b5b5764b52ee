"""Builds in separate processes.

They are forked from a process that has imported the libraries but not optgallery, since a build may
use another copy of the package.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

from sphinx.application import builtin_extensions

LIBRARIES = [
    *("joblib", "numpy", "matplotlib.pyplot", "PIL.Image", "torch", "tqdm"),
    "torch._dynamo",  # imported by the first optimizer; takes as long as torch itself
    *("sphinx.cmd.build", "sphinx.ext.mathjax", "sphinx_gallery.gen_gallery", *builtin_extensions),
]
TIMEOUT = 900  # seconds, enough for a busy machine

_forked = get_context("forkserver")
_forked.set_forkserver_preload(LIBRARIES)


def copy_package(root: Path) -> Path:
    """Copy the package into a project, where a test can edit it.

    Returns
    -------
    Path
        The parent folder of the copy, for ``PYTHONPATH``.
    """
    source = Path(__file__).parents[2] / "optgallery"
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(source, root / "package" / "optgallery", ignore=ignored).parent


class Build:
    """A run of sphinx-build in its own process group, started immediately.

    Parameters
    ----------
    root : Path
        The project's folder, with a copy of the package: ``docs`` is built into ``site/html``.
    arguments : str
        Additional arguments of sphinx-build.
    forked : bool
        Whether to fork from a process that has imported the libraries. A build that starts
        processes itself must not be forked.
    environment : str
        Environment variables of the process.
    """

    def __init__(
        self,
        root: Path,
        *arguments: str,
        forked: bool = True,
        **environment: str,
    ) -> None:
        self.log = root / "build.log"
        self.poll_interval = 0.005 if forked else 0.05  # seconds
        command = ["--no-color", *arguments, "docs", "site/html"]
        variables = {**os.environ, "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", **environment}
        variables["PYTHONPATH"] = str(root / "package")
        self.log.write_text("")
        kind = _Forked if forked else _Started
        self._process = kind(root, self.log, command, variables)

    @property
    def output(self) -> str:
        """The output so far."""
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> bool:
        """Kill it and the processes that it started by SIGKILL.

        Returns
        -------
        bool
            False if it had already ended.
        """
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def wait(self) -> int:
        """Wait until it ends and return its exit status."""
        status = self._process.wait(TIMEOUT)
        assert status is not None, f"still not done: {self.output}"
        return status

    def wait_until(self, text: str) -> bool:
        """Wait until its output contains a text; return False if it ends first."""
        deadline = time.monotonic() + TIMEOUT
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            if self.ended_within(self.poll_interval):
                return text in self.output
        return True

    def ended_within(self, seconds: float) -> bool:
        """Wait at most this long, and return whether it has ended."""
        return self._process.wait(seconds) is not None


class _Started:
    """A new Python process."""

    def __init__(
        self, root: Path, log: Path, command: list[str], variables: Mapping[str, str]
    ) -> None:
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "sphinx", *command],
                cwd=root,
                env=variables,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


class _Forked:
    """A process forked after the libraries were imported."""

    def __init__(
        self, root: Path, log: Path, command: list[str], variables: Mapping[str, str]
    ) -> None:
        self._process = _forked.Process(target=_build, args=(root, log, command, variables))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def wait(self, seconds: float) -> int | None:
        self._process.join(seconds)
        return self._process.exitcode


def _build(root: Path, log: Path, command: list[str], variables: Mapping[str, str]) -> None:
    os.setsid()
    with log.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os.chdir(root)
    os.environ.clear()
    os.environ.update(variables)
    sys.path.insert(0, variables["PYTHONPATH"])
    assert not any(name.startswith("optgallery") for name in sys.modules)
    from sphinx.cmd.build import build_main

    sys.exit(build_main(command))
