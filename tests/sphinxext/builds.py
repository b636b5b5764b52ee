"""Builds in processes of their own, of a project that may have its own copy of the package."""

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

LONG = 900  # seconds, on a machine that has much else to do


def copy_package(root: Path) -> Path:
    """Copy the package into a project, where it can be edited and nobody else edits it.

    Returns
    -------
    Path
        The folder that holds it.
    """
    source = Path(__file__).parents[2] / "optgallery"
    ignored = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(source, root / "package" / "optgallery", ignore=ignored).parent


class Build:
    """A run of sphinx-build, begun at once, in a process group of its own.

    Parameters
    ----------
    root : Path
        Of the project, with a copy of the package: ``docs`` is built into ``site/html``.
    arguments : str
        Further ones of sphinx-build's.
    forked : bool
        Whether to save the time that the libraries take to load. A build that starts processes in
        its turn must not be forked.
    environment : str
        Variables that are set for it.
    """

    def __init__(
        self,
        root: Path,
        *arguments: str,
        forked: bool = True,
        **environment: str,
    ) -> None:
        self.log = root / "build.log"
        self.moment = 0.005 if forked else 0.05  # seconds between two looks at what it said
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
    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> bool:
        """End it, and the processes that it started, without a chance to tidy up.

        Returns
        -------
        bool
            False if it had come to its end before.
        """
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def wait(self) -> int:
        """Wait for its end and return its status."""
        status = self._process.wait(LONG)
        assert status is not None, f"still not done: {self.said}"
        return status

    def wait_until(self, words: str) -> bool:
        """Wait until it says something; False if it ends without."""
        deadline = time.monotonic() + LONG
        while words not in self.said:
            assert time.monotonic() < deadline, self.said
            if self.ended_within(self.moment):
                return words in self.said
        return True

    def ended_within(self, seconds: float) -> bool:
        """Wait for its end, but no longer than some seconds."""
        return self._process.wait(seconds) is not None


class _Started:
    """A process of its own from the beginning."""

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
