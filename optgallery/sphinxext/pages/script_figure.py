"""The directive of a script's figure: SVG in the page, and its picture in other documents."""

import json
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from optgallery.plot.page_panels import IMAGE
from optgallery.sphinxext.incremental.formats import shows_pictures, writes_documents
from optgallery.sphinxext.incremental.script_figures import DIRECTIVE
from optgallery.sphinxext.templates import render

_DENSITY = 200  # pixels of a picture for each inch of the figure
_WIDEST = 6.0  # inches in a document


class script_figure(nodes.General, nodes.Element):
    """A figure: its panels, and as children its picture and the images in the panels."""


class ScriptFigure(SphinxDirective):
    """Show a figure that a script has drawn; the scraper writes this directive.

    Its files are child nodes, so that Sphinx tracks and copies them.
    """

    required_arguments = 1
    option_spec: ClassVar[Any] = {
        "picture": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "digest": directives.unchanged,  # changes the page's text when the figure changes
    }

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        relative, path = self.env.relfn2path(self.arguments[0])
        if not Path(path).exists():
            raise self.error(f"there is no file {relative}: run the script of this page again")
        node = figure(Path(path), self.arguments[0], self.options["picture"], self.options["alt"])
        self.set_source_info(node)
        return [node]


def figure(path: Path, uri: str, picture: str, alt: str) -> script_figure:
    """Return the node of a figure whose panels are in a file.

    Parameters
    ----------
    path : Path
        The file.
    uri, picture : str
        The addresses of the file and of the figure's picture, from the folder of the sources.
    alt : str
        What it shows, for those who cannot see it.

    Returns
    -------
    script_figure
    """
    given = json.loads(path.read_text(encoding="utf-8"))
    node = script_figure(rows=given["rows"], alt=alt)
    folder = uri.rpartition("/")[0]
    for address in (picture, *(f"{folder}/{name}" for name in given["images"])):
        node += nodes.image(uri=address, alt=alt)
    return node


def use_pictures(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Replace figures by their pictures, or by words, in documents that are not web pages."""
    if not writes_documents(app.builder):
        return
    for node in list(doctree.findall(script_figure)):
        if not shows_pictures(app.builder):
            node.replace_self(nodes.paragraph("", f"[{node['alt']}]"))
            continue
        picture = node[0]
        assert isinstance(picture, nodes.image)
        attributes = {**picture.attributes, "align": "center"}
        if picture["uri"].endswith(".png"):
            width = _width(Path(app.srcdir, picture["uri"])) / _DENSITY
            attributes["width"] = f"{min(width, _WIDEST):g}in"
        node.replace_self(nodes.image(**attributes))


def visit_script_figure(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the panels, and a link to the picture."""
    uris = [image["uri"] for image in node.findall(nodes.image)]
    files = [f"{self.builder.imgpath}/{quote(self.builder.images[uri])}" for uri in uris]
    rows = [[(_with_images(svg, files[1:]), width) for svg, width in row] for row in node["rows"]]
    kind = files[0].rpartition(".")[2].upper()
    self.body.append(
        render("script_figure", rows=rows, alt=node["alt"], picture=files[0], kind=kind)
    )
    raise nodes.SkipNode


def _with_images(svg: str, files: list[str]) -> str:
    for number, file in enumerate(files):
        svg = svg.replace(f'"{IMAGE.format(number)}"', f'"{file}"')
    return svg


def _width(path: Path) -> int:
    from PIL import Image

    with Image.open(path) as image:
        return image.width


def add_script_figure(app: Sphinx) -> None:
    """Register the directive, its node, and what replaces it in documents."""
    app.add_directive(DIRECTIVE, ScriptFigure)
    app.add_node(script_figure, html=(visit_script_figure, None))
    app.connect("doctree-resolved", use_pictures)
