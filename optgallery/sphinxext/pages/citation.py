"""How to cite the project and to credit its pictures, from its CITATION.cff."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

from optgallery.sphinxext.pages.repository import repository

Citation = Mapping[str, Any]
"""What a CITATION.cff says, with ``url`` and ``year`` of the build if it has none of its own."""

_SPECIAL = re.compile(r"([&%$#_{}])")


def bibtex(citation: Citation) -> str:
    r"""Return the entry for a BibTeX file.

    Examples
    --------
    >>> entry = {"title": "optx: paths", "version": "1.0", "authors": [{"name": "The developers"}]}
    >>> print(bibtex({**entry, "year": 2026, "license": "MIT"}))
    @software{optx,
      author  = {{The developers}},
      title   = {{optx: paths}},
      version = {1.0},
      year    = {2026},
      license = {MIT},
    }
    """
    fields = {
        "author": " and ".join(map(_bibtex_author, citation["authors"])),
        "title": "{" + _escaped(citation["title"]) + "}",  # keeps the case of its letters
        "version": _escaped(citation["version"]),
        "year": citation.get("year"),
        "license": _escaped(citation.get("license", "")),
        "url": citation.get("url"),
    }
    lines = [f"  {key:<7} = {{{value}}}," for key, value in fields.items() if value]
    key = re.sub(r"\W.*", "", citation["title"].lower())
    return "\n".join([f"@software{{{key},", *lines, "}"])


def apa(citation: Citation) -> str:
    """Return the reference in the style of the American Psychological Association.

    Examples
    --------
    >>> entry = {"title": "optx: paths", "version": "1.0", "authors": [{"name": "The developers"}]}
    >>> apa({**entry, "year": 2026})
    'The developers. (2026). optx: paths (Version 1.0) [Computer software].'
    """
    names = [_apa_author(author) for author in citation["authors"]]
    authors = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"
    year = citation.get("year", "n.d.")
    text = (
        f"{authors.removesuffix('.')}. ({year}). {citation['title']} "
        f"(Version {citation['version']}) [Computer software]."
    )
    return f"{text} {citation['url']}" if citation.get("url") else text


def credit(citation: Citation) -> str:
    """Return the line that credits a picture.

    Examples
    --------
    >>> credit({"title": "optx: paths", "version": "1.0", "license": "MIT"})
    'optx 1.0, MIT'
    """
    name = citation["title"].partition(":")[0]
    where = f" ({citation['url']})" if citation.get("url") else ""
    return f"{name} {citation['version']}{where}, {citation['license']}"


FORMS: Mapping[str, tuple[Callable[[Citation], str], str]] = {
    "apa": (apa, "text"),
    "bibtex": (bibtex, "bibtex"),
    "credit": (credit, "text"),
}
"""What writes a citation, and the language in which it is highlighted."""


def read(path: Path, config: Config) -> Citation:
    """Read a CITATION.cff, and add what only a build knows.

    The address is the site's or else the repository's; the year is that of the release or else of
    the copyright.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If it does not say what a citation needs.
    """
    try:
        found = _parsed(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"it is no YAML: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} must be a mapping, got {type(found).__name__}")
    needed = ("authors", "license", "title", "version")
    if lacking := [key for key in needed if not found.get(key)]:
        raise ValueError(f"{path.name} lacks {', '.join(lacking)}")
    known = repository(config)
    url = config.html_baseurl or (known.address if known else "")
    year = re.search(r"\d{4}", str(found.get("date-released") or config.copyright or ""))
    added = {"url": url, "year": year and int(year[0])}
    return {**{key: value for key, value in added.items() if value}, **found}


@lru_cache(maxsize=4)  # the foot of every page asks for it
def _parsed(text: str) -> Any:
    return yaml.safe_load(text)


def _bibtex_author(author: Mapping[str, str]) -> str:
    if "name" in author:
        return "{" + _escaped(author["name"]) + "}"  # an organization has no first name
    return _escaped(f"{author['family-names']}, {author['given-names']}")


def _apa_author(author: Mapping[str, str]) -> str:
    if "name" in author:
        return author["name"]
    initials = " ".join(f"{name[0]}." for name in author["given-names"].split())
    return f"{author['family-names']}, {initials}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", str(text))


class citation_block(nodes.General, nodes.Element):
    """A block to copy in one of `FORMS`, named by the attribute ``form``.

    It becomes text when its page is written, since the address of the site may change before.
    """


class CitationDirective(SphinxDirective):
    """A citation as a block of text to copy: ``.. cite-as:: FORM``, one of `FORMS`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a node for the block."""
        form = self.arguments[0]
        if form not in FORMS:
            raise self.error(f"{self.name} must be one of {', '.join(FORMS)}, got {form!r}")
        path = Path(self.env.srcdir, self.config.optgallery_citation)
        try:
            read(path, self.config)
        except (OSError, ValueError) as error:
            raise self.error(f"{self.name} cannot read optgallery_citation: {error}") from error
        self.env.note_dependency(str(path))
        return [citation_block(form=form)]


def resolve_citations(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Replace the nodes of citations by their text."""
    for node in list(doctree.findall(citation_block)):
        form, language = FORMS[node["form"]]
        text = form(read(Path(app.srcdir, app.config.optgallery_citation), app.config))
        block = nodes.literal_block(text, text, language=language, classes=["og-cite"])
        node.replace_self(block)


def add_citation(app: Sphinx) -> None:
    """Register the configuration value, the directive and the event handler."""
    app.add_config_value("optgallery_citation", "", "env", types=str)
    app.add_node(citation_block)
    app.add_directive("cite-as", CitationDirective)
    app.connect("doctree-resolved", resolve_citations)
