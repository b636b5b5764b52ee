"""Small documentation projects, built with Sphinx and sphinx-gallery like the real site."""

import json
import re
from collections.abc import Mapping
from importlib.util import cache_from_source
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from bs4 import BeautifulSoup, Tag
from sphinx.testing.util import SphinxTestApp

CONF = """
extensions = ["sphinx_gallery.gen_gallery", "optgallery.sphinxext.site"]
optgallery_still_thumbnails = True
html_theme = "basic"
html_math_renderer = "mathml"
html_static_path = []
sphinx_gallery_conf = {
    "examples_dirs": [f"../gallery/{folder}" for folder in FOLDERS],
    "gallery_dirs": FOLDERS,
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": (
        "optgallery.sphinxext.incremental.scraper.scrape",
        "optgallery.sphinxext.incremental.scraper.scrape_figures",
    ),
    "reset_modules": ("matplotlib", "optgallery.sphinxext.incremental.scraper.watch"),
    "reset_modules_order": "both",
    "matplotlib_animations": False,
    "show_signature": False,
    "min_reported_time": 10_000,
    "write_computation_times": False,
    "download_all_examples": False,
    "nested_sections": False,
}
"""


def _plain(output: str) -> str:
    return re.sub(r"\x1b\[[\d;]+m", "", output)  # without the terminal's colours


def data_attribute(tile: Tag, key: str) -> str:
    """Return a ``data-`` attribute of a cell as the site's script reads it.

    It is the cell's own, or the table's with the row and the learning rate filled in.
    """
    if tile.has_attr(f"data-{key}"):
        return str(tile[f"data-{key}"])
    table, row = tile.find_parent("table"), tile.find_parent("tr")
    column = row.find_all(["th", "td"]).index(tile.find_parent("td"))
    lr = table.find("tr").find_all(["th", "td"])[column]["data-lr"]
    return str(table[f"data-{key}"].replace("{row}", row["data-row"]).replace("{lr}", lr))


class Project:
    """A folder of sources, with the site and the output of its last build."""

    def __init__(self, root: Path, files: Mapping[str, str]) -> None:
        self.root = root
        self.docs = root / "docs"
        self.html = root / "site" / "html"
        folders = sorted({name.split("/")[1] for name in files if name.startswith("gallery/")})
        self.write("docs/conf.py", f"FOLDERS = {folders}\n{CONF}")
        for folder in folders:
            self.write(f"gallery/{folder}/GALLERY_HEADER.rst", f"{folder}\n{'=' * len(folder)}\n")
        listed = "".join(f"   {folder}/index\n" for folder in folders)
        self.write("docs/index.rst", f"Site\n====\n\n.. toctree::\n\n{listed}")
        for name, text in files.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.suffix == ".py":
            # compiled code counts as current if the second and size of its source are as before
            Path(cache_from_source(path)).unlink(missing_ok=True)
        return path

    def build(self, builder: str = "html", *, parallel: int = 0, **settings: Any) -> None:
        status, warning = StringIO(), StringIO()
        # sphinx-gallery changes matplotlib's settings
        with mpl.rc_context(), pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.root)
            app = SphinxTestApp(
                builder,
                srcdir=self.docs,
                builddir=self.root / "site",
                confoverrides=settings,
                status=status,
                warning=warning,
                parallel=parallel,
            )
            try:
                app.build()
            finally:
                app.cleanup()
        self.status, self.warnings = map(_plain, (status.getvalue(), warning.getvalue()))

    def page(self, name: str) -> BeautifulSoup:
        html = (self.html / f"{name}.html").read_text(encoding="utf-8")
        return BeautifulSoup(html, "html.parser")

    def text(self, name: str) -> str:
        return " ".join(self.page(name).find("div", class_="body").get_text().split())

    def cell(self, stem: str) -> dict[str, Any]:
        """Return what the file of an optimizer's outcomes says about a run."""
        optimizer = stem.partition("/")[0]
        content = (self.html / "cells" / optimizer / "runs.json").read_text(encoding="utf-8")
        (cell,) = (cell for cell in json.loads(content) if cell["stem"] == f"cells/{stem}")
        return dict(cell)

    def times(self, pattern: str) -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in self.root.glob(pattern)}


SHOWN = '''r"""
One run
=======

Along the gradient, by :math:`x_{t+1} = x_t - \\alpha g_t` or :math:`\\sqrt{\\frac{a}{b}}`, and

.. math::
   :label: descent

   a &= b \\\\
   c &= d

as :eq:`descent` says.

.. math:: a = b
"""

import optgallery as og

og.animate(og.run("sgd", "sphere", lr=0.1, steps=12), size=120, frames=5).show()
'''

PANELS = '''"""
Three runs
==========

Side by side.
"""

import matplotlib.pyplot as plt

import optgallery as og

runs = [og.run("sgd", "booth", lr=lr, steps=9) for lr in (0.01, 0.03, 0.115)]
og.animate(runs, size=120, frames=4).show()
og.animate(runs + runs[:1], size=120, frames=4).show()

# %%
# Their losses.

og.plot_loss(runs, ax=plt.figure(figsize=(3, 2), dpi=50).add_subplot())
plt.title("Losses")
plt.show()
'''

SWEEPS = '''"""
Sweeps
======

Many in one script.
"""

import optgallery as og

quick = og.sweep("sgd", "sphere", [0.1, 0.3], steps=9)
grid = og.sweep("sgd", "sphere", [0.1, 0.3])

# %%
# And more.

again = og.sweep("sgd", "sphere", [0.1])
both = og.sweep(["sgd", "adam"], ["sphere", "booth"], [0.05], steps=4)
window = {"x0": 1, "y0": 1, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
square = og.sweep("sgd", (lambda x, y: x**2 + y**2, window), [0.1], steps=3)
fourth = og.sweep("sgd", (lambda x, y: x**4 + y**4, window), [0.1], steps=3)
'''

OPTIMIZER = '''"""
SGD
===

.. optimizer-card:: sgd
"""

import optgallery as og

og.animate(og.run("sgd", "booth", lr=0.1, steps=5), size=100, frames=3).show()

# %%
# It shines on :cell:`sgd sphere 0.1`.

sweep = og.sweep("sgd", ["sphere", "booth"], [0.1, 0.3])
'''

FUNCTION = '''"""
Sphere
======

.. function-card:: sphere
"""

import optgallery as og

# %%
# :cell:`adam sphere 0.10` against :cell:`sgd sphere 0.1`.

sweep = og.sweep(["sgd", "adam"], "sphere", [0.1])
print(sweep)
'''

INDEX = """
Site
====

.. entry-links:: optimizers

.. entry-links:: functions

.. toctree::

   stories/index
   optimizers/index
   functions/index
"""
