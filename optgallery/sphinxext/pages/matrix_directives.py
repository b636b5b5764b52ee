"""Directives of the gallery's pages: an animation, a matrix of them, a reference to one cell."""

from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator
from sphinx.writers.text import TextTranslator

from optgallery.registry import UnknownNameError
from optgallery.sphinxext.incremental.downloads import subject
from optgallery.sphinxext.incremental.matrices import Content, grid_stem
from optgallery.sphinxext.incremental.publish import note_matrix
from optgallery.sphinxext.pages.matrix_html import Table, cell_id
from optgallery.sphinxext.templates import render

logger = logging.getLogger(__name__)


class animation(nodes.General, nodes.Element):
    """An animation: the GIF, its poster, and both again for narrow screens."""


class matrix(nodes.General, nodes.Element):
    """A table of trajectories, rows by function or optimizer, columns by learning rate."""


class printed(nodes.General, nodes.Element):
    """The words of a sweep. They are no text of the page, which searches would find there."""


class AnimationDirective(SphinxDirective):
    """Show a GIF, or its still poster to visitors who prefer reduced motion.

    The images are ordinary image nodes below the node, so that Sphinx tracks and copies them.
    """

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = {
        "poster": directives.unchanged_required,
        "narrow": directives.unchanged_required,
        "narrow-poster": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "class": directives.class_option,
        "eager": directives.flag,
        "digest": directives.unchanged,  # changes the page's text when the picture changes
    }

    def run(self) -> list[nodes.Node]:
        """Return one animation node with two images, or four."""
        node = animation(
            alt=self.options["alt"],
            classes=self.options.get("class", []),
            loading="eager" if "eager" in self.options else "lazy",
        )
        roles = ["poster", "narrow", "narrow-poster"]
        uris = [self.arguments[0], *(self.options[r] for r in roles if r in self.options)]
        for uri in uris:
            node += nodes.image(uri=uri, alt=self.options["alt"])
        self.set_source_info(node)
        return [node]


class _SweepDirective(SphinxDirective):
    """Show a sweep, whose cells are a file of the sources.

    The page is not read again when they change, so they are looked at when it is written.
    """

    required_arguments = 1
    shown: type[nodes.Element]

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        relative, path = self.env.relfn2path(self.arguments[0])
        if not Path(path).exists():
            raise self.error(f"there is no file {relative}: run the script of this page again")
        note_matrix(self.env, self.env.docname, relative)
        node = self.shown(file=relative)
        self.set_source_info(node)
        return [node]


class MatrixDirective(_SweepDirective):
    """Show a sweep as a table of still pictures that move when touched.

    That is one table for each optimizer, or a single one if there is only one function.
    """

    shown = matrix


class PrintedDirective(_SweepDirective):
    """Show a sweep in the words that ``print`` has for it."""

    shown = printed


class CellRole(SphinxRole):
    """Refer to a cell of this page's matrix, and say what happened there.

    ``:cell:`radam beale 0.3``` becomes "Beale at 0.3 (diverged at step 4: ...)": the words come
    from the run itself, so that prose cannot disagree with its picture.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a link to the cell and its outcome in parentheses."""
        try:
            optimizer, function, lr = self.text.split()
            rate = f"{float(lr):g}"
            name = subject(self.env.docname.rpartition("/")[2], optimizer, function)
        except (ValueError, UnknownNameError) as error:
            message = self.inliner.reporter.error(
                f":cell: takes an optimizer, a function and a learning rate, got {self.text!r}: "
                f"{error}",
                line=self.lineno,
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        cell = cell_id(grid_stem(optimizer, function, float(lr)))
        link = nodes.reference("", f"{name} at {rate}", cell=cell, refuri=f"#{cell}")
        self.set_source_info(link)
        return [link], []


def add_nodes(app: Sphinx) -> None:
    """Register the nodes, their HTML, and their words for formats without pictures."""
    app.add_node(animation, html=(visit_animation, None), text=(visit_animation_as_text, None))
    app.add_node(matrix, html=(visit_matrix, None), text=(visit_matrix_as_text, None))
    app.add_node(printed, html=(visit_printed, None), text=(visit_printed, None))


def resolve_references(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Say what happened behind each reference to a cell, and warn of those that are not there.

    A page without any matrix is one whose script was not run.
    """
    links = [link for link in doctree.findall(nodes.reference) if "cell" in link]
    matrices = list(doctree.findall(matrix)) if links else []
    cells = {
        cell_id(cell["stem"]): cell
        for node in matrices
        for cell in _content(app.srcdir, node).cells
    }
    for link in links if matrices else []:
        if link["cell"] in cells:
            words = nodes.Text(f" ({cells[link['cell']]['outcome']})")
            link.parent.insert(link.parent.index(link) + 1, words)
        else:
            logger.warning(
                "no matrix on this page has the cell %s; choose one of its learning rates",
                link["cell"],
                location=link,
                type="optgallery",
                subtype="cell",
            )


def _content(sources: Path, node: nodes.Element) -> Content:
    return Content.read(sources / node["file"])


def visit_animation_as_text(self: TextTranslator, node: nodes.Element) -> None:
    """Write what the picture shows."""
    self.new_state(0)
    self.add_text(f"[{node['alt']}]")
    self.end_state()
    raise nodes.SkipNode


def visit_matrix_as_text(self: TextTranslator, node: nodes.Element) -> None:
    """Write what became of each run, line by line."""
    for cell in _content(self.builder.srcdir, node).cells:
        self.new_state(0)
        self.add_text(cell["summary"])
        self.end_state(end=None)
    raise nodes.SkipNode


def visit_printed(self: HTML5Translator | TextTranslator, node: nodes.Element) -> None:
    """Write what was printed as sphinx-gallery shows it."""
    words = _content(self.builder.srcdir, node).printed()
    block = nodes.literal_block(words, words, language="none", classes=node["classes"])
    block.document = self.document
    block.walkabout(self)
    raise nodes.SkipNode


class _Picture(NamedTuple):
    """A picture as a page refers to it."""

    uri: str
    width: int
    height: int


def visit_animation(self: HTML5Translator, node: nodes.Element) -> None:
    """Write a picture element with stills for reduced motion and stacked panels for phones."""
    uris = [image["uri"] for image in node.findall(nodes.image)]
    if not all(uri in self.builder.images for uri in uris):  # scripts were not run
        self.body.append(render("missing", words=node["alt"]))
        raise nodes.SkipNode
    # a still is as large as the GIF before it
    sizes = [_size(Path(self.builder.srcdir, uri)) for uri in uris[::2]]
    pictures = [
        _Picture(f"{self.builder.imgpath}/{quote(self.builder.images[uri])}", *sizes[i // 2])
        for i, uri in enumerate(uris)
    ]
    gif, poster, narrow, narrow_poster = [*pictures, None, None][:4]
    self.body.append(
        render(
            "animation",
            gif=gif,
            poster=poster,
            narrow=narrow,
            narrow_poster=narrow_poster,
            alt=node["alt"],
            classes=node["classes"],
            loading=node["loading"],
        )
    )
    raise nodes.SkipNode


def visit_matrix(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the tables; each cell is a link to its GIF, which the script turns into a player."""
    content = _content(self.builder.srcdir, node)
    for title, kind, cells in content.tables():
        self.body.append(Table(self, content, kind, cells).html(title))
    raise nodes.SkipNode


def _size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size
