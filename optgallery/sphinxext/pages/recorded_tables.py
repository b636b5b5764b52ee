"""Tables of what was measured where the site is not built: JSON files hold it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx

from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.sphinxext.pages.catalogue import NONE, CatalogueDirective, Cell, Row


class RecordedTable(CatalogueDirective):
    """A table about the entries of a file, which is the argument.

    The content is text above the table. Counts are written in braces, such as
    ``{classes}``, and counted when the page is built.
    """

    required_arguments = 1
    has_content = True
    written_by: str
    """The command that writes the file, which it may name as ``{file}``."""

    def run(self) -> list[nodes.Node]:
        """Return the prose and the table."""
        return [*self._prose(), *super().run()]

    def record(self) -> Any:
        """Read the file."""
        relative, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        try:
            return json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            command = self.written_by.format(file=relative)
            raise self.error(
                f"{self.name} cannot read {relative}: {error}; `{command}` writes it"
            ) from error

    def counts(self) -> Mapping[str, Any]:
        """Return what the prose may name."""
        return {}

    def _prose(self) -> list[nodes.Node]:
        if not self.content:
            return []
        counts = self.counts()
        try:
            prose = "\n".join(filled(line, counts) for line in self.content)
        except KeyError as error:
            known = ", ".join(sorted(counts)) or "nothing"
            raise self.error(f"{self.name} cannot count {error}, but {known}") from None
        return self.parse_text_to_nodes(prose)


def filled(line: str, counts: Mapping[str, Any]) -> str:
    """Fill in what a line names; what that has of lines is indented as this one is."""
    text = line.lstrip()
    return indent(text.format_map(counts), line[: len(line) - len(text)])


class ProofTable(RecordedTable):
    """What each optimizer was compared with: ``.. optimizer-proofs:: FILE``.

    The file is what ``python tests/optim/references`` prints.
    """

    kind = "optimizers"
    noun = "comparisons"
    written_by = "python tests/optim/references > docs/{file}"
    facets: ClassVar[Mapping[str, str]] = {"family": "Family", "package": "Package"}

    def rows(self) -> Iterator[Row]:
        """Yield a row for each optimizer and package, or for what was derived by hand."""
        record = self.record()
        by_pair: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for entry in record["compared"]:
            by_pair.setdefault((entry["optimizer"], entry["package"]), []).append(entry)
        for (optimizer, package), entries in by_pair.items():
            largest = max(entry["largest_relative_difference"] for entry in entries)
            notes = dict.fromkeys(entry["note"] for entry in entries if entry["note"])
            cells = {
                "Compared with": Cell(f"{package} {entries[0]['version']}", package),
                "Settings": Cell(", ".join(entry["setting"] for entry in entries), len(entries)),
                "Largest relative difference": Cell(f"{largest:.0e}" if largest else "0", largest),
                "How": Cell(f"{entries[0]['steps']} steps {_where(entries)}"),
                "Remarks": Cell("; ".join(notes) or NONE, ""),
            }
            yield self._row_of(optimizer, package, cells)
        for optimizer, why in record["derived by hand"].items():
            cells = {
                "Compared with": Cell("steps derived by hand"),
                "Settings": Cell(NONE, ""),
                "Largest relative difference": Cell(NONE, ""),
                "How": Cell("the first steps, and a naive twin"),
                "Remarks": Cell(why, ""),
            }
            yield self._row_of(optimizer, "none", cells)

    def _row_of(self, optimizer: str, package: str, cells: Mapping[str, Cell]) -> Row:
        spec = OPTIMIZERS[optimizer]
        title = {"Optimizer": self.linked(spec.title, f"plot_opt_{optimizer}")}
        return Row({"family": [spec.family], "package": [package]}, {**title, **cells})


def _where(entries: Sequence[Mapping[str, Any]]) -> str:
    places = dict.fromkeys(place for entry in entries for place in entry["compared_on"])
    functions = [FUNCTIONS[name].title for name in places if name != "replay"]
    return f"along fixed gradients, and down {', '.join(functions)}"


def add_recorded_tables(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("optimizer-proofs", ProofTable)
