"""The texts of sphinx-gallery's figures, which are those of their titles, for screen readers.

sphinx-gallery writes such a text into an attribute as it is: a quotation mark ended the attribute,
and what followed became attributes of their own.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx

_PAIR = re.compile(r'"([^"]*)"')


def add_figure_words(app: Sphinx) -> None:
    """Register the correction of quotation marks."""
    app.connect("doctree-resolved", _quote)


def typographic(text: str) -> str:
    """Replace straight quotation marks by typographic ones, which no attribute ends with.

    Examples
    --------
    >>> typographic('Losses of "Adam" on a 5" disk')
    'Losses of “Adam” on a 5” disk'
    """
    return _PAIR.sub(r"“\1”", text).replace('"', "”")


def _quote(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    if "sphinx_gallery.gen_gallery" not in app.extensions:
        return
    from sphinx_gallery.directives import imgsgnode

    for node in doctree.findall(imgsgnode):
        node["alt"] = typographic(node["alt"])
