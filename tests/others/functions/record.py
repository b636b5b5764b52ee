"""The data of the table of test functions: one line for each pair."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from optgallery.functions import FUNCTIONS
from others.functions.compare import AGREES, POINTS, RESULTS
from others.functions.packages import function_packages

RECORD = Path(__file__).parents[3] / "docs" / "catalogue" / "other_functions.json"


def record_of(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the record of pairs, in the order of our functions, versions beside them."""
    listed = function_packages()
    order = {name: number for number, name in enumerate(FUNCTIONS)}
    return {
        "points": POINTS,
        "tolerance": AGREES,
        "results": RESULTS,
        "packages": {p.name: p.version for p in listed.values() if not p.left_out},
        "left out": {p.name: f"{p.version}: {p.left_out}" for p in listed.values() if p.left_out},
        "pairs": sorted(
            map(dict, entries),
            key=lambda e: (order[e["function"]], e["package"].casefold(), e["theirs"]),
        ),
    }
