"""Install the packages, compare every class, and print who does not take a plain loop's path.

``python tests/others [PACKAGE | module.Class ...]`` limits it to some. Exits with 1 where fewer
classes than promised take the path of a plain loop.
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
from others.packages import FOLDER, Package, packages  # noqa: E402

PROMISED = 0.97
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
            sys.exit(f"{argument!r} is no package of {Path('packages.toml')} and no class of one")
    return asked


def verdicts_of(package: Package, only: list[str]) -> dict[str, Verdict]:
    """Compare the classes of a package in a process of its own."""
    results = FOLDER / "results" / f"{package.name}.jsonl"
    results.parent.mkdir(exist_ok=True)
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
            print(f"\n{kind} ({len(named)})")
            print("\n".join(f"  {path}: {cause}" for path, cause in named.items()))
    compared = len(verdicts) - counts["no loop"]
    share = counts["same bits"] / max(compared, 1)
    print(
        f"\n{len(verdicts)} classes, {compared} of them with a plain loop: "
        f"{counts['same bits']} take its path bit for bit ({share:.1%})"
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
    return 0 if report(verdicts) >= PROMISED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
