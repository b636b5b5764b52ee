"""The repository of a project, and the source of each page in it."""

import pytest
from projects import SHOWN, Project
from sphinx.errors import ConfigError

from optgallery.sphinxext.pages.repository import Repository

GITHUB = "https://github.com/someone/optgallery"
FOOT = """{% extends "!layout.html" %}
{% block footer %}<footer>{{ about.issues }} {{ about.edit }} | {{ about.repository }} |
{{ about.version }} | {{ about.credit }} | {{ about.wheel }}</footer>{% endblock %}
"""
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "descents"
version = "1.0"
requires-python = ">=3.11"
"""
CITATION = """
cff-version: 1.2.0
message: Cite it.
title: "descents: where they lead"
version: 1.0
license: MIT
authors:
  - name: The developers
"""
FILES = {
    "CITATION.cff": CITATION,
    "pyproject.toml": PYPROJECT,
    "descents/__init__.py": "",
    "docs/_templates/layout.html": FOOT,
    "docs/written.rst": ":orphan:\n\nWritten\n=======\n\n.. repository-commands::\n",
    "docs/more/page.rst": ":orphan:\n\nPage\n====\n",
    "docs/included.rst": ":orphan:\n\nPage\n====\n",
    "gallery/stories/plot_1.py": SHOWN,
}
SETTINGS = {
    "plot_gallery": "False",
    "optgallery_project": "..",
    "templates_path": ["_templates"],
    "optgallery_citation": "../CITATION.cff",
    "copyright": "2026, the developers",
    "optgallery_page_sources": {"written": "", "included": "README.md"},
}


@pytest.mark.parametrize("end", ["", "/", ".git", ".git/"])
def test_an_address_may_end_in_several_forms(end: str) -> None:
    assert Repository(f"{GITHUB}{end}").address == GITHUB


@pytest.mark.parametrize(
    "wrong",
    [
        *("github.com/someone/optgallery", "http://github.com/someone/optgallery"),
        *("git@github.com:someone/optgallery.git", "https://github.com", "https:///a/b"),
        *("https://example.org/a?b", "https://example.org/a#b", "https://example.org/a b"),
        *(
            'https://example.org/"onclick="',
            "https://example.org/a/$(id)",
            "https://example.org/a/..",
        ),
        *("https://example.org:abc/a/b", "https://github.com/someone/optgallery#"),
    ],
)
def test_what_is_no_address_of_a_repository_is_rejected_with_an_example(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"such as https://github\.com/OWNER/NAME, got"):
        Repository(wrong)


def test_a_known_host_needs_an_owner_and_a_name() -> None:
    with pytest.raises(ValueError, match="must name an owner and a repository, got"):
        Repository("https://github.com/someone")


@pytest.mark.parametrize(
    "page", ["github.com/someone/optgallery/tree/main", "gitlab.com/a/b/-/tree/main"]
)
def test_the_address_of_a_page_in_a_repository_is_rejected(page: str) -> None:
    with pytest.raises(ValueError, match="of the repository itself, not of a page in it, got"):
        Repository(f"https://{page}")


def test_a_password_is_not_published() -> None:
    with pytest.raises(ValueError, match="a user name or a password") as raised:
        Repository("https://someone:secret@example.org/a/b")
    assert "secret" not in str(raised.value)


def test_gitlab_has_addresses_of_its_own_and_an_unknown_host_none() -> None:
    gitlab = Repository("https://gitlab.com/group/part/optgallery")
    assert gitlab.issues == f"{gitlab.address}/-/issues"
    assert gitlab.edit("docs/a.rst") == f"{gitlab.address}/-/edit/HEAD/docs/a.rst"
    other = Repository("https://git.example.org/optgallery")
    assert (other.issues, other.edit("docs/a.rst")) == (None, None)


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("linked"), FILES)
    project.build(**SETTINGS, optgallery_repository=f"{GITHUB}/")
    assert project.warnings == ""
    return project


def foot(project: Project, page: str) -> str:
    return " ".join(project.page(page).find("footer").get_text().split())


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("index", "docs/index.rst"),
        ("more/page", "docs/more/page.rst"),
        ("included", "README.md"),
        ("stories/plot_1", "gallery/stories/plot_1.py"),
        ("stories/index", "gallery/stories/GALLERY_HEADER.rst"),
    ],
)
def test_a_page_links_the_file_that_one_edits(linked: Project, page: str, path: str) -> None:
    assert f"{GITHUB}/issues {GITHUB}/edit/HEAD/{path} | {GITHUB} |" in foot(linked, page)
    assert (linked.root / path).exists() or page == "included"


@pytest.mark.parametrize("page", ["written", "search", "genindex"])
def test_a_page_that_a_build_writes_links_no_source(linked: Project, page: str) -> None:
    assert f"{GITHUB}/issues None | {GITHUB} |" in foot(linked, page)


def test_pip_installs_from_the_repository(linked: Project) -> None:
    text = linked.text("written")
    assert f"The repository is {GITHUB}." in text
    assert f"$ python -m pip install git+{GITHUB} $ git clone {GITHUB} && cd optgallery" in text


def test_the_foot_of_a_page_credits_the_repository_or_the_site(linked: Project) -> None:
    assert f"| 1.0 | descents 1.0 ({GITHUB}), MIT | descents-1.0-py3-none-any.whl" in foot(
        linked, "index"
    )
    linked.build(**SETTINGS, html_baseurl="https://example.org/")
    assert "| 1.0 | descents 1.0 (https://example.org/), MIT |" in foot(linked, "index")


def test_without_an_address_nothing_names_a_repository(project) -> None:
    site = project(FILES)
    site.build(**SETTINGS)
    assert foot(site, "index").startswith("None None | None | 1.0 | descents 1.0, MIT |")
    assert site.text("written") == "Written¶"


def test_a_wrong_address_stops_the_build_and_names_the_variable(project) -> None:
    site = project(FILES)
    with pytest.raises(ConfigError, match=r"OPTGALLERY_REPOSITORY.*got 'github\.com/a/b'"):
        site.build(**SETTINGS, optgallery_repository="github.com/a/b")
