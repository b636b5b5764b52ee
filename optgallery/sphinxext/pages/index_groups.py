"""The indexes of optimizers and functions, grouped by family and kind, with words for each page."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.pages.tiles import FAMILIES, KINDS, Group, families, kinds

_BEGIN = '<div class="sphx-glr-thumbcontainer"'
_THUMBNAIL = re.compile(
    rf'{_BEGIN}(?: tooltip="(?P<words>[^"]*)")?>(?P<content>.*?</div>\s*)</div>', re.DOTALL
)
_PAGE = re.compile(r'href="(?:[^"]*/)?plot_(?:opt|fn)_(\w+)\.html"')


def arrange(app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _: Any) -> None:
    """Show the words of thumbnails on focus, too, and group them on the two large indexes."""
    body: str = context.get("body", "")
    if _BEGIN not in body or not runs_scripts(app.builder):
        return
    if pagename == "optimizers/index":
        members = {key: [spec.name for spec in specs] for key, specs in families().items()}
        body = grouped(body, members, FAMILIES)
    elif pagename == "functions/index":
        members = {key: [fn.name for fn in fns] for key, fns in kinds().items()}
        body = grouped(body, members, KINDS)
    context["body"] = _THUMBNAIL.sub(_with_words, body)


def grouped(body: str, members: Mapping[str, Iterable[str]], groups: Mapping[str, Group]) -> str:
    """Put the thumbnails of a page under a heading for each group.

    Parameters
    ----------
    body : str
        The HTML of an index of sphinx-gallery.
    members : mapping of str to iterable of str
        The entries of each group, as they are in the names of their pages.
    groups : mapping of str to Group
        What is known of a group.

    Returns
    -------
    str
        The thumbnails of entries that are in no group come last.
    """
    found = list(_THUMBNAIL.finditer(body))
    by_name = {page[1]: each for each in found if (page := _PAGE.search(each[0]))}
    parts: list[str] = []
    shown: set[int] = set()
    for key, names in members.items():
        if not (chosen := [by_name[name] for name in names if name in by_name]):
            continue
        group = groups.get(key)
        title = group.title if group else key.capitalize()
        words = f" <small>{escape(group.words)}</small>" if group and group.words else ""
        parts.append(f'<h2 class="og-group" id="{nodes.make_id(key)}">{escape(title)}{words}</h2>')
        parts += [each[0] for each in chosen]
        shown |= {each.start() for each in chosen}
    if not parts:
        return body
    rest = [each[0] for each in found if each.start() not in shown]
    return body[: found[0].start()] + "\n".join([*parts, *rest]) + body[found[-1].end() :]


def _with_words(found: re.Match[str]) -> str:
    words = found["words"]
    spoken = f'<span class="og-thumb-words">{words}</span>' if words else ""
    return f"{_BEGIN}>{found['content']}{spoken}</div>"


def add_index_groups(app: Sphinx) -> None:
    """Arrange indexes before the body of a page is put into its template."""
    app.connect("html-page-context", arrange, priority=600)
