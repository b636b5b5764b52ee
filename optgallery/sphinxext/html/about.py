"""What the foot of every page says: version, licence, credit, and where the source is."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from optgallery.sphinxext.pages.citation import credit, read
from optgallery.sphinxext.pages.distributions import wheel
from optgallery.sphinxext.pages.repository import repository, source


def add_about(
    app: Sphinx,
    page: str,
    _template: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Give a page's template what the foot of the page says.

    The template has it as ``about``; without ``optgallery_citation`` there is nothing to say.
    """
    if not app.config.optgallery_citation:
        return
    citation = read(Path(app.srcdir, app.config.optgallery_citation), app.config)
    found = repository(app.config)
    path = source(app, page) if found else None
    context["about"] = {
        "version": citation["version"],
        "licence": citation["license"],
        "credit": credit(citation),
        "wheel": wheel(app.config),
        "repository": found and found.address,
        "issues": found and found.issues,
        "edit": found and path and found.edit(path),
    }
