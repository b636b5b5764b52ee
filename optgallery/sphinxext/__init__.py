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
from optgallery.sphinxext.incremental.updates import DIRECTIVE as UPDATE
from optgallery.sphinxext.pages.cards import (
    EntryLinks,
    FunctionCard,
    OptimizerCard,
    OptimizerUpdate,
)
from optgallery.sphinxext.pages.catalogue import add_catalogues
from optgallery.sphinxext.pages.experiment_pages import add_experiment_pages
from optgallery.sphinxext.pages.experiment_record import add_experiment
from optgallery.sphinxext.pages.map_directives import add_maps
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
    """Register the directives, roles, nodes, event handlers, scripts and style sheets."""
    add_nodes(app)
    add_renderer(app)
    add_catalogues(app)
    add_recorded_tables(app)
    add_other_packages(app)
    add_experiment(app)
    add_experiment_pages(app)
    add_maps(app)
    add_explorer(app)
    add_number_roles(app)
    app.add_directive("animation", AnimationDirective)
    app.add_directive("trajectory-matrix", MatrixDirective)
    app.add_directive("printed-sweep", PrintedDirective)
    app.add_directive("optimizer-card", OptimizerCard)
    app.add_directive(UPDATE, OptimizerUpdate)
    app.add_directive("function-card", FunctionCard)
    app.add_directive("entry-links", EntryLinks)
    app.add_role("cell", CellRole())
    app.add_config_value("optgallery_grid", False, "", types=bool)
    # after a change of this code, Sphinx reads every page again
    app.add_config_value("optgallery_code", sources(__name__), "env", types=str)
    # after a change of a template, script or style sheet, Sphinx writes every page again
    app.add_config_value("optgallery_look", assets_digest(), "html", types=str)
    app.connect("doctree-resolved", resolve_references)
    # before sphinx-gallery, which decides at priority 500 which scripts to run
    app.connect("builder-inited", rebuild.prepare, priority=400)
    app.connect("env-get-outdated", rebuild.outdated)
    app.connect("env-updated", publish.pages_with_new_cells)
    for notes in (rebuild.PRINTED, publish.MATRICES):
        notes.connect(app)
    # before sphinxext.opengraph, which reads the page's metadata
    app.connect("html-page-context", page_metadata.add_preview, priority=400)
    app.connect("html-page-context", publish.use_still_thumbnails)
    app.connect("build-finished", page_metadata.write_sitemap)
    app.connect("build-finished", publish.publish, priority=600)
    app.connect("build-finished", publish.report, priority=700)
    app.connect("build-finished", rebuild.finish, priority=900)
    app.connect("config-inited", _add_static)
    app.add_css_file("optgallery.css")
    for script in ("dom.js", "optgallery.js"):
        app.add_js_file(script, loading_method="defer")
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def assets_digest() -> str:
    """Return a digest of the templates, scripts and style sheets, and the theme's version."""
    folders = [templates.FOLDER, *STATIC]
    files = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    contents = [(path.name, path.read_bytes()) for path in files]
    return digest(metadata.version("pydata-sphinx-theme"), sources(postprocess), contents)


def _add_static(_app: Sphinx, config: Config) -> None:
    config.html_static_path.extend(map(str, STATIC))
    # Sphinx knows no media type for these two files: it would leave them out of an EPUB and warn
    font = [f"_static/{path.name}" for path in sorted(FONT.parent.glob(f"{FONT.stem}.*"))]
    config.epub_exclude_files = [*config.epub_exclude_files, *font]
