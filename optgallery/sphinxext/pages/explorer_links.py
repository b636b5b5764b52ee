"""Links to the explorer with chosen runs, checked when the page is read."""

from collections.abc import Sequence
from urllib.parse import parse_qs, quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole

from optgallery.sphinxext.explorer.directive import explorer_page, shown_axes
from optgallery.sphinxext.incremental.cells import value_text
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.project import Grid, grid_of

logger = logging.getLogger(__name__)

STATE = "explorer"
"""The attribute of a link that has the state of the explorer."""


class ExplorerRole(ReferenceRole):
    """Link the explorer: ``:explorer:`Play with both <fn=beale&run=sgd@0.03&run=adam@0.3>```.

    What is in angle brackets is the state, as in the explorer's address.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or an error if there are no such runs."""
        state = "".join(self.target.split())
        try:
            check(state, grid_of(self.config))
        except ValueError as error:
            message = self.inliner.reporter.error(
                f":{self.name}: takes words and a state of the explorer, such as "
                f"`words <fn=beale&run=adam@0.1>`; {error}",
                line=self.lineno,
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [link_to(state, " ".join(self.title.split()))], []


def link_to(state: str, words: str, *, before: str = "", after: str = "") -> nodes.inline:
    """Return a link to the explorer, which gets its address when its page is written.

    Parameters
    ----------
    state : str
    words : str
        The words of the link. Without an explorer they are text.
    before, after : str
        Text around the link. If there is any, all of it is left out without an explorer.
    """
    link = nodes.reference("", words, refuri="", **{STATE: state})
    around = nodes.inline("", "", optional=bool(before or after))
    around += [*_text(before), link, *_text(after)]
    return around


def _text(words: str) -> list[nodes.Text]:
    return [nodes.Text(words)] if words else []


def state_of(function: str, runs: Sequence[tuple[str, float | None]]) -> str:
    """Return the state in which the explorer shows runs of optimizers at learning rates.

    In place of a rate stands the value of an optimizer's own axis, None for a single run.

    Examples
    --------
    >>> state_of("beale", [("sgd", 0.03), ("adam", 0.3)])
    'fn=beale&run=sgd@0.03&run=adam@0.3'
    >>> state_of("beale", [("heavy_ball", None)])
    'fn=beale&run=heavy_ball@default'
    """
    shown = (f"run={quote(name, safe='')}@{value_text(value)}" for name, value in runs)
    return "&".join([f"fn={quote(function, safe='')}", *shown])


def check(state: str, grid: Grid) -> None:
    """Check that the explorer has the runs of a state.

    Raises
    ------
    ValueError
        If a function, an optimizer or a learning rate is none of the grid's. A further setting,
        such as ``weight_decay=0.1``, is checked when the page is written.
    """
    given = parse_qs(state)
    if len(given.get("fn", ())) != 1 or "run" not in given:
        raise ValueError(f"it names one function and at least one run, got {state!r}")
    (function,) = given["fn"]
    for run in given["run"]:
        optimizer, _, rest = run.rpartition("@")
        lr = rest.partition(",")[0]
        try:
            value = None if lr == value_text(None) else float(lr)
            known = grid.has(optimizer, function, value)
        except ValueError:
            known = False
        if not known:
            values = [s.values(grid.lrs) for s in grid.optimizers if s.name == optimizer]
            shown = ", ".join(map(value_text, values[0] if values else grid.lrs))
            raise ValueError(
                f"the explorer has no run {run!r} on {function!r}; its rates are {shown}"
            )


def resolve_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give links their addresses; without an explorer, leave their words."""
    links = [link for link in doctree.findall(nodes.reference) if STATE in link]
    page = explorer_page(app.env, app.config) if links else None
    for link in links:
        if page is None or not runs_scripts(app.builder):
            around = link.parent
            around.replace_self([] if around["optional"] else link.children)
            continue
        for run in parse_qs(link[STATE])["run"]:
            _warn_of_setting(app, link, run)
        link["refuri"] = f"{app.builder.get_relative_uri(docname, page)}#{link[STATE]}"


def _warn_of_setting(app: Sphinx, link: nodes.Element, run: str) -> None:
    """Warn if a run has a setting of which no page shows a matrix."""
    named, _, setting = run.partition(",")
    if not setting:
        return
    optimizer = named.rpartition("@")[0]
    (function,) = parse_qs(link[STATE])["fn"]
    axes = shown_axes(app.env).get((optimizer, function), {})
    if setting not in {a.setting(value) for a in axes.values() for value in a.values}:
        logger.warning(
            "the explorer has no run of %s on %s with %s",
            optimizer,
            function,
            setting,
            location=link,
            type="optgallery",
            subtype="explorer",
        )


def add_explorer_links(app: Sphinx) -> None:
    """Register the role, and what gives links their addresses."""
    app.add_role("explorer", ExplorerRole())
    app.connect("doctree-resolved", resolve_links)
