"""Kill a build of the site at random moments, resume it, and compare with an undisturbed one.

    python benchmarks/kill_build.py [--kills 20] [--per-phase 4] [--seed 0]

The package, the gallery and the documentation are copied to a temporary folder; the checkout is not
changed. ``tests/sphinxext/incremental/test_killed_build.py`` does the same with a small project. By
default, one build from an empty store is killed twenty times, four times in each of its phases, and
then completed.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path += [str(ROOT / "tests"), str(ROOT / "tests" / "sphinxext")]

from builds import copy_package  # noqa: E402
from killing import compare, kill_often  # noqa: E402

PARTS = ("gallery", "docs", "CHANGELOG.md", "CONTRIBUTING.md", "README.md")
GALLERIES = ("functions", "optimizers", "schedules", "stories")
WRITTEN = ("_build", "cells", *GALLERIES, "generated", "backreferences")


def copy_project(folder: Path) -> None:
    """Copy the files that a build needs, without the output of earlier builds."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", *(WRITTEN if part == "docs" else ()))
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            shutil.copy2(source, folder / part)
    copy_package(folder)


def main() -> None:
    """Print each kill and its phase, and then whether the two sites are equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--per-phase", type=int, default=4, help="kills in a phase before the next")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("undisturbed", "killed"):
            copy_project(Path(folder, name))
        kills = kill_often(
            Path(folder, "undisturbed"),
            Path(folder, "killed"),
            f"--jobs={(os.cpu_count() or 1) + 1}",
            kills=chosen.kills,
            per_phase=chosen.per_phase,
            seed=chosen.seed,
            forked=False,
        )
        print(kills)
        faults = compare(Path(folder, "undisturbed"), Path(folder, "killed"))
        print("\n".join(faults) or "the two sites are the same, byte for byte")
        sys.exit(bool(faults))


if __name__ == "__main__":
    main()
