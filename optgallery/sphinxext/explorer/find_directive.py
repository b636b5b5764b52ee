"""The page on which visitors find runs of the grid by what happens in them."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from optgallery.analysis.behaviour import CLASSES
from optgallery.cache.store import default_store
from optgallery.registry import EVERY
from optgallery.sphinxext.explorer.directive import FOLDER, describe, explorer_page
from optgallery.sphinxext.explorer.find_data import FILE, FORMAT, TABLE, publish_behaviour
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.project import grid_of
from optgallery.sphinxext.incremental.rebuild import grid_is_known, note_entries
from optgallery.sphinxext.templates import render

logger = logging.getLogger(__name__)

FINDERS: PageNotes[None] = PageNotes("finders")
"""The pages on which runs can be found."""

SCRIPTS = ("explorer-data.js", "explorer-surface.js", "find-runs.js")

IN_WORDS = "[A table in which runs are found by what happens in them]"
"""What stands for it in documents that are not web pages."""


class find_runs(nodes.General, nodes.Element):
    """The controls, and the list of the runs that are found."""


class FindRunsDirective(SphinxDirective):
    """Let visitors find runs of the grid by what happens in them.

    ``.. find-runs:: what=cycles&lr=1`` opens with this choice; without one, all runs are listed.
    """

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return one node."""
        if not (self.config.optgallery_explorer or self.config.optgallery_grid):
            raise self.error(
                "find-runs needs the explorer's data: set optgallery_explorer = True in conf.py, "
                "and the build writes them"
            )
        grid = grid_of(self.config)
        entries = Entries((EVERY,), (EVERY,))
        if not self.config.optgallery_grid:
            entries = Entries(
                tuple(spec.name for spec in grid.optimizers),
                tuple(fn.name for fn in grid.functions),
            )
        note_entries(self.env, self.env.docname, entries)
        FINDERS.of(self.env)[self.env.docname] = None
        opens = self.arguments[0] if self.arguments else ""
        self._check(opens)
        node = find_runs(opens=opens)
        self.set_source_info(node)
        return [node]

    def _check(self, opens: str) -> None:
        """Raise an error if a choice names a class that does not exist."""
        known = [each.name for each in CLASSES]
        for name in parse_qs(opens).get("what", []):
            if name not in known:
                raise self.error(f"there is no class {name!r}; there are {', '.join(known)}")


def add_find_runs(app: Sphinx) -> None:
    """Register the directive, its visitors, its scripts and its data."""
    app.add_directive("find-runs", FindRunsDirective)
    words = dict.fromkeys(("latex", "text", "man", "texinfo"), (_visit_in_words, None))
    app.add_node(find_runs, html=(visit_find_runs, None), **words)  # type: ignore[arg-type]
    FINDERS.connect(app)
    app.connect("html-page-context", _add_scripts)
    app.connect("build-finished", publish, priority=660)


def visit_find_runs(self: HTML5Translator, node: nodes.Element) -> None:
    """Write the controls and the index for the script."""
    builder = self.builder
    if not (runs_scripts(builder) and grid_is_known(builder.config)):
        self.body.append(f'<p class="og-missing">{IN_WORDS}</p>')
        raise nodes.SkipNode
    grid, here = grid_of(builder.config), builder.get_target_uri(builder.current_docname)
    described = describe(grid)
    for known, fn in zip(described["functions"], grid.functions, strict=True):
        del known["about"], known["least"]
        known["kind"] = fn.tags[0] if fn.tags else "other"
    for known, spec in zip(described["optimizers"], grid.optimizers, strict=True):
        known["family"] = spec.family
    described |= {"behaviour": FORMAT, "classes": [each.name for each in CLASSES]}
    described["opens"] = node["opens"]
    explorer = explorer_page(builder.env, builder.config)
    self.body.append(
        render(
            "find_runs",
            root=relative_uri(here, f"{FOLDER}/"),
            file=relative_uri(here, FILE),
            table=relative_uri(here, TABLE),
            explorer=relative_uri(here, builder.get_target_uri(explorer)) if explorer else "",
            # a "</script>" inside the JSON would end the script element
            index=Markup(json.dumps(described, separators=(",", ":")).replace("<", "\\u003c")),
            classes=CLASSES,
            families=_grouped(described["optimizers"], "family"),
            kinds=_grouped(described["functions"], "kind"),
            rates=described["rates"],
            runs=len(grid.functions) * sum(len(spec.values(grid.lrs)) for spec in grid.optimizers),
            has_others=any(spec.own_axis is not None for spec in grid.optimizers),
        )
    )
    raise nodes.SkipNode


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write the classes of all runs, if there is a page to find them; else delete their file."""
    if exception or not runs_scripts(app.builder):
        return
    if not (FINDERS.of(app.env) and grid_is_known(app.config)):
        for name in (FILE, TABLE):
            Path(app.outdir, name).unlink(missing_ok=True)
        return
    count = publish_behaviour(Path(app.outdir), grid_of(app.config), default_store())
    logger.info("the behaviour of %d optimizers' runs classified", count)


def _visit_in_words(self: Any, _node: nodes.Element) -> None:
    words = nodes.paragraph("", IN_WORDS)
    nodes.compound("", words)  # writers look at a paragraph's neighbours
    words.walkabout(self)
    raise nodes.SkipNode


def _grouped(entries: list[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    """Group entries by family or kind, in the order of their first one."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        groups.setdefault(entry[key], []).append(entry)
    return groups


def _add_scripts(
    app: Sphinx, pagename: str, _template: str, _context: dict[str, Any], _doctree: Any
) -> None:
    if pagename in FINDERS.of(app.env):
        app.add_css_file("find-runs.css")
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")
