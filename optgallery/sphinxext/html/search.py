"""The search: what each page answers, for the ranking in ``search.js``.

Sphinx's index says which pages contain a word, but not which of them answers a question: all that
have it in their title are equal. So each page is noted with the phrases that it answers and with a
sentence about it, which the search shows instead of fetching every page that it has found.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from optgallery.functions import FUNCTIONS
from optgallery.optim import OPTIMIZERS
from optgallery.sphinxext.incremental.formats import runs_scripts
from optgallery.sphinxext.incremental.page_notes import PageNotes
from optgallery.sphinxext.incremental.site_files import write

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).parent / "static" / "search.js"

ABOUT_LENGTH = 180
"""The length of the text about a page, in characters."""


class Term(NamedTuple):
    """A term of a glossary: its anchor, the term itself, and the beginning of its definition."""

    anchor: str
    term: str
    about: str


class Answers(NamedTuple):
    """What a page answers.

    Attributes
    ----------
    about : str
        A sentence about the page.
    phrases : list of str
        The phrases that lead to it besides its title: its keywords, and its main entries in the
        general index.
    terms : list of Term
        The terms that it defines.
    """

    about: str
    phrases: list[str]
    terms: list[Term]


ANSWERS: PageNotes[Answers] = PageNotes("search_answers")
"""What each page answers."""


def add_search(app: Sphinx) -> None:
    """Register the ranking of the search."""
    app.add_config_value("optgallery_search_phrases", {}, "", types=dict)
    ANSWERS.connect(app)
    app.connect("config-inited", _use_script)
    app.connect("doctree-read", _note_answers)
    app.connect("env-updated", _write_script)


def answers(doctree: nodes.document) -> Answers:
    """Return what a page answers: its ``meta`` directives, index entries and glossaries say it."""
    meta = {str(node.get("name")): str(node["content"]) for node in doctree.findall(nodes.meta)}
    terms = list(_terms(doctree))
    anchors = {term.anchor for term in terms}  # a glossary has entries for its terms, too
    phrases = [keyword.strip() for keyword in meta.get("keywords", "").split(",") if keyword]
    phrases += [
        str(phrase)
        for index in doctree.findall(addnodes.index)
        for _, phrase, anchor, main, _ in index["entries"]
        if main == "main" and anchor not in anchors
    ]
    about = meta.get("description") or _first_paragraph(doctree)
    return Answers(shortened(about), phrases, terms)


def shortened(text: str) -> str:
    """Return the first sentences of a text, at most `ABOUT_LENGTH` characters.

    Examples
    --------
    >>> shortened("Reaching the valley takes a few steps.")
    'Reaching the valley takes a few steps.'
    >>> shortened("Words " * 40)[-12:]
    'Words Words…'
    """
    words = " ".join(text.split())
    if len(words) <= ABOUT_LENGTH:
        return words
    sentences, dot, _ = words[:ABOUT_LENGTH].rpartition(". ")
    if dot and len(sentences) > ABOUT_LENGTH / 3:
        return f"{sentences}."
    return words[:ABOUT_LENGTH].rpartition(" ")[0] + "…"


def names_of_entry(docname: str) -> list[str]:
    """Return the names by which the entry of a page of the gallery is known, besides its title.

    Examples
    --------
    >>> names_of_entry("optimizers/plot_opt_lion")
    ['lion', 'Symbolic discovery of optimization algorithms']
    >>> names_of_entry("guide/index")
    []
    """
    stem = docname.rpartition("/")[2]
    if (name := stem.removeprefix("plot_opt_")) != stem and name in OPTIMIZERS:
        paper = OPTIMIZERS[name].paper
        return [name, *([paper.title] if paper else [])]
    if (name := stem.removeprefix("plot_fn_")) != stem and name in FUNCTIONS:
        return [name]
    return []


def _use_script(app: Sphinx, config: Config) -> None:
    path = Path(app.doctreedir, "optgallery", "search.js")
    config.html_search_scorer = str(path)
    if not path.exists():  # Sphinx reads it even if it reads no page
        write(path, SCRIPT.read_bytes())


def _note_answers(app: Sphinx, doctree: nodes.document) -> None:
    ANSWERS.of(app.env)[app.env.current_document.docname] = answers(doctree)


def _write_script(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the script with the answers of all pages.

    Sphinx copies it when it writes any page: if it has changed, one page is written again.
    """
    if runs_scripts(app.builder):
        data = json.dumps(_all_answers(app, env), ensure_ascii=False, separators=(",", ":"))
        code = f"globalThis.optgallery_answers = {data};\n{SCRIPT.read_text(encoding='utf-8')}"
        path, content = Path(app.config.html_search_scorer), code.encode()
        if path.read_bytes() != content:
            write(path, content)
            return [app.config.root_doc]
    return []


def _all_answers(app: Sphinx, env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """Return what each page answers, with the phrases of ``conf.py`` and the names of entries."""
    further: dict[str, list[str]] = app.config.optgallery_search_phrases
    for page in sorted(further.keys() - env.found_docs):
        logger.warning("optgallery_search_phrases: there is no page %r", page)
    all_answers = {}
    for page, note in sorted(ANSWERS.of(env).items()):
        if page in env.found_docs:
            phrases = [*note.phrases, *names_of_entry(page), *further.get(page, [])]
            told = note._replace(phrases=list(dict.fromkeys(phrases)))._asdict()
            all_answers[page] = {key: value for key, value in told.items() if value}
    return all_answers


def _first_paragraph(doctree: nodes.document) -> str:
    """Return the first paragraph of the text, or of the description of an object of the API."""
    section = doctree.next_node(nodes.section)
    if section is None:
        return ""
    for node in section.findall(nodes.paragraph):
        is_text = isinstance(node.parent, (nodes.section, addnodes.desc_content))
        if is_text and node.next_node(nodes.math) is None:  # formulas are no words
            return node.astext()
    return ""


def _terms(doctree: nodes.document) -> Iterator[Term]:
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            definition = item.next_node(nodes.definition)
            about = shortened(definition.astext()) if definition is not None else ""
            for term in item.findall(nodes.term):
                if term["ids"]:
                    yield Term(term["ids"][0], _text(term), about)


def _text(term: nodes.term) -> str:
    """Return a term without the entries of the index in it."""
    return "".join(child.astext() for child in term.children if not isinstance(child, nodes.target))
