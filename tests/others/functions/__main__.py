"""Install the packages, compare every function, and write the data of the docs' table.

``python tests/others/functions [PACKAGE ...]`` limits it to some, whose lines are replaced.
Exits with 1 if a function differs and it is not known why.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[2])

from others.functions.compare import compare_package  # noqa: E402
from others.functions.packages import LIST, FunctionPackage, function_packages  # noqa: E402
from others.functions.record import RECORD, record_of  # noqa: E402
from others.install import install  # noqa: E402
from others.processes import InOtherProcessError, in_own_process  # noqa: E402
from others.record import dumps  # noqa: E402

SECONDS = 600
"""How long the functions of one package may take together."""


def main(arguments: list[str]) -> int:
    warnings.simplefilter("ignore")
    known = function_packages()
    if strangers := [name for name in arguments if name not in known]:
        sys.exit(f"{strangers[0]!r} is no package of {LIST.name}")
    asked = [known[name] for name in arguments or known]
    entries: list[dict[str, Any]] = []
    for package, error in install(p for p in asked if not p.left_out):
        new = compared(package, error)
        entries += new
        agree = sum(entry["result"].startswith("agrees") for entry in new)
        print(f"{package.requirement}: {agree} of {len(new)} agree", flush=True)
    for entry in entries:
        if not entry["result"].startswith("agrees"):
            named = f"{entry['package']}: {entry['theirs']}"
            print(f"  {named}: {entry['result']}: {entry.get('why', '')}")
    if arguments:
        entries += [entry for entry in recorded() if entry["package"] not in arguments]
    RECORD.write_text(dumps(record_of(entries)), encoding="utf-8")
    print(f"written: {RECORD}")
    return int(any(entry["result"] in ("differs", "not run") for entry in entries))


def recorded() -> list[dict[str, Any]]:
    """Return the entries of an earlier run, of packages that are still listed."""
    pairs = json.loads(RECORD.read_text(encoding="utf-8"))["pairs"] if RECORD.exists() else []
    known = function_packages()
    return [entry for entry in pairs if entry["package"] in known]


def compared(package: FunctionPackage, error: str) -> list[dict[str, Any]]:
    """Compare the functions of a package in a process of its own."""
    try:
        if not error:
            return list(in_own_process(lambda: compare_package(package), SECONDS))
    except InOtherProcessError as raised:
        error = str(raised)
    return [
        {"function": ours, "package": package.name, "theirs": theirs, "result": "not run"}
        | {"why": error}
        for ours, theirs in package.pairs()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
