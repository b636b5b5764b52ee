"""The Sphinx extension that turns gallery scripts into pages with animations."""

from importlib import metadata
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from optgallery import __version__
from optgallery.cache.fingerprint import digest, sources
from optgallery.sphinxext import templates
from optgallery.sphinxext.explorer.directive import add_explorer
from optgallery.sphinxext.html import metadata as page_metadata
from optgallery.sphinxext.html import postprocess
from optgallery.sphinxext.html.math import FONT, add_renderer
from optgallery.sphinxext.incremental import publish, rebuild
from optgallery.sphinxext.pages.cards import EntryLinks, FunctionCard, OptimizerCard
from optgallery.sphinxext.pages.catalogue import add_catalogues
from optgallery.sphinxext.pages.matrix_directives import (
    AnimationDirective,
    CellRole,
    MatrixDirective,
    PrintedDirective,
    add_nodes,
    resolve_references,
)
from optgallery.sphinxext.pages.number_roles import add_number_roles
from optgallery.sphinxext.pages.other_packages import add_other_packages
from optgallery.sphinxext.pages.recorded_tables import add_recorded_tables

STATIC = [Path(__file__).parent / folder / "static" for folder in ("html", "explorer")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register directives, nodes, style and the handlers that keep the pages up to date."""
    add_nodes(app)
    add_renderer(app)
    add_catalogues(app)
    add_recorded_tables(app)
    add_other_packages(app)
    add_explorer(app)
    add_number_roles(app)
    app.add_directive("animation", AnimationDirective)
    app.add_directive("trajectory-matrix", MatrixDirective)
    app.add_directive("printed-sweep", PrintedDirective)
    app.add_directive("optimizer-card", OptimizerCard)
    app.add_directive("function-card", FunctionCard)
    app.add_directive("entry-links", EntryLinks)
    app.add_role("cell", CellRole())
    app.add_config_value("optgallery_grid", False, "", types=bool)
    # Sphinx reads all pages again when the code changes that makes them
    app.add_config_value("optgallery_code", sources(__name__), "env", types=str)
    # and writes them again when what they are written with changes, or their scripts and style
    app.add_config_value("optgallery_look", look(), "html", types=str)
    app.connect("doctree-resolved", resolve_references)
    # before sphinx-gallery, which decides at priority 500 which scripts to run
    app.connect("builder-inited", rebuild.prepare, priority=400)
    app.connect("env-get-outdated", rebuild.outdated)
    app.connect("env-updated", publish.pages_with_new_cells)
    for notes in (rebuild.PRINTED, publish.MATRICES):
        notes.connect(app)
    # before sphinxext.opengraph, which writes what the page's metadata say
    app.connect("html-page-context", page_metadata.add_preview, priority=400)
    app.connect("html-page-context", publish.still_thumbnails)
    app.connect("build-finished", page_metadata.write_sitemap)
    app.connect("build-finished", publish.publish, priority=600)
    app.connect("build-finished", publish.report, priority=700)
    app.connect("build-finished", rebuild.finish, priority=900)
    app.connect("config-inited", _add_static)
    app.add_css_file("optgallery.css")
    for script in ("dom.js", "optgallery.js"):
        app.add_js_file(script, loading_method="defer")
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def look() -> str:
    """Return a digest of all that a page is written with: templates, scripts and style sheets."""
    folders = [templates.FOLDER, *STATIC]
    files = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    contents = [(path.name, path.read_bytes()) for path in files]
    return digest(metadata.version("pydata-sphinx-theme"), sources(postprocess), contents)


def _add_static(_app: Sphinx, config: Config) -> None:
    config.html_static_path.extend(map(str, STATIC))
    # Sphinx knows no media type for a font and its licence, leaves them out of an EPUB, and warns
    font = [f"_static/{path.name}" for path in sorted(FONT.parent.glob(f"{FONT.stem}.*"))]
    config.epub_exclude_files = [*config.epub_exclude_files, *font]
