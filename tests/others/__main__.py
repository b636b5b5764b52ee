"""Install the packages, compare every class, and print which do not take a plain loop's path.

``python tests/others [PACKAGE | module.Class ...]`` limits it to some. What was seen is written to
the data of the docs' table. Exits with 1 if fewer than 97 % of the classes take the path of a plain
loop; of some, if one does not that should.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TORCHDYNAMO_DISABLE"] = "1"  # compiling takes minutes for each class

import torch._dynamo  # noqa: F401  (any optimizer's first step imports it: before forking)

sys.path[0] = str(Path(__file__).parents[1])

from others.compare import Verdict  # noqa: E402
from others.examine import examine_package  # noqa: E402
from others.install import install  # noqa: E402
from others.packages import FOLDER, LIST, Package, packages  # noqa: E402
from others.processes import InOtherProcessError, in_own_process  # noqa: E402
from others.record import RECORD, dumps, merged, record_of  # noqa: E402

PROMISED = 0.97
EXPECTED = ("same bits", "no loop runs", "left out")
SECONDS = 3600
"""How long the classes of one package may take together."""


def chosen(arguments: list[str]) -> dict[Package, list[str]]:
    """Return the packages asked for, each with the classes asked for, if not all are."""
    known = packages()
    if not arguments:
        return {package: [] for package in known.values()}
    asked: dict[Package, list[str]] = {}
    for argument in arguments:
        holders = [p for p in known.values() if argument in p.paths()]
        if argument in known:
            asked[known[argument]] = []
        elif holders:
            asked.setdefault(holders[0], []).append(argument)
        else:
            sys.exit(f"{argument!r} is neither a package of {LIST.name} nor a class of one")
    return asked


def examined(package: Package, only: list[str]) -> list[dict[str, Any]]:
    """Examine the classes of a package in a process of its own, and return an entry for each."""
    results = FOLDER / "results" / f"{package.name}.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    results.unlink(missing_ok=True)
    results.touch()
    end = "it was not reached"
    try:
        in_own_process(lambda: examine_package(package, only, results), SECONDS)
    except InOtherProcessError as error:
        end = str(error)
    found = {path: entry_without_run(package, path, end) for path in only or package.paths()}
    for line in results.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        found[entry["class"]] = {"package": package.name, **entry}
    return list(found.values())


def entry_without_run(package: Package, path: str, cause: str) -> dict[str, Any]:
    """Return the entry of a class that could not be examined."""
    return {"package": package.name, "class": path, **Verdict("loop fails", cause)._asdict()}


def write(entries: list[dict[str, Any]], *, complete: bool) -> None:
    """Write the data of the docs' table."""
    try:
        known = {} if complete else json.loads(RECORD.read_text(encoding="utf-8"))
        record = record_of(entries) if complete else merged(known, entries)
    except (OSError, ValueError) as error:
        print(
            f"\n{RECORD.name} is left as it is: {error}; a run without arguments writes all of it"
        )
        return
    RECORD.write_text(dumps(record), encoding="utf-8")
    print(f"\nwritten: {RECORD}")


def report(verdicts: dict[str, Verdict]) -> float:
    """Print the classes that do not run with the same bits, and the share of those that do."""
    counts = Counter(verdict.kind for verdict in verdicts.values())
    for kind, _ in counts.most_common():
        named = {path: v.cause for path, v in verdicts.items() if v.kind == kind and v.cause}
        if named:
            print(f"\n{kind}: {counts[kind]}" + (", of these" if kind == "same bits" else ""))
            print("\n".join(f"  {path}: {cause}" for path, cause in named.items()))
    wanted = len(verdicts) - counts["left out"]
    share = counts["same bits"] / max(wanted, 1)
    print(
        f"\n{len(verdicts)} classes, {wanted} of them neither base classes nor for a GPU: "
        f"{counts['same bits']} take the path of a plain loop bit for bit ({share:.1%})"
    )
    return share


def main(arguments: list[str]) -> int:
    asked = chosen(arguments)
    entries: list[dict[str, Any]] = []
    for package, error in install(asked):
        only = asked[package]
        if error:
            new = [entry_without_run(package, path, error) for path in only or package.paths()]
        else:
            new = examined(package, only)
        entries += new
        same = sum(entry["kind"] == "same bits" for entry in new)
        print(f"{package.requirement}: {same} of {len(new)}", flush=True)
    verdicts = {
        f"{entry['package']}: {entry['class']}": Verdict(entry["kind"], entry["cause"])
        for entry in entries
    }
    share = report(verdicts)
    write(entries, complete=not arguments)
    if arguments:  # a share says little of a few
        return int(any(verdict.kind not in EXPECTED for verdict in verdicts.values()))
    return int(share < PROMISED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
