"""The Sphinx extension of optgallery's own site, which adds to the one that any project may use.

These are its catalogues, the pages of the recorded experiment and the tables of other packages'
optimizers, formulas as MathML, previews for links, the sitemap, and what leads to the package: its
wheel, its citation, its licence and its repository.
"""

from importlib import metadata
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from optgallery import __version__
from optgallery.cache.fingerprint import digest, sources
from optgallery.sphinxext.html import about, postprocess
from optgallery.sphinxext.html import metadata as page_metadata
from optgallery.sphinxext.html.math import FONT, add_renderer
from optgallery.sphinxext.html.search import add_search
from optgallery.sphinxext.incremental import rebuild
from optgallery.sphinxext.pages.catalogue import add_catalogues
from optgallery.sphinxext.pages.citation import add_citation
from optgallery.sphinxext.pages.distributions import add_distributions
from optgallery.sphinxext.pages.examples_using import add_examples_using
from optgallery.sphinxext.pages.experiment_pages import add_experiment_pages
from optgallery.sphinxext.pages.experiment_record import add_experiment
from optgallery.sphinxext.pages.index_groups import add_index_groups
from optgallery.sphinxext.pages.map_directives import add_maps
from optgallery.sphinxext.pages.optimizer_lists import add_optimizer_lists
from optgallery.sphinxext.pages.other_packages import add_other_packages
from optgallery.sphinxext.pages.overview import add_overview
from optgallery.sphinxext.pages.rate_curve import add_rate_curve
from optgallery.sphinxext.pages.recorded_tables import add_recorded_tables
from optgallery.sphinxext.pages.repository import add_repository
from optgallery.sphinxext.pages.tiles import add_tiles
from optgallery.sphinxext.pages.versus import add_versus

STATIC = Path(__file__).parent / "html" / "static"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, nodes and event handlers of the site."""
    app.setup_extension("optgallery.sphinxext")
    add_renderer(app)
    add_catalogues(app)
    add_recorded_tables(app)
    add_other_packages(app)
    add_optimizer_lists(app)
    add_experiment(app)
    add_experiment_pages(app)
    add_versus(app)
    add_maps(app)
    add_examples_using(app)
    add_index_groups(app)
    add_overview(app)
    add_rate_curve(app)
    add_repository(app)
    add_distributions(app)
    add_citation(app)
    add_search(app)
    add_tiles(app)
    # after a change of this code, Sphinx reads every page again
    app.add_config_value("optgallery_site_code", sources(__name__), "env", types=str)
    # after a change of the post-processing or the theme, Sphinx writes every page again
    files = [(path.name, path.read_bytes()) for path in sorted(STATIC.iterdir())]
    look = digest(metadata.version("pydata-sphinx-theme"), sources(postprocess), files)
    app.add_config_value("optgallery_site_look", look, "html", types=str)
    app.connect("builder-inited", rebuild.delete_unfinished_pages, priority=390)
    # after the stale scripts are known, before sphinx-gallery runs them
    app.connect("builder-inited", rebuild.run_in_parallel, priority=450)
    # before sphinxext.opengraph, which reads the page's metadata
    app.connect("html-page-context", page_metadata.add_preview, priority=400)
    app.connect("html-page-context", about.add_about)
    app.connect("build-finished", page_metadata.write_sitemap)
    app.connect("build-finished", page_metadata.write_error_page)
    app.connect("config-inited", _add_static)
    app.connect("builder-inited", _pack_fonts)
    for sheet in ("tables.css", "site.css", "about.css"):
        app.add_css_file(sheet)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _add_static(_app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(STATIC))
    licence = f"_static/{FONT.stem}.LICENSE.txt"  # an EPUB has no type for it
    config.epub_exclude_files = [*config.epub_exclude_files, licence]


def _pack_fonts(app: Sphinx) -> None:
    """Let an EPUB contain the font of the formulas, whose type Sphinx does not know."""
    if app.builder.name == "epub":
        app.builder.media_types = {  # type: ignore[attr-defined]
            **app.builder.media_types,  # type: ignore[attr-defined]
            FONT.suffix: "font/woff2",
        }
