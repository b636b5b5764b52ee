"""Where the pages that compare two optimizers are, so that other pages link them.

A page is named after the two: ``compare/pairs/adam-against-sgd``.
"""

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from optgallery.optim import OPTIMIZERS
from optgallery.sphinxext.pages.experiment_record import page_of, parent

FOLDER = "pairs"
"""The folder of the pages, beside the experiment's."""

BETWEEN = "-against-"
"""Stands between the names of two optimizers in the name of their page."""


def pages_of_pairs(env: BuildEnvironment) -> list[str]:
    """Return the pages that compare two optimizers, in the order of the registry."""
    folder = _folder(env.config)
    pages = [page for page in env.found_docs if page.startswith(folder) and BETWEEN in page]
    order = {name: place for place, name in enumerate(OPTIMIZERS)}
    return sorted(pages, key=lambda page: [order.get(name, len(order)) for name in names_of(page)])


def page_between(env: BuildEnvironment, a: str, b: str) -> str | None:
    """Return the page that compares two optimizers, in either order, if there is one."""
    folder = _folder(env.config)
    names = (f"{folder}{x}{BETWEEN}{y}" for x, y in ((a, b), (b, a)))
    return next((page for page in names if page in env.found_docs), None)


def names_of(page: str) -> tuple[str, str]:
    """Return the names of the two optimizers that a page compares.

    Examples
    --------
    >>> names_of("compare/pairs/adam-against-sgd")
    ('adam', 'sgd')
    """
    a, _, b = page.rpartition("/")[2].partition(BETWEEN)
    return a, b


def with_others(env: BuildEnvironment, name: str) -> dict[str, str]:
    """Return the pages that compare an optimizer with others, by the names of these."""
    pages = {other: page_between(env, name, other) for other in OPTIMIZERS if other != name}
    return {other: page for other, page in pages.items() if page}


def _folder(config: Config) -> str:
    return f"{parent(config)}/{FOLDER}/"


def outdated(
    _app: Sphinx, env: BuildEnvironment, added: set[str], _changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages that link pages of pairs, if one of these was added or removed."""
    folder = _folder(env.config)
    if not any(page.startswith(folder) for page in added | removed):
        return []
    linking = {page_of(env, spec) for spec in OPTIMIZERS.values()}
    linking |= {f"optimizers/plot_opt_{name}" for name in OPTIMIZERS}
    linking |= {f"{parent(env.config)}/index"}
    return sorted(page for page in linking if page and page in env.found_docs)
