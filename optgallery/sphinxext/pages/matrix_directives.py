"""Directives for animations and matrices of runs, and a role that refers to a cell."""

from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator

from optgallery.optim import OPTIMIZERS
from optgallery.registry import UnknownNameError
from optgallery.sphinxext.incremental import known
from optgallery.sphinxext.incremental.cells import GridCell, axis_of, grid_stem
from optgallery.sphinxext.incremental.downloads import subject
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.publish import note_matrix
from optgallery.sphinxext.pages.matrix_html import Table, cell_id, id_of
from optgallery.sphinxext.templates import render

logger = logging.getLogger(__name__)


class animation(nodes.General, nodes.Element):
    """An animation: the GIF, its poster, and both again for narrow screens."""


class matrix(nodes.General, nodes.Element):
    """A table of trajectories: rows are functions, optimizers or values, columns rates."""


class printed(nodes.General, nodes.Element):
    """The printed text of a sweep, which is not indexed for the search."""


class AnimationDirective(SphinxDirective):
    """Show a GIF, or its poster to visitors who prefer reduced motion.

    The images are child nodes, so that Sphinx tracks and copies them.
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
    """Show a sweep, whose cells are in a file of the source folder.

    The file is read when the page is written, since Sphinx does not read the page again when the
    file changes.
    """

    required_arguments = 1
    shown: type[nodes.Element]

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        relative, path = self.env.relfn2path(self.arguments[0])
        if not Path(path).exists():
            raise self.error(f"there is no file {relative}: run the script of this page again")
        note_matrix(self.env, self.env.docname, relative)
        node = self.shown(file=relative, view=self.options.get("view"))
        self.set_source_info(node)
        return [node]


class MatrixDirective(_SweepDirective):
    """Show a sweep as tables of stills that play under the pointer.

    There is a table for each optimizer, or a single one if there is only one function; of a sweep
    across a further axis, a table for each optimizer and function, with a row for each value.
    """

    shown = matrix


class PrintedDirective(_SweepDirective):
    """Show the text that ``print`` shows for a sweep."""

    shown = printed


class CellRole(SphinxRole):
    """Refer to a cell of this page's matrix, with its outcome.

    ``:cell:`radam beale 0.3``` becomes "Beale at 0.3 (diverged at step 4: ...)", and ``:cell:`adamw
    booth 0.1 weight_decay=0.01``` "Booth at 0.1, weight_decay 0.01 (solved after ...)". The outcome
    comes from the run, so that the text always agrees with the picture.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a link to the cell and its outcome in parentheses."""
        try:
            asked = GridCell.of(self.text)
            name = subject(self.env.docname.rpartition("/")[2], asked)
        except (ValueError, UnknownNameError) as error:
            message = self.inliner.reporter.error(
                ":cell: takes an optimizer, a function and a learning rate, and perhaps a further "
                f"value such as weight_decay=0.1, got {self.text!r}: {error}",
                line=self.lineno,
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        cell = cell_id(grid_stem(*asked), axis_of(known.lookup(OPTIMIZERS, asked.optimizer)))
        link = nodes.reference("", name, cell=cell, asked=tuple(asked), refuri=f"#{cell}")
        self.set_source_info(link)
        return [link], []


def add_nodes(app: Sphinx) -> None:
    """Register the nodes, and their visitors for web pages."""
    app.add_node(animation, html=(visit_animation, None))
    app.add_node(matrix, html=(visit_matrix, None))
    app.add_node(printed, html=(visit_printed, None))


def resolve_references(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Add the outcome after each reference to a cell, and warn if the cell does not exist.

    Pages without a matrix are skipped: their scripts were not run.
    """
    links = [link for link in doctree.findall(nodes.reference) if "cell" in link]
    matrices = list(doctree.findall(matrix)) if links else []
    cells = {id_of(cell): cell for node in matrices for cell in content_of(app.srcdir, node).cells}
    by_name = {
        (cell["optimizer"], cell["function"], cell["value"], cell["setting"]): id_of(cell)
        for cell in reversed(cells.values())
    }
    for link in links if matrices else []:
        if link["cell"] not in cells and link["asked"] in by_name:  # it is not of the grid
            link["cell"] = by_name[link["asked"]]
            link["refuri"] = f"#{link['cell']}"
        if link["cell"] in cells:
            words = nodes.Text(f" ({cells[link['cell']]['outcome']})")
            link.parent.insert(link.parent.index(link) + 1, words)
        else:
            logger.warning(
                "no matrix on this page has the cell %s; choose one of its columns",
                link["cell"],
                location=link,
                type="optgallery",
                subtype="cell",
            )


def content_of(sources: Path, node: nodes.Element) -> Content:
    """Read the file of the cells that a node shows."""
    return Content.read(sources / node["file"])


def visit_printed(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the printed text of a sweep as a literal block, as sphinx-gallery does."""
    text = content_of(self.builder.srcdir, node).printed()
    block = nodes.literal_block(text, text, language="none", classes=node["classes"])
    block.document = self.document
    block.walkabout(self)
    raise nodes.SkipNode


class _Picture(NamedTuple):
    """The address and size of an image, for templates."""

    uri: str
    width: int
    height: int


def visit_animation(self: HTML5Translator, node: nodes.Element) -> None:
    """Write a picture element, with posters for reduced motion and narrow versions for phones."""
    uris = [image["uri"] for image in node.findall(nodes.image)]
    if not all(uri in self.builder.images for uri in uris):  # scripts were not run
        self.body.append(render("missing", words=node["alt"]))
        raise nodes.SkipNode
    # a poster has the size of the GIF before it
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
    """Write the tables of a matrix."""
    content = content_of(self.builder.srcdir, node)
    for title, kind, cells in content.tables():
        self.body.append(Table(self, content, kind, cells, node.get("view")).html(title))
    raise nodes.SkipNode


def _size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as image:
        return image.size
