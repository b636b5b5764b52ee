"""Install each package into a folder of its own, once, without what it depends on."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from others.packages import FOLDER, Installed

AnyPackage = TypeVar("AnyPackage", bound=Installed)

DONE = ".installed"
"""Marks a folder whose installation has come to its end."""


def install(asked: Iterable[AnyPackage]) -> Iterator[tuple[AnyPackage, str]]:
    """Yield each package when it is installed, and what pip said if it could not be."""
    for package in asked:
        options = ["--ignore-requires-python"] if package.any_python else []
        error = _get(package.requirement, options, package.installer)
        for requirement in package.needs:
            error = error or _get(requirement)
        yield package, error


def _get(requirement: str, options: Iterable[str] = (), installer: str = "") -> str:
    """Install one requirement, and return what pip said if that failed."""
    target = FOLDER / requirement
    if (target / DONE).exists():
        return ""
    pip = [sys.executable, "-m", "pip"]
    if installer:
        if error := _get(installer):
            return error
        pip = [sys.executable, str(FOLDER / installer / "pip")]
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-compile", "--upgrade", f"--target={target}", *options, requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"cannot be installed: {_last_line(done.stderr)}"
    (target / DONE).touch()
    return ""


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
