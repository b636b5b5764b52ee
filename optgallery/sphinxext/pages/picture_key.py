"""The key to a page's pictures: what start, end, minimum, path and colours look like.

It stands once on a page: below its first animation, or above its first matrix. The player of a cell
shows it again.
"""

from inspect import signature

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from optgallery.render.animation import animate
from optgallery.render.colors import colormap
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.pages.matrix_directives import animation, matrix
from optgallery.sphinxext.templates import render

GLOSSARY = "guide/glossary"
"""The page whose term ``animation`` says more."""

_SHADES = 7  # of the colour scale


class picture_key(nodes.General, nodes.Element):
    """The key."""


def add_key(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Add the key to a page with pictures, if the builder writes pages for browsers."""
    if not runs_scripts(app.builder):
        return
    if (picture := next(doctree.findall(animation), None)) is not None:
        beside: nodes.Element = picture
        while isinstance(beside.parent, nodes.container):  # of pictures side by side
            beside = beside.parent
        beside.parent.insert(beside.parent.index(beside) + 1, picture_key())
    elif (table := next(doctree.findall(matrix), None)) is not None:
        table.parent.insert(table.parent.index(table), picture_key())


def visit_key(self: HTML5Translator, _node: nodes.Element) -> None:
    """Write the key, linked to the glossary if there is one."""
    defaults = {name: each.default for name, each in signature(animate).parameters.items()}
    scale = colormap(defaults["cmap"])([i / (_SHADES - 1) for i in range(_SHADES)])
    shades = [f"#{''.join(f'{round(255 * part):02x}' for part in rgb[:3])}" for rgb in scale]
    here, glossary = self.builder.current_docname, None
    if GLOSSARY in self.builder.env.found_docs:
        address = self.builder.get_relative_uri(here, GLOSSARY)
        glossary = f"{address}#term-animation"
    self.body.append(
        render(
            "picture_key",
            glossary=glossary,
            shades=shades,
            **{name: defaults[f"{name}_color"] for name in ("start", "end", "line")},
        )
    )
    raise nodes.SkipNode


def add_picture_key(app: Sphinx) -> None:
    """Register the node, and what adds it."""
    app.add_node(picture_key, html=(visit_key, None))
    # after answers are in their places, and before matrices that were not computed are replaced
    app.connect("doctree-resolved", add_key, priority=350)
