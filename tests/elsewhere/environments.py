"""Fresh environments with the wheel: one that all share, and on top of it one for each theme."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"


class Environment:
    """A virtual environment.

    Parameters
    ----------
    folder : Path
        Where it is made.
    base : Environment, optional
        Another one, whose packages it can import as well.
    """

    def __init__(self, folder: Path, base: "Environment | None" = None) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        (self.packages,) = folder.glob("lib/python3*/site-packages")
        if base is not None:
            path = f"{base.packages}\n"
            (self.packages / "base.pth").write_text(path, encoding="utf-8")

    @property
    def python(self) -> str:
        """The path of its interpreter."""
        return str(self.folder / "bin" / "python")

    def install(self, *requirements: str, instead: Sequence[str] = ()) -> None:
        """Install packages in their tested versions, except those named by ``instead``."""
        if not requirements:
            return
        free = {name.lower() for name in instead}
        lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
        tested = [line for line in lines if line.partition("==")[0].lower() not in free]
        constraints = self.folder / "constraints.txt"
        constraints.write_text("\n".join(tested), encoding="utf-8")
        pip = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # most of torch's files are never imported, so that compiling them is in vain
        options = ["--no-compile", f"--constraint={constraints}"]
        subprocess.run([*pip, *options, *requirements], check=True)

    def version(self, package: str) -> str:
        """Return the version of an installed package."""
        code = f"from importlib.metadata import version; print(version({package!r}))"
        done = subprocess.run([self.python, "-c", code], check=True, capture_output=True, text=True)
        return done.stdout.strip()


def wheel(folder: Path) -> Path:
    """Build the package's wheel, and return its path."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", f"--wheel-dir={folder}", str(ROOT)], check=True)
    (path,) = folder.glob("optgallery-*.whl")
    return path
