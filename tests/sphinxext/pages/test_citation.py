"""Citations of the project, from its CITATION.cff."""

import re
from pathlib import Path

import pytest
import yaml
from projects import SHOWN, Project
from sphinx.config import Config

from optgallery.sphinxext.pages.citation import FORMS, apa, bibtex, credit, read

ROOT = Path(__file__).parents[3]
PERSONS = {
    "title": "descents: 50% & more_",
    "version": "1.0",
    "license": "MIT",
    "authors": [
        {"family-names": "Byron", "given-names": "Augusta Ada"},
        {"family-names": "Babbage", "given-names": "Charles"},
        {"name": "The developers of A & B"},
    ],
}


def config(**values: str) -> Config:
    settings = Config({}, values)
    for name, default in (("optgallery_repository", ""), ("html_baseurl", "")):
        settings.add(name, default, "env", str)
    return settings


def test_our_citation_has_the_address_of_the_site_and_the_year_of_the_copyright() -> None:
    site = config(html_baseurl="https://example.org/", copyright="2031, us")
    found = read(ROOT / "CITATION.cff", site)
    assert (found["url"], found["year"]) == ("https://example.org/", 2031)
    assert apa(found).startswith("The optgallery developers. (2031). optgallery: ")
    assert apa(found).endswith(" [Computer software]. https://example.org/")
    assert "\n  url     = {https://example.org/},\n}" in bibtex(found)
    assert credit(found) == f"optgallery {found['version']} (https://example.org/), Apache-2.0"


def test_without_an_address_none_is_invented() -> None:
    found = read(ROOT / "CITATION.cff", config())
    assert not [text for form, _ in FORMS.values() if "http" in (text := form(found))]


def test_a_date_of_release_takes_precedence_over_the_copyright(tmp_path: Path) -> None:
    path = tmp_path / "CITATION.cff"
    path.write_text(yaml.safe_dump({**PERSONS, "date-released": "2029-02-01"}), encoding="utf-8")
    assert read(path, config(copyright="2031, us"))["year"] == 2029
    path.write_text(yaml.safe_dump(PERSONS), encoding="utf-8")
    assert "(n.d.)" in apa(read(path, config(copyright="us")))
    assert "year" not in bibtex(read(path, config(copyright="us")))


def test_persons_and_organizations_are_authors() -> None:
    assert apa(PERSONS).startswith("Byron, A. A., Babbage, C., & The developers of A & B. (n.d.).")
    entry = bibtex(PERSONS)
    authors = "Byron, Augusta Ada and Babbage, Charles and {The developers of A \\& B}"
    assert f"author  = {{{authors}}}," in entry
    assert r"title   = {{descents: 50\% \& more\_}}," in entry
    assert entry.count("{") == entry.count("}")
    assert re.match(r"@software\{descents,\n", entry)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: a\nversion: 1\n", "lacks authors, license"),
        ("- a\n", "must be a mapping, got list"),
        ("a: [\n", "it is no YAML"),
    ],
)
def test_a_file_that_is_no_citation_is_reported(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "CITATION.cff"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read(path, config())


def test_a_page_without_a_citation_says_what_is_wrong(project) -> None:
    page = ":orphan:\n\nCite\n====\n\n.. cite-as:: apa\n"
    site = project({"gallery/stories/plot_1.py": SHOWN, "docs/cite.rst": page})
    site.build(plot_gallery="False")
    assert "cite-as cannot read optgallery_citation: " in site.warnings


PAGE = ":orphan:\n\nCite\n====\n\n.. cite-as:: bibtex\n\n.. cite-as:: apa\n\n.. cite-as:: mla\n"


def test_a_page_prints_the_citation_of_the_build(project) -> None:
    site: Project = project({"gallery/stories/plot_1.py": SHOWN, "docs/cite.rst": PAGE})
    site.write("CITATION.cff", yaml.safe_dump(PERSONS))
    settings = {"plot_gallery": "False", "optgallery_citation": "../CITATION.cff"}
    site.build(**settings)
    assert "cite-as must be one of apa, bibtex, credit, got 'mla'" in site.warnings
    assert "http" not in site.text("cite")
    site.build(**settings, html_baseurl="https://example.org/")
    assert site.text("cite").count("https://example.org/") == 2
