"""The Sphinx extension: galleries of animations in the documentation of any project.

``extensions = ["optgallery.sphinxext"]`` in ``conf.py`` adds its directives and roles. What only
the site of optgallery itself has, such as its catalogues, is in `optgallery.sphinxext.site`.
"""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from optgallery import __version__
from optgallery.cache.fingerprint import digest, sources
from optgallery.sphinxext import templates
from optgallery.sphinxext.explorer.directive import add_explorer
from optgallery.sphinxext.explorer.find_directive import add_find_runs
from optgallery.sphinxext.incremental import gallery, publish, rebuild
from optgallery.sphinxext.incremental.downloads import RELATIVES_DIRECTIVE
from optgallery.sphinxext.incremental.figure_words import add_figure_words
from optgallery.sphinxext.incremental.leftovers import delete_leftovers
from optgallery.sphinxext.incremental.mini_galleries import add_mini_galleries
from optgallery.sphinxext.incremental.project import add_settings
from optgallery.sphinxext.incremental.scraper import scrape
from optgallery.sphinxext.incremental.updates import DIRECTIVE as UPDATE
from optgallery.sphinxext.pages.cards import (
    EntryLinks,
    FunctionCard,
    OptimizerCard,
    OptimizerUpdate,
    keep_text,
    resolve_families,
)
from optgallery.sphinxext.pages.documents import add_documents
from optgallery.sphinxext.pages.explorer_links import add_explorer_links
from optgallery.sphinxext.pages.matrix_directives import (
    CellRole,
    PrintedDirective,
    add_nodes,
    resolve_references,
)
from optgallery.sphinxext.pages.number_roles import add_number_roles
from optgallery.sphinxext.pages.page_figure import add_page_figure
from optgallery.sphinxext.pages.picture_key import add_picture_key
from optgallery.sphinxext.pages.predictions import add_predictions
from optgallery.sphinxext.pages.relatives import OptimizerRelatives
from optgallery.sphinxext.pages.run_directives import add_run_directives
from optgallery.sphinxext.pages.script_figure import add_script_figure

__all__ = ["assets_digest", "scrape", "setup"]

STATIC = [Path(__file__).parent / folder / "static" for folder in ("pages", "explorer")]
VENDORED = sorted(STATIC[1].joinpath("vendor").iterdir())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, roles, nodes, event handlers, scripts and style sheets."""
    add_nodes(app)
    add_documents(app)
    add_explorer(app)
    add_figure_words(app)
    add_mini_galleries(app)
    add_explorer_links(app)
    add_find_runs(app)
    add_number_roles(app)
    add_page_figure(app)
    add_picture_key(app)
    add_predictions(app)
    add_run_directives(app)
    add_script_figure(app)
    app.add_directive("printed-sweep", PrintedDirective)
    app.add_directive("optimizer-card", OptimizerCard)
    app.add_directive(RELATIVES_DIRECTIVE, OptimizerRelatives)
    app.add_directive(UPDATE, OptimizerUpdate)
    app.add_directive("function-card", FunctionCard)
    app.add_directive("entry-links", EntryLinks)
    app.add_role("cell", CellRole())
    app.add_config_value("optgallery_grid", False, "", types=bool)
    add_settings(app)
    # after a change of this code, Sphinx reads every page again
    app.add_config_value("optgallery_code", sources(__name__), "env", types=str)
    # after a change of a template, script or style sheet, Sphinx writes every page again
    app.add_config_value("optgallery_look", assets_digest(), "html", types=str)
    app.add_config_value("optgallery_still_thumbnails", False, "html", types=bool)
    # after sphinx-gallery, which completes its settings at priority 10
    app.connect("config-inited", gallery.watch_scripts, priority=20)
    app.connect("doctree-resolved", resolve_references)
    app.connect("missing-reference", keep_text)
    app.connect("doctree-resolved", resolve_families)
    app.connect("builder-inited", delete_leftovers, priority=395)
    # before sphinx-gallery, which decides at priority 500 which scripts to run
    app.connect("builder-inited", rebuild.prepare, priority=400)
    app.connect("env-get-outdated", rebuild.outdated)
    app.connect("env-updated", publish.pages_with_new_cells)
    for notes in (rebuild.PRINTED, publish.MATRICES):
        notes.connect(app)
    app.connect("html-page-context", publish.use_still_thumbnails)
    app.connect("build-finished", publish.publish, priority=600)
    app.connect("build-finished", publish.report, priority=700)
    app.connect("build-finished", rebuild.finish, priority=900)
    app.connect("config-inited", _add_static)
    app.add_css_file("optgallery.css")
    for script in ("dom.js", "optgallery.js", "matrix.js", "matrix-grid.js"):
        app.add_js_file(script, loading_method="defer")
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def assets_digest() -> str:
    """Return a digest of the templates, scripts and style sheets."""
    folders = [templates.FOLDER, *STATIC]
    files = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    return digest([(path.name, path.read_bytes()) for path in files])


def _add_static(_app: Sphinx, config: Config) -> None:
    config.html_static_path.extend(map(str, STATIC))
    # a file that is there only while a build is running, and texts, for which an EPUB has no type
    texts = [f"_static/vendor/{path.name}" for path in VENDORED if path.suffix != ".js"]
    config.epub_exclude_files = [*config.epub_exclude_files, rebuild.MARKER, *texts]
