"""Install the packages, compare every class, and print who does not take a plain loop's path.

``python tests/others [PACKAGE | module.Class ...]`` limits it to some. Exits with 1 if fewer than
97 % of the classes take the path of a plain loop; of some, if one does not that should.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TORCHDYNAMO_DISABLE"] = "1"  # compiling takes minutes for each class

import torch._dynamo  # noqa: F401  (any optimizer's first step imports it: before forking)

sys.path[0] = str(Path(__file__).parents[1])

from others.compare import InOtherProcessError, Verdict, compare_package, in_own_process  # noqa: E402
from others.install import install  # noqa: E402
from others.packages import FOLDER, LIST, Package, packages  # noqa: E402

PROMISED = 0.97
EXPECTED = ("same bits", "no loop runs", "left out")
SECONDS = 1800
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


def verdicts_of(package: Package, only: list[str]) -> dict[str, Verdict]:
    """Compare the classes of a package in a process of its own."""
    results = FOLDER / "results" / f"{package.name}.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    results.unlink(missing_ok=True)
    results.touch()
    end = "it was not reached"
    try:
        in_own_process(lambda: compare_package(package, only, results), SECONDS)
    except InOtherProcessError as error:
        end = str(error)
    verdicts = {path: Verdict("loop fails", end) for path in only or package.paths()}
    for line in results.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        path = entry.pop("class")
        verdicts[path] = Verdict(**entry)
    return verdicts


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
    verdicts: dict[str, Verdict] = {}
    for package, error in install(asked):
        only = asked[package]
        if error:
            new = {path: Verdict("loop fails", error) for path in only or package.paths()}
        else:
            new = verdicts_of(package, only)
        verdicts |= {f"{package.name}: {path}": verdict for path, verdict in new.items()}
        same = sum(verdict.kind == "same bits" for verdict in new.values())
        print(f"{package.requirement}: {same} of {len(new)}", flush=True)
    share = report(verdicts)
    if arguments:  # a share says little of a few
        return int(any(verdict.kind not in EXPECTED for verdict in verdicts.values()))
    return int(share < PROMISED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
