"""Builds in separate processes, of a project that may have its own copy of the package."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from forking import Forked

TIMEOUT = 900  # seconds, enough for a busy machine


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
        variables.pop("PYTHONDONTWRITEBYTECODE", None)  # the next build need not compile again
        self.log.write_text("")
        self._process: Forked | _Started
        if forked:
            self._process = Forked(_build, (command,), root, self.log, variables)
        else:
            self._process = _Started(root, self.log, command, variables)

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


def _build(command: list[str]) -> int:
    from sphinx.cmd.build import build_main

    return build_main(command)
