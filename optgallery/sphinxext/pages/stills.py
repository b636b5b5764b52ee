"""Stills of matrices: SVG in the page, over one picture for each function.

A page has hundreds of cells, which were as many pictures to load. Their surfaces are those of a few
functions, and their paths are short.
"""

from itertools import count
from typing import Any
from urllib.parse import quote

from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from optgallery.render.still import frame
from optgallery.render.tile import TILE
from optgallery.sphinxext.incremental.cells import MatrixCell

SIZE: int = TILE["size"]
FRAME = frame(SIZE)


def still_of_cell(page: HTML5Translator, cell: MatrixCell) -> dict[str, Any]:
    """Return what the template of a cell's picture needs besides the run.

    Parameters
    ----------
    page : HTML5Translator
        The page that is being written.
    cell : MatrixCell

    Returns
    -------
    dict
        The address of the surface; a number that no other still on the page has; and what all
        stills have in common, with their size in pixels.
    """
    numbers = page.__dict__.setdefault("optgallery_stills", count(1))
    here = page.builder.get_target_uri(page.builder.current_docname)
    return {
        "surface": relative_uri(here, quote(cell["surface"])),
        "number": next(numbers),
        "size": SIZE,
        "frame": FRAME,
    }
