"""The explorer: a page on which visitors choose, overlay and play the runs of the grid."""

import json
from collections.abc import Callable, Iterable
from inspect import signature
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import parse_qs, quote

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from optgallery import __version__
from optgallery.cache.store import default_store
from optgallery.functions import TestFunction
from optgallery.optim import OptimizerSpec
from optgallery.registry import EVERY
from optgallery.render.animation import animate
from optgallery.render.colors import colormap
from optgallery.sphinxext.explorer.axes import Axes, axes_of, index_of
from optgallery.sphinxext.explorer.data import DataItem, grid_states, refresh
from optgallery.sphinxext.explorer.encoding import FORMAT
from optgallery.sphinxext.incremental.cells import value_text
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.project import Grid, grid_of
from optgallery.sphinxext.incremental.publish import pages_with_matrices, shown_cells
from optgallery.sphinxext.incremental.rebuild import grid_is_known, note_entries, note_index
from optgallery.sphinxext.incremental.site_files import quoted
from optgallery.sphinxext.templates import render

logger = logging.getLogger(__name__)

EXPLORERS: PageNotes[None] = PageNotes("explorers")
"""The pages that contain an explorer."""

Entry = TypeVar("Entry", OptimizerSpec, TestFunction)

FOLDER = "explorer"
"""The site's folder of data files, one for each function and one for each pair."""

SCRIPTS = (
    "explorer-data.js",
    "explorer-runs.js",
    "explorer-strip.js",
    "explorer-surface.js",
    "explorer-picture.js",
    "explorer-chart.js",
    "explorer-state.js",
    "explorer-suggest.js",
    "explorer-present.js",
    "explorer-frames.js",
    "explorer-vp8l.js",
    "explorer-formats.js",
    "explorer-save.js",
    "explorer-panel.js",
    "explorer-input.js",
    "explorer.js",
)

EXPLORER_IN_WORDS = "[The explorer, on which runs are chosen, overlaid and played]"
"""What stands for it in documents that are not web pages."""

STRIP_SCRIPTS = ("explorer-data.js", "explorer-runs.js", "explorer-strip.js", "player-strip.js")
"""The scripts of the stability strip under the picture of a cell."""

GUIDE = "guide/stability"
"""The page that explains the stability strip."""

_COLORS = 64  # in the palette; the script interpolates between them


class explorer(nodes.General, nodes.Element):
    """The explorer, with its initial state."""


class ExplorerDirective(SphinxDirective):
    """Show the explorer in an initial state: ``.. explorer:: fn=beale&run=adamw@0.1``."""

    optional_arguments = 1
    option_spec: ClassVar[Any] = {"class": directives.class_option}

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        if not (self.config.optgallery_explorer or self.config.optgallery_grid):
            raise self.error(
                "explorer needs its data: set optgallery_explorer = True in conf.py, and the "
                "build writes them"
            )
        grid = grid_of(self.config)
        opens = self.arguments[0] if self.arguments else _opening(grid)
        state = parse_qs(opens)
        names = {fn.name for fn in grid.functions}
        if len(state.get("fn", ())) != 1 or state["fn"][0] not in names or "run" not in state:
            raise self.error(
                "explorer takes the state that it opens in, as fn=beale&run=adamw@0.1, with a "
                f"function of the grid and at least one run; got {opens!r}"
            )
        entries = Entries((EVERY,), (EVERY,))
        if not self.config.optgallery_grid:
            entries = Entries(
                tuple(spec.name for spec in grid.optimizers),
                tuple(fn.name for fn in grid.functions),
            )
        note_entries(self.env, self.env.docname, entries)
        for kind in ("optimizers", "functions"):
            # sphinx-gallery rewrites the folder's index when a page is added or removed
            note_index(self.env, kind)
        EXPLORERS.of(self.env)[self.env.docname] = None
        node = explorer(state=opens, classes=self.options.get("class", []))
        self.set_source_info(node)
        return [node]


def _all_rates(count: int) -> str:
    """Return the label of the button that adds a run at every rate.

    Examples
    --------
    >>> _all_rates(7), _all_rates(2), _all_rates(1), _all_rates(20)
    ('All seven rates', 'Both rates', 'Every rate', 'All 20 rates')
    """
    words = ("three", "four", "five", "six", "seven", "eight", "nine", "ten")
    if count < 3:
        return "Both rates" if count == 2 else "Every rate"
    return f"All {words[count - 3] if count - 3 < len(words) else count} rates"


def _opening(grid: Grid) -> str:
    """Return the state of an explorer that names none: two optimizers, at a middle rate each."""
    runs = []
    for spec in grid.optimizers[:2]:
        values = spec.values(grid.lrs)
        middle = values[len(values) // 2]
        value = value_text(None) if middle is None else repr(middle)
        runs.append(f"run={quote(spec.name, safe='')}@{value}")
    return "&".join([f"fn={quote(grid.functions[0].name, safe='')}", *runs])


def add_explorer(app: Sphinx) -> None:
    """Register the directive, its visitor for web pages, its scripts and its data."""
    app.add_directive("explorer", ExplorerDirective)
    app.add_node(explorer, html=(visit_explorer, None))
    EXPLORERS.connect(app)
    app.connect("env-updated", pages_with_new_axes)
    app.connect("html-page-context", _add_scripts)
    app.connect("build-finished", publish, priority=650)


def visit_explorer(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the controls, the index for the script, and a note for browsers without JavaScript."""
    here = self.builder.current_docname
    matrices = [
        {"uri": self.builder.get_relative_uri(here, f"{kind}/index"), "words": words}
        for kind, words in (("optimizers", "each optimizer"), ("functions", "each function"))
        if f"{kind}/index" in self.builder.env.found_docs
    ]
    if not grid_is_known(self.builder.config):
        self.body.append(render("explorer_missing", matrices=matrices))
        raise nodes.SkipNode
    axes, grid = index_of(shown_axes(self.builder.env)), grid_of(self.builder.config)
    index = {**describe(grid), "axes": axes, "pages": _addresses(self), "opens": node["state"]}
    opening = parse_qs(node["state"])
    fn = next(fn for fn in grid.functions if fn.name == opening["fn"][0])
    html = render(
        "explorer",
        matrices=matrices,
        root=relative_uri(self.builder.get_target_uri(here), f"{FOLDER}/"),
        cells=relative_uri(self.builder.get_target_uri(here), "cells/"),
        # a "</script>" inside the JSON would end the script element
        index=Markup(json.dumps(index, separators=(",", ":")).replace("<", "\\u003c")),
        steps=grid.steps,
        rates=index["rates"],
        all_rates=_all_rates(len(grid.lrs)),
        optimizers=_under_headings(grid.optimizers, lambda spec: spec.family),
        functions=_under_headings(grid.functions, _group),
        fn=fn,
        minimum=_finite_minimum(fn),
        runs=len(opening["run"]),
        guide=guide_address(self),
    )
    self.body.append(html)
    raise nodes.SkipNode


def describe(grid: Grid) -> dict[str, Any]:
    """Return the index of optimizers, functions, learning rates and colours, as JSON data."""
    defaults = {name: p.default for name, p in signature(animate).parameters.items()}
    colors = colormap(defaults["cmap"])(np.linspace(0, 1, _COLORS))[:, :3]
    lines, count = defaults["levels"], defaults["colors"]
    # the same contour lines as in the gallery's animations
    contours = np.rint(np.arange(1, lines + 1) / (lines + 1) * count) / count
    return {
        "format": FORMAT,
        "credit": f"optgallery {__version__}",
        "steps": grid.steps,
        "rates": [f"{lr:g}" for lr in grid.lrs],
        "palette": np.rint(colors * 255).astype(int).ravel().tolist(),
        "contours": contours.tolist(),
        "optimizers": [
            {"name": spec.name, "file": quoted(spec.name), "title": spec.title, **_own_axis(spec)}
            for spec in grid.optimizers
        ],
        "functions": [
            {
                "name": fn.name,
                "file": quoted(fn.name),
                "title": fn.title,
                "domain": list(fn.domain),
                "minima": fn.minima,
                "least": _finite_minimum(fn),
                "about": fn.description,
            }
            for fn in grid.functions
        ],
    }


def _own_axis(spec: OptimizerSpec) -> dict[str, Any]:
    """Return what the scripts need of an optimizer's own axis; nothing if that is the rate."""
    axis = spec.own_axis
    if axis is None:
        return {}
    values = [value_text(value) for value in axis.values]
    return {"axis": {"parameter": axis.parameter or "", "title": axis.title, "values": values}}


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write new and changed data files, and delete those of removed entries.

    Files whose state is the same as in the last build are not opened.
    """
    if exception or not runs_scripts(app.builder):
        return
    folder = Path(app.outdir, FOLDER)
    wanted = EXPLORERS.of(app.env) and grid_is_known(app.config)
    if not wanted and not folder.exists():
        return
    states: dict[DataItem, str | None] = {}
    if wanted:
        states = grid_states(grid_of(app.config), shown_axes(app.env))
    written, deleted = refresh(folder, states, grid_of(app.config), default_store())
    logger.info("%d files of the explorer written, %d removed", written, deleted)


def explorer_page(env: BuildEnvironment, config: Config) -> str | None:
    """Return the docname of the explorer's page; None without one, or if it has no data."""
    return min(EXPLORERS.of(env), default=None) if grid_is_known(config) else None


def shown_axes(env: BuildEnvironment) -> Axes:
    """Return the further axes of which a page shows a matrix."""
    return axes_of(shown_cells(env))


def pages_with_new_axes(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages with an explorer, if the further axes that it offers have changed."""
    known, now = getattr(env, "optgallery_axes", None), index_of(shown_axes(env))
    env.optgallery_axes = now  # type: ignore[attr-defined]
    return [] if known is None or known == now else sorted(EXPLORERS.of(env))


def guide_address(self: HTML5Translator) -> str | None:
    """Return the address of the page that explains the stability strip; None if there is none."""
    if GUIDE not in self.builder.env.found_docs:
        return None
    return self.builder.get_relative_uri(self.builder.current_docname, GUIDE)


def _add_scripts(
    app: Sphinx, pagename: str, _template: str, _context: dict[str, Any], _doctree: Any
) -> None:
    """Add the explorer's style sheet and scripts to its page, and the strip's to matrices."""
    if pagename in EXPLORERS.of(app.env):
        app.add_css_file("explorer.css")
        scripts: tuple[str, ...] = SCRIPTS
    elif pagename in pages_with_matrices(app.env) and explorer_page(app.env, app.config):
        scripts = STRIP_SCRIPTS
    else:
        return
    for script in scripts:
        app.add_js_file(script, loading_method="defer")


def _addresses(self: HTML5Translator) -> dict[str, str]:
    """Return the addresses of the entries' pages by ``optimizer/NAME`` and ``function/NAME``."""
    grid = grid_of(self.builder.config)
    names = {
        f"optimizers/plot_opt_{spec.name}": f"optimizer/{spec.name}" for spec in grid.optimizers
    }
    names |= {f"functions/plot_fn_{fn.name}": f"function/{fn.name}" for fn in grid.functions}
    here = self.builder.current_docname
    return {
        name: self.builder.get_relative_uri(here, page)
        for page, name in names.items()
        if page in self.builder.env.found_docs
    }


def _group(fn: TestFunction) -> str:
    """Return the heading of a function in the list: the name of its entry's module."""
    return fn.formula.__module__.rpartition(".")[2] if hasattr(fn.formula, "__module__") else ""


def _under_headings(
    entries: Iterable[Entry], heading: Callable[[Entry], str]
) -> dict[str, list[Entry]]:
    """Group entries by heading."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(heading(entry), []).append(entry)
    return groups


def _finite_minimum(fn: TestFunction) -> float | None:
    """Return the minimum above which values are shown; None if it is unknown or infinite."""
    return fn.minimum if fn.minimum is not None and isfinite(fn.minimum) else None
