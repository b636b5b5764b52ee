"""Tables of optimizers: those that benchmarks compare, and those that are no entries."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sphinx.application import Sphinx

from optgallery.optim import OPTIMIZERS
from optgallery.sphinxext.pages.catalogue import NONE, Cell, Row
from optgallery.sphinxext.pages.recorded_tables import RecordedTable

_YES = "\N{CHECK MARK}"


class BenchmarkLists(RecordedTable):
    """Which entries benchmarks compare: ``.. benchmark-lists:: FILE``.

    The file has the ``benchmarks``, each with ``authors``, ``title`` and ``url``, and the
    ``optimizers``: each with the ``name`` that the benchmarks use, the numbers of the benchmarks
    that it is ``in``, and the name of an ``entry``; or a ``note`` that says why it is none.
    """

    kind = "optimizers"
    noun = "optimizers"
    written_by = "git checkout docs/{file}"
    facets: ClassVar[Mapping[str, str]] = {"benchmark": "Benchmark"}

    def rows(self) -> Iterator[Row]:
        """Yield a row for each optimizer."""
        record = self.record()
        authors = [benchmark["authors"] for benchmark in record["benchmarks"]]
        for optimizer in record["optimizers"]:
            within = [name for i, name in enumerate(authors) if i in optimizer["in"]]
            cells = {
                "Optimizer": Cell(optimizer["name"]),
                **{
                    name: Cell(_YES if name in within else NONE, name in within) for name in authors
                },
                "In the gallery": self._entry(optimizer.get("entry")),
                "Remarks": Cell(optimizer.get("note", NONE), optimizer.get("note", "")),
            }
            yield Row({"benchmark": within}, cells)

    def counts(self) -> Mapping[str, str]:
        """Return the benchmarks, linked."""
        links = (
            f"`{b['title']} <{b['url']}>`__ by {b['authors']}" for b in self.record()["benchmarks"]
        )
        return {"benchmarks": " and ".join(links)}

    def _entry(self, name: str | None) -> Cell:
        if name is None or name not in OPTIMIZERS:
            return Cell("no", "")
        return self.linked(OPTIMIZERS[name].title, f"plot_opt_{name}")


def _mark(applies: bool) -> Cell:
    return Cell(_YES, 1) if applies else Cell(NONE, 0)


class AbsentOptimizers(RecordedTable):
    """What is no entry, and why: ``.. absent-optimizers:: FILE``.

    The file is a list of optimizers, each with ``name``, ``url``, what it ``needs`` that two
    coordinates do not have, and what remains of it ``here``.
    """

    kind = "optimizers"
    noun = "optimizers"
    written_by = "git checkout docs/{file}"
    facets: ClassVar[Mapping[str, str]] = {"kind": "Kind"}

    def rows(self) -> Iterator[Row]:
        """Yield a row for each optimizer."""
        for optimizer in self.record():
            cells = {
                "Optimizer": Cell(
                    f"`{optimizer['name']} <{optimizer['url']}>`__", optimizer["name"]
                ),
                "Kind": Cell(optimizer["kind"]),
                "What it needs": Cell(optimizer["needs"]),
                "On two coordinates": Cell(optimizer["here"]),
            }
            yield Row({"kind": [optimizer["kind"]]}, cells)


def add_optimizer_lists(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("benchmark-lists", BenchmarkLists)
    app.add_directive("absent-optimizers", AbsentOptimizers)
