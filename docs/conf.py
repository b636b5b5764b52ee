"""Sphinx configuration: stories, optimizers, test functions, schedules and comparisons."""

import os
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before anything loads torch

project = "optgallery"
author = "the optgallery developers"
copyright = "2026, the optgallery developers"  # noqa: A001
version = release = metadata.version("optgallery")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "myst_parser",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinxext.opengraph",
    "notfound.extension",
    "optgallery.sphinxext.site",
]
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(torch|numpy|matplotlib)\..*")]  # documented elsewhere
exclude_patterns = ["_build", "adr/template.md"]

# What leads to the package. Without an address of a repository, nothing on the site names one.

optgallery_project = ".."  # its wheel and its sources are offered beside the site
optgallery_citation = "../CITATION.cff"
optgallery_repository = os.environ.get("OPTGALLERY_REPOSITORY", "")
optgallery_page_sources = {  # of pages that include a file or are written by a build
    "api/generated/*": "",
    "api/optimizers": "",
    "changelog": "CHANGELOG.md",
    "guide/contributing": "CONTRIBUTING.md",
}

# The gallery: each folder of scripts becomes a folder of pages.

GALLERIES = ["stories", "optimizers", "functions", "schedules", "comparisons"]
optgallery_grid = True
optgallery_still_thumbnails = True
optgallery_experiment = "compare/outcomes"
sphinx_gallery_conf = {
    "examples_dirs": [f"../gallery/{folder}" for folder in GALLERIES],
    "gallery_dirs": GALLERIES,
    "within_subsection_order": "optgallery.sphinxext.pages.sort_key.RegistryOrder",
    "image_scrapers": (
        "optgallery.sphinxext.incremental.scraper.scrape",
        "optgallery.sphinxext.incremental.scraper.scrape_figures",
    ),
    "image_srcset": ["2x"],
    "capture_repr": ("__repr__",),
    "ignore_repr_types": r"matplotlib",
    "reset_modules": ("matplotlib", "optgallery.sphinxext.incremental.scraper.watch"),
    "reset_modules_order": "both",
    "matplotlib_animations": False,
    "doc_module": ("optgallery",),
    "reference_url": {"optgallery": None},
    "backreferences_dir": "api/backreferences",
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 10_000,
    "write_computation_times": False,
    "download_all_examples": False,
    "nested_sections": False,
}

# API reference

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
templates_path = ["_templates"]

# Pages

html_theme = "pydata_sphinx_theme"
template_bridge = "optgallery.sphinxext.html.postprocess.PostprocessingTemplates"
html_title = "optgallery"
html_favicon = "favicon.svg"
html_math_renderer = "mathml"
html_context = {"default_mode": "auto"}
html_static_path: list[str] = []
html_show_sourcelink = False
html_sidebars = {"**": []}
html_theme_options = {
    "logo": {"text": "optgallery"},
    "navigation_depth": 2,
    "collapse_navigation": True,
    "show_nav_level": 1,
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "navbar_persistent": ["motion-switch", "search-button"],
    "navbar_end": ["get-it", "theme-switcher", "navbar-icon-links"],
    "footer_start": ["about"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

# Several builds side by side: `nox -s versions` lists them at this address, relative to the site's
# root. Without it a page has no menu of versions.

if versions := os.environ.get("OPTGALLERY_VERSIONS", ""):
    html_theme_options |= {
        "switcher": {"json_url": versions, "version_match": release},
        "check_switcher": False,  # the list is written after the builds
        "navbar_start": ["navbar-logo", "versions"],
    }

# The published site. Without an address it is a folder to look at: no canonical links, no sitemap.

html_baseurl = os.environ.get("OPTGALLERY_SITE_URL", "")
if html_baseurl and not html_baseurl.endswith("/"):
    html_baseurl += "/"
ogp_site_url = html_baseurl
ogp_image = "_images/sphx_glr_plot_0_three_rates_001_poster.png"  # where a page has none
ogp_image_alt = "Gradient descent on the Booth function at three learning rates, side by side"
ogp_site_name = "optgallery"
ogp_enable_meta_description = True
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
notfound_template = "page.html"
notfound_context = {
    "title": "Page not found",
    "body": "<h1>Page not found</h1><p>There is no page at this address. The menu above leads to "
    "every optimizer, every function and the explorer; the search finds any by its name.</p>",
}

# What readers type into the search for a page that a script writes and whose title has other words;
# pages written by hand have keywords

optgallery_search_phrases = {
    "comparisons/plot_cmp_5_fractal": ["fractal", "edge of trainability"],
    "functions/index": ["all functions", "list of test functions"],
    "functions/plot_fn_rosenbrock": ["banana function", "banana valley"],
    "functions/plot_fn_sphere": ["quadratic"],
    "optimizers/index": ["all optimizers", "list of optimizers"],
    "optimizers/plot_opt_dadapt_adam": ["D-Adaptation"],
    "optimizers/plot_opt_bfgs": ["quasi-Newton"],
    "optimizers/plot_opt_heavy_ball": ["Polyak momentum"],
    "optimizers/plot_opt_lbfgs": ["quasi-Newton"],
    "optimizers/plot_opt_momentum": ["heavy ball", "SGDM"],
    "optimizers/plot_opt_nesterov": ["Nesterov momentum", "NAG", "accelerated gradient"],
    "optimizers/plot_opt_newton": ["Newton", "second derivatives"],
    "optimizers/plot_opt_polyak_step": ["Polyak step size"],
    "optimizers/plot_opt_radam": ["Rectified Adam"],
    "optimizers/plot_opt_schedule_free_adamw": ["schedule-free"],
    "optimizers/plot_opt_sgd": ["stochastic gradient descent", "gradient descent", "GD"],
    "schedules/index": ["learning rate scheduler", "lr scheduler"],
    "stories/plot_0_three_rates": ["learning rate", "step size", "why does it diverge"],
    "stories/plot_curvature": ["curvature", "edge of stability", "sharpness", "Hessian"],
    "stories/plot_momentum": ["momentum"],
    "stories/plot_ravine": ["ravine", "narrow valley"],
    "stories/plot_warm_up": ["bias correction", "warm-up", "warmup"],
    "stories/plot_weight_decay": ["weight decay", "decoupled weight decay"],
}

copybutton_exclude = ".linenos, .gp, .go"

OPTIMIZER_CLASSES = """\
Optimizer classes
=================

The classes of ``optgallery.optim``: each is written from its paper and works as those of
``torch.optim`` do.

.. currentmodule:: optgallery.optim

.. autosummary::
   :toctree: generated

"""


def setup(app: Sphinx) -> None:
    """Write what is listed nowhere by hand, before Sphinx looks for pages."""
    app.connect("config-inited", write_optimizer_classes)


def write_optimizer_classes(app: Sphinx, _config: Config) -> None:
    """Write the page of the classes in `optgallery.optim`, so that a new one is on it by itself."""
    from optgallery import optim

    classes = {n for n in optim.__all__ if hasattr(getattr(optim, n), "add_param_group")}
    names = sorted(classes, key=str.casefold)
    text = OPTIMIZER_CLASSES + "".join(f"   {name}\n" for name in names)
    page = Path(app.srcdir, "api", "optimizers.rst")
    if not page.exists() or page.read_text(encoding="utf-8") != text:  # else it is read again
        page.write_text(text, encoding="utf-8")
