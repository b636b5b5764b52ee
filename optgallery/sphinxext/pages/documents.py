"""Animations and matrices in documents that are not web pages: EPUB, PDF, manual page, plain text.

Before such a builder writes a document, the nodes of this extension are replaced by nodes that
every writer knows, also those of other packages: a picture with its words, a table of stills, or
words alone where the format has no pictures.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from optgallery.cache.store import default_store
from optgallery.runs.outcome import LEGEND
from optgallery.sphinxext.explorer.directive import EXPLORER_IN_WORDS, explorer
from optgallery.sphinxext.incremental.cells import MatrixCell, short_digest
from optgallery.sphinxext.incremental.formats import shows_pictures, writes_documents
from optgallery.sphinxext.incremental.matrices import Content, by_columns, titles_of_rows
from optgallery.sphinxext.incremental.pictures import last_frame
from optgallery.sphinxext.incremental.publish import still_of
from optgallery.sphinxext.incremental.site_files import write
from optgallery.sphinxext.pages.matrix_directives import animation, content_of, matrix, printed
from optgallery.sphinxext.pages.matrix_html import id_of

_LATEX_SYMBOLS = r"""
\ifdefined\DeclareUnicodeCharacter
  \DeclareUnicodeCharacter{2197}{\ensuremath{\nearrow}}
  \DeclareUnicodeCharacter{2717}{\ensuremath{\times}}
\fi
"""
"""The symbols of outcomes that pdfLaTeX lacks; the fonts of other engines may have them."""

_ROWS_ON_A_PAGE = 8  # of stills, in a PDF
_SPHINX_GALLERY_FIGURE = "imgsgnode"  # by name, since sphinx-gallery need not be installed
_FIRST_COLUMN = 1.6  # width in widths of the others


def add_documents(app: Sphinx) -> None:
    """Connect what replaces the nodes, and what LaTeX needs."""
    # after the references to cells, which look for the matrix
    app.connect("doctree-resolved", use_standard_nodes, priority=600)
    app.connect("config-inited", _declare_symbols)


def use_standard_nodes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the nodes of this extension if the builder writes no pages for browsers."""
    document = _Document(app, docname)
    for shown in list(doctree.findall(animation)):
        document.complete(shown)
    if not writes_documents(app.builder):
        return
    for shown in list(doctree.findall(animation)):
        shown.replace_self(document.still(shown))
    for table in list(doctree.findall(matrix)):
        table.replace_self(list(document.tables(content_of(app.srcdir, table))))
    for text in list(doctree.findall(printed)):
        words = content_of(app.srcdir, text).printed()
        text.replace_self(nodes.literal_block(words, words, language="none"))
    for page in list(doctree.findall(explorer)):
        page.replace_self(nodes.paragraph("", EXPLORER_IN_WORDS))
    for node in list(doctree.findall(nodes.Element)):
        if type(node).__name__ == _SPHINX_GALLERY_FIGURE and not _is_written(app, node):
            node.replace_self(document.figure(node))


def _is_written(app: Sphinx, node: nodes.Element) -> bool:
    """Whether a node was registered for the builder, as sphinx-gallery's for HTML and LaTeX."""
    handlers = app.registry.translation_handlers
    known = handlers.get(app.builder.name) or handlers.get(app.builder.format) or {}
    return type(node).__name__ in known


class _Document:
    """What stands in a document for the nodes of this extension."""

    def __init__(self, app: Sphinx, docname: str) -> None:
        self.app, self.docname = app, docname
        self.pictures = shows_pictures(app.builder)
        self.folder = Path(app.doctreedir, "optgallery")  # of stills that no source file has
        self.shown: set[str] = set()

    def complete(self, node: nodes.Element) -> None:
        """Add the still of an animation that has only a GIF: its last frame."""
        images = list(node.findall(nodes.image))
        gif = Path(self.app.srcdir, images[0]["uri"])
        if len(images) > 1 or not gif.exists():
            return
        content = gif.read_bytes()
        still = self.folder / f"{gif.stem}-{short_digest(content)}.png"
        write(still, last_frame(content))
        node += self._image(still, node["alt"])

    def still(self, node: nodes.Element) -> nodes.Element:
        """Return the still of an animation, with its words below it."""
        images = list(node.findall(nodes.image))
        if not self.pictures or len(images) < 2:
            return nodes.paragraph("", f"[{node['alt']}]")
        still = images[1].deepcopy()
        if self.app.builder.name == "epub":  # whose readers say the alternative text
            still["align"] = "center"
            return still
        return nodes.figure("", still, nodes.caption("", node["alt"]), align="center")

    def figure(self, node: nodes.Element) -> nodes.Element:
        """Return a figure of sphinx-gallery, for builders that sphinx-gallery does not know."""
        path = Path(self.app.srcdir, node["uri"].lstrip("/"))
        if not self.pictures or not path.exists():
            return nodes.paragraph("", f"[{node['alt']}]")
        return self._image(path, node["alt"], align="center")

    def tables(self, content: Content) -> Iterator[nodes.Element]:
        """Yield the tables of a matrix, or lists of its runs where there are no pictures."""
        for title, kind, cells in content.tables():
            if not self.pictures:
                yield nodes.paragraph("", f"{title}, {content.steps} steps each:")
                runs = [nodes.paragraph("", cell["summary"]) for cell in cells]
                yield nodes.bullet_list("", *(nodes.list_item("", run) for run in runs), bullet="*")
                continue
            legend = "; ".join(f"{mark} {meaning}" for _, mark, meaning in LEGEND)
            lead = nodes.paragraph("", "", nodes.strong("", title))
            lead += nodes.Text(f", {content.steps} steps each. {legend}.")
            yield lead
            titles = titles_of_rows(kind, cells)
            for heads, alike in by_columns(kind, cells):
                rows: list[list[list[nodes.Node]]] = [
                    [[_words(titles[name])], *map(self._cell, row)]
                    for name, row in groupby(alike, itemgetter(kind))
                ]
                yield _table([[_words(head)] for head in ("", *heads)], rows)

    def _cell(self, cell: MatrixCell) -> list[nodes.Node]:
        """Return a cell's still, unless it is lost from the store, and its mark."""
        name = id_of(cell)
        mark = _words(cell["mark"])
        if name not in self.shown:  # else an earlier table has the same run
            self.shown.add(name)
            mark.insert(0, nodes.target("", "", ids=[name]))
        still = still_of(cell, default_store())
        if still is None:
            return [mark]
        path = self.folder / f"{name}-{short_digest(still)}.png"
        write(path, still)
        return [self._image(path, cell["summary"], width="95%"), mark]

    def _image(self, path: Path, alt: str, **attributes: str) -> nodes.image:
        """Return an image whose file is not in the source folder; the builder copies it."""
        uri = str(path)
        self.app.env.images.add_file(self.docname, uri)
        return nodes.image(uri=uri, candidates={"image/png": uri}, alt=alt, **attributes)


def _words(text: str) -> nodes.paragraph:
    return nodes.paragraph("", text)


def _table(
    heads: Sequence[list[nodes.Node]], rows: Sequence[list[list[nodes.Node]]]
) -> nodes.table:
    def row(cells: Sequence[list[nodes.Node]]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", *cell) for cell in cells))

    share = 100 / (_FIRST_COLUMN + len(heads) - 1)
    widths = [round(_FIRST_COLUMN * share), *[round(share)] * (len(heads) - 1)]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in widths), cols=len(heads))
    group += nodes.thead("", row(heads))
    group += nodes.tbody("", *map(row, rows))
    long = ["longtable"] if len(rows) > _ROWS_ON_A_PAGE else []
    return nodes.table("", group, classes=["colwidths-given", *long])


def _declare_symbols(_app: Sphinx, config: Config) -> None:
    elements = dict(config.latex_elements)
    elements["preamble"] = _LATEX_SYMBOLS + str(elements.get("preamble", ""))
    config.latex_elements = elements
