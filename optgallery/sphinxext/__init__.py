"""The Sphinx extension that turns gallery scripts into pages with moving pictures."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from optgallery import __version__
from optgallery.sphinxext.cards import EntryLinks, FunctionCard, OptimizerCard
from optgallery.sphinxext.directives import (
    AnimationDirective,
    CellRole,
    MatrixDirective,
    add_nodes,
    check_references,
)
from optgallery.sphinxext.formulas import add_renderer
from optgallery.sphinxext.freshness import copy_cells, fingerprint, forget_stale_scripts
from optgallery.sphinxext.scraper import collect_shown

STATIC = Path(__file__).parent / "static"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register directives, nodes, style and the handlers that keep the pages up to date."""
    add_nodes(app)
    add_renderer(app)
    app.add_directive("animation", AnimationDirective)
    app.add_directive("trajectory-matrix", MatrixDirective)
    app.add_directive("optimizer-card", OptimizerCard)
    app.add_directive("function-card", FunctionCard)
    app.add_directive("entry-links", EntryLinks)
    app.add_role("cell", CellRole())
    # cards and pages print what the package says: Sphinx reads all of them again when it changes
    app.add_config_value("optgallery_fingerprint", fingerprint(pages=True), "env", types=str)
    app.connect("doctree-read", check_references)
    app.connect("builder-inited", collect_shown, priority=400)
    # before sphinx-gallery, which decides at priority 500 which scripts to run
    app.connect("builder-inited", forget_stale_scripts, priority=400)
    app.connect("build-finished", copy_cells)
    app.connect("config-inited", _add_static)
    app.add_css_file("optgallery.css")
    app.add_js_file("optgallery.js", loading_method="defer")
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _add_static(_app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(STATIC))
