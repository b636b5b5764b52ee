"""A figure that stands inside a web page, and as an image in other documents.

As SVG in the page it has the page's own colours, so that it fits a light and a dark theme.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from optgallery.sphinxext.incremental.formats import runs_scripts, writes_documents
from optgallery.sphinxext.templates import render


class page_figure(nodes.General, nodes.Element):
    """The figure: its SVG, and an image for documents."""


def choose_form(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Leave to each builder the form that it needs, so that no other files are copied."""
    for node in list(doctree.findall(page_figure)):
        if writes_documents(app.builder):
            node.replace_self(node.children)
        elif runs_scripts(app.builder):
            node.clear()


def visit_figure(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the figure."""
    self.body.append(render("page_figure", svg=node["svg"], classes=node["classes"]))
    raise nodes.SkipNode


def add_page_figure(app: Sphinx) -> None:
    """Register the node, and what replaces it."""
    app.add_node(page_figure, html=(visit_figure, None))
    app.connect("doctree-resolved", choose_form)
