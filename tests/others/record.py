"""The data of the table of optimizers: a line for each class, so that `git diff` shows changes."""

import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from others.compare import KINDS
from others.describe import FUNCTIONS, RATE, SPECIAL, STEPS
from others.packages import packages

RECORD = Path(__file__).parents[2] / "docs" / "catalogue" / "other_optimizers.json"


def head() -> dict[str, Any]:
    """Return with what everything was run."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "torch": torch.__version__.partition("+")[0],
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "steps": STEPS,
        "rate": RATE,
        "functions": list(FUNCTIONS),
        "kinds": KINDS,
        "special": SPECIAL,
    }


def merged(record: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Put the entries of some classes into what is known of the others.

    Raises
    ------
    ValueError
        If the others were run with something else.
    """
    if {key: record.get(key) for key in head()} != head():
        raise ValueError(f"the other classes of {RECORD.name} were run with something else")
    known = {(entry["package"], entry["class"]): entry for entry in record["classes"]}
    known |= {(entry["package"], entry["class"]): entry for entry in entries}
    return record_of(known.values())


def record_of(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the record of the classes that are listed, by package, versions beside them."""
    listed = packages()
    classes = {(name, path) for name, package in listed.items() for path in package.paths()}
    kept = [dict(entry) for entry in entries if (entry["package"], entry["class"]) in classes]
    kept.sort(key=lambda entry: (entry["package"].casefold(), entry["class"]))
    names = dict.fromkeys(entry["package"] for entry in kept)
    versions = {name: listed[name].version for name in names}
    return {**head(), "packages": versions, "classes": kept}


def dumps(record: Mapping[str, Any]) -> str:
    """Write a record as JSON with a line for each member of its lists and mappings."""
    parts = []
    for key, value in record.items():
        if isinstance(value, Mapping) and value:
            lines = [f"{json.dumps(name)}: {_line(member)}" for name, member in value.items()]
            text = "{\n" + ",\n".join(lines) + "\n}"
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            text = "[\n" + ",\n".join(map(_line, value)) + "\n]"
        else:
            text = _line(value)
        parts.append(f"{json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
