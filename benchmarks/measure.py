"""Run the benchmarks, and write what they print into the documentation.

    python benchmarks/measure.py [--write] [build explorer gif batches starts]

Each named benchmark, or all of them, is run in its own process. With ``--write`` its section of
docs/guide/measured.md is replaced, with the date and the machine; other sections are kept.
"""

import argparse
import datetime
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "guide" / "measured.md"
NAMES = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]
HEAD = """---
myst:
  html_meta:
    keywords: "how fast, speed, benchmark, running time, memory"
---

# Measurements

Written by `python benchmarks/measure.py --write`; each section has the date and the machine, which
may have run other work at the same time. Ratios compare times of one run.
"""


def measure(name: str) -> str:
    """Run a benchmark, print its output as it arrives, and return it."""
    script = HERE / f"bench_{name}.py"
    printed = []
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            printed.append(line)
    if process.returncode:
        sys.exit(f"{script.name} failed")
    return "".join(printed).strip()


def section(name: str, printed: str) -> str:
    """Return a benchmark's section: its description, from its docstring, and its output."""
    docstring = (HERE / f"bench_{name}.py").read_text(encoding="utf-8").split('"""')[1]
    about = re.sub(r"\n    python .*\n", "", docstring).strip()
    title, _, words = about.partition("\n")
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    body = printed if printed.startswith("|") else f"```text\n{printed}\n```"
    return f"## {title.rstrip('.')}\n\n{words.strip()}\n\n{day}, {machine}:\n\n{body}\n"


def sections() -> dict[str, str]:
    """Return the sections of the page by benchmark."""
    if not PAGE.exists():
        return {}
    parts = PAGE.read_text(encoding="utf-8").split("<!-- ")[1:]
    return dict(part.split(" -->\n", 1) for part in parts)


def main() -> None:
    """Run the named benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="name")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.name}")
    given = parser.parse_args()
    for name in given.names or NAMES:
        printed = measure(name)
        if given.write:
            known = {**sections(), name: section(name, printed)}
            text = "".join(f"\n<!-- {key} -->\n{known[key].strip()}\n" for key in sorted(known))
            PAGE.write_text(HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    main()
