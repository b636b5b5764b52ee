"""Tables of what other packages have: optimizer classes, and test functions."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import log10
from typing import Any, ClassVar

from sphinx.application import Sphinx
from sphinx.util.rst import escape

from optgallery.functions import FUNCTIONS
from optgallery.runs.outcome import KINDS, OUTCOMES, Outcome
from optgallery.sphinxext.pages.catalogue import NONE, Cell, Row
from optgallery.sphinxext.pages.recorded_tables import RecordedTable

_PATH = "og-path"
_OUTCOMES = {outcome.kind: outcome for outcome in OUTCOMES}


class OtherOptimizers(RecordedTable):
    """The optimizer classes of other packages: ``.. other-optimizers:: FILE``.

    The file is what ``nox -s others`` writes.
    """

    kind = "optimizers"
    noun = "classes"
    written_by = "nox -s others"
    alphabetical = True
    facets: ClassVar[Mapping[str, str]] = {
        "package": "Package",
        "bits": "Plain loop",
        "special": "What is special",
        "solves": "Solves",
    }

    def rows(self) -> Iterator[Row]:
        """Yield a row for each class."""
        record = self.record()
        functions = record["functions"]
        for entry in record["classes"]:
            package = entry["package"]
            module, _, name = entry["class"].rpartition(".")
            ended = entry.get("ended", {})
            outcomes = {FUNCTIONS[f].title: _outcome(ended.get(f)) for f in functions}
            special = entry.get("special", [])
            cells = {
                "Class": Cell(escape(name), name, _PATH, under=module),
                "Package": _package(package, record["packages"][package]),
                "Plain loop": Cell(entry["kind"]),
                **{title: _ended(outcome) for title, outcome in outcomes.items()},
                "What is special": Cell(escape(", ".join(special)) or NONE, ", ".join(special)),
                "Remarks": Cell(escape(_remarks(entry)) or NONE, ""),
            }
            solved = sum(o is not None and o.kind == "solved" for o in outcomes.values())
            facets = {
                "package": [package],
                "bits": [entry["kind"]],
                "special": special,
                "solves": [f"{solved} of {len(functions)}"] if ended else [],
            }
            yield Row(facets, cells)

    def counts(self) -> Mapping[str, Any]:
        """Return the numbers of classes: all, by what came of them, by what is special."""
        record = self.record()
        classes = record["classes"]
        kinds = Counter(entry["kind"] for entry in classes)
        special = Counter(words for entry in classes for words in entry.get("special", []))
        tried = len(classes) - kinds["left out"]
        titles = [FUNCTIONS[name].title for name in record["functions"]]
        return {
            **{words: special[words] for words in record["special"]},
            **{kind: kinds[kind] for kind in record["kinds"]},
            "words": _listed(record["kinds"], kinds) + "\n" + _listed(record["special"], special),
            "classes": len(classes),
            "packages": len(record["packages"]),
            "tried": tried,
            "share": f"{kinds['same bits'] / max(tried, 1):.1%}",
            "functions": f"{', '.join(titles[:-1])} and {titles[-1]}",
            **{key: record[key] for key in ("python", "torch", "numpy", "scipy", "steps", "rate")},
        }


class OtherFunctions(RecordedTable):
    """The test functions of other packages: ``.. other-functions:: FILE``.

    The file is what ``nox -s other_functions`` writes.
    """

    kind = "functions"
    noun = "functions"
    written_by = "nox -s other_functions"
    alphabetical = True
    facets: ClassVar[Mapping[str, str]] = {
        "function": "Function",
        "package": "Package",
        "result": "Result",
    }

    def rows(self) -> Iterator[Row]:
        """Yield a row for each function of each package."""
        record = self.record()
        for entry in record["pairs"]:
            fn, package = FUNCTIONS[entry["function"]], entry["package"]
            apart = entry.get("difference")
            cells = {
                "Function": self.linked(fn.title, f"plot_fn_{fn.name}"),
                "Package": _package(package, record["packages"][package]),
                "Its name there": Cell(escape(entry["theirs"]), entry["theirs"], _PATH),
                "Result": Cell(entry["result"]),
                "Largest relative difference": Cell(NONE, "")
                if apart is None
                else Cell(f"{apart:.1g}", apart),
                "Remarks": Cell(escape(_departure(entry)) or NONE, ""),
            }
            facets = {"function": [fn.title], "package": [package], "result": [entry["result"]]}
            yield Row(facets, cells)

    def counts(self) -> Mapping[str, Any]:
        """Return the numbers of pairs: all, and by their results."""
        record = self.record()
        left_out = record["left out"]
        results = Counter(entry["result"] for entry in record["pairs"])
        return {
            **{result: results[result] for result in record["results"]},
            "words": _listed(record["results"], results),
            "pairs": len(record["pairs"]),
            "packages": len(record["packages"]),
            "points": record["points"],
            "tolerance": f":math:`10^{{{round(log10(record['tolerance']))}}}`",
            "left out": "; ".join(f"{name} {why}" for name, why in left_out.items()) or "none",
        }


def _listed(meanings: Mapping[str, str], counts: Mapping[str, int]) -> str:
    """Return a list of the terms in the table, their counts, and their meanings."""
    return "\n".join(
        f"- *{escape(words)}* ({counts[words]}): {escape(meaning)}"
        for words, meaning in meanings.items()
        if counts[words]
    )


def _package(name: str, version: str) -> Cell:
    """Return a package at its version, as a link to the package index."""
    return Cell(f"`{name} {version} <https://pypi.org/project/{name}/{version}/>`__", name)


def _outcome(recorded: Mapping[str, Any] | None) -> Outcome | None:
    if recorded is None:
        return None
    facts = {key: recorded[key] for key in ("cost", "step", "last", "reason") if key in recorded}
    return _OUTCOMES[recorded["kind"]](**facts)


def _ended(outcome: Outcome | None) -> Cell:
    """Return how a run ended, sorted by its kind, and by its cost or the step it stopped at."""
    if outcome is None:
        return Cell(NONE, "")
    rank = KINDS.index(outcome.kind) * 1_000_000 + (outcome.cost or outcome.step or 0)
    return Cell(escape(outcome.mark), rank, outcome.css_class)


def _remarks(entry: Mapping[str, Any]) -> str:
    """Say what a class was given, why there is no comparison, and why runs failed."""
    settings = entry.get("settings")
    failed: dict[str, list[str]] = {}
    for name, ended in entry.get("ended", {}).items():
        if ended["kind"] == "failed":
            failed.setdefault(ended["reason"], []).append(FUNCTIONS[name].title)
    said = [
        f"with {settings}" if settings else "",
        entry["cause"],
        *(f"{', '.join(titles)}: {reason}" for reason, titles in failed.items()),
    ]
    return "; ".join(filter(None, said))


def _departure(entry: Mapping[str, Any]) -> str:
    """Say why a function has other values, where that is printed, and what was published."""
    said = [entry.get("why", "")]
    if source := entry.get("source"):
        said.append(f"as in {source}")
    if entry["result"] == "differs from the published formula":
        said.append(f"published: {FUNCTIONS[entry['function']].source}")
    return "; ".join(filter(None, said))


def add_other_packages(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("other-optimizers", OtherOptimizers)
    app.add_directive("other-functions", OtherFunctions)
