"""What each page answers, for the ranking of the search."""

import json
import re
from typing import Any

import pytest
from projects import FUNCTION, OPTIMIZER, Project

GLOSSARY = """
Glossary
========

Words. :math:`x` is none.

.. index:: ! plain words
   single: passing mention

.. glossary::

   step size
   rate
      It scales a *step*.

   step
      One call.
"""
OTHER = """
.. meta::
   :description: What a search engine shows.
   :keywords: step length, pear

Other
=====

.. note:: Not the page's text.

Formulas such as :math:`x^2` are no words.

The text of the page.
"""
PHRASES = {"other": ["banana", "heavy ball"]}


def build(project: Project, phrases: dict[str, list[str]]) -> None:
    # sphinx-gallery adds to the list of templates_path, which is otherwise that of the last build
    project.build(optgallery_search_phrases=phrases, templates_path=[])


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = {
        "gallery/optimizers/plot_opt_sgd.py": OPTIMIZER,
        "gallery/functions/plot_fn_sphere.py": FUNCTION,
        "docs/glossary.rst": GLOSSARY,
        "docs/other.rst": OTHER,
        "docs/third.rst": OTHER.partition("\n\n")[2],
        "docs/index.rst": "Site\n====\n\n.. toctree::\n   :glob:\n\n   */index\n   *\n",
    }
    project = Project(tmp_path_factory.mktemp("searched"), files)
    build(project, PHRASES)
    assert project.warnings == ""
    return project


def answers(project: Project) -> dict[str, dict[str, Any]]:
    """Return what the search page knows of each page."""
    text = (project.html / "_static" / "language_data.js").read_text(encoding="utf-8")
    found = re.search(r"^globalThis\.optgallery_answers = (\{.*\});$", text, re.MULTILINE)
    assert found
    assert "searcher(index, answers, stem)" in text
    return dict(json.loads(found[1]))


def test_a_page_is_described_by_its_description_or_first_paragraph(searched: Project) -> None:
    told = answers(searched)
    assert told["other"]["about"] == "What a search engine shows."
    assert told["third"]["about"] == "The text of the page."
    assert "about" not in told["index"]


def test_phrases_are_main_entries_of_the_index_names_of_entries_and_those_of_the_project(
    searched: Project,
) -> None:
    told = answers(searched)
    assert told["glossary"]["phrases"] == ["plain words"]
    assert told["optimizers/plot_opt_sgd"]["phrases"][0] == "sgd"
    assert "A stochastic approximation method" in told["optimizers/plot_opt_sgd"]["phrases"]
    assert told["functions/plot_fn_sphere"]["phrases"] == ["sphere"]
    assert told["other"]["phrases"] == ["step length", "pear", "banana", "heavy ball"]


def test_a_glossary_tells_its_terms(searched: Project) -> None:
    assert answers(searched)["glossary"]["terms"] == [
        ["term-step-size", "step size", "It scales a step."],
        ["term-rate", "rate", "It scales a step."],
        ["term-step", "step", "One call."],
    ]


def test_only_the_search_page_loads_the_script(searched: Project) -> None:
    for path in searched.html.rglob("*.html"):
        assert ("language_data.js" in path.read_text(encoding="utf-8")) == (
            path.name == "search.html"
        ), path


def test_answers_stay_complete_and_current_when_one_page_is_built_again(
    searched: Project,
) -> None:
    before = answers(searched)
    searched.write("docs/third.rst", "Third\n=====\n\nNew text.\n")
    build(searched, PHRASES)
    assert "1 changed" in searched.status
    assert answers(searched) == before | {"third": {"about": "New text."}}


def test_changed_phrases_of_the_project_write_one_page_again(searched: Project) -> None:
    page = searched.html / "optimizers" / "plot_opt_sgd.html"
    time = page.stat().st_mtime_ns
    build(searched, {"other": ["apple"]})
    assert answers(searched)["other"]["phrases"] == ["step length", "pear", "apple"]
    assert page.stat().st_mtime_ns == time
    build(searched, PHRASES)


def test_phrases_of_a_missing_page_are_reported(searched: Project) -> None:
    build(searched, {"moved": ["apple"]})
    assert "optgallery_search_phrases: there is no page 'moved'" in searched.warnings
