"""What the foot of a page says."""

import pytest
from projects import SHOWN, Project

CITATION = """
cff-version: 1.2.0
message: Cite it.
title: "descents: where they lead"
version: 1.0
license: MIT
authors:
  - name: The developers
"""
FOOT = """{% extends "!layout.html" %}
{% block footer %}<footer>{{ about.credit if about else "nothing" }}</footer>{% endblock %}
"""
SETTINGS = {"plot_gallery": "False", "templates_path": ["_templates"]}


@pytest.fixture
def described(project) -> Project:
    return project(
        {
            "CITATION.cff": CITATION,
            "docs/_templates/layout.html": FOOT,
            "gallery/stories/plot_1.py": SHOWN,
        }
    )


def foot(project: Project, page: str) -> str:
    return str(project.page(page).find("footer").get_text())


def test_every_page_credits_the_version_even_those_without_a_source(described: Project) -> None:
    described.build(**SETTINGS, optgallery_citation="../CITATION.cff")
    for page in ("index", "stories/plot_1", "search", "genindex"):
        assert foot(described, page) == "descents 1.0, MIT"


def test_the_address_of_the_site_is_credited_without_a_page_being_read_again(
    described: Project,
) -> None:
    described.build(**SETTINGS, optgallery_citation="../CITATION.cff")
    described.build(
        **SETTINGS, optgallery_citation="../CITATION.cff", html_baseurl="https://example.org/"
    )
    assert "0 added, 0 changed, 0 removed" in described.status
    assert foot(described, "index") == "descents 1.0 (https://example.org/), MIT"


def test_a_project_without_a_citation_has_no_foot(described: Project) -> None:
    described.build(**SETTINGS)
    assert foot(described, "index") == "nothing"
