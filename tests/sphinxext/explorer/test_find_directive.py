"""The page on which runs are found by what happens in them."""

import json
from typing import Any

import pytest
from projects import SHOWN, Project

from optgallery.analysis.behaviour import CLASSES
from optgallery.sphinxext.explorer import find_data, find_directive

PAGE = """:orphan:

Find runs
=========

.. find-runs:: {}
"""

SMALL: dict[str, Any] = {
    "optgallery_explorer": True,
    "optgallery_baselines": ["sgd", "adamw"],
    "optgallery_functions": ["sphere", "beale"],
}
"""Settings of a grid of two optimizers on two functions."""


def test_the_page_has_the_controls_and_the_file(project: Any) -> None:
    site: Project = project(
        {
            "docs/find.rst": PAGE.format("what=escapes a saddle"),
            "docs/explorer.rst": ":orphan:\n\nExplorer\n========\n\n.. explorer::\n",
            "gallery/stories/plot_1_shown.py": SHOWN,
        }
    )
    site.build(**SMALL)
    assert site.warnings == ""
    page = site.page("find")
    box = page.find("div", class_="og-find")
    assert box["data-explorer"] == "explorer.html"
    ticked = box.find_all("input", attrs={"name": "what"})
    assert [each["value"] for each in ticked] == [each.name for each in CLASSES]
    assert all(each.parent.name == "label" for each in ticked)
    index = json.loads(box.find("script").string)
    assert index["opens"] == "what=escapes a saddle"
    assert [spec["name"] for spec in index["optimizers"]] == ["sgd", "adamw"]
    chooser = box.find("select", attrs={"name": "function"})
    assert {option["value"] for option in chooser.find_all("option")} == {"", "sphere", "beale"}
    scripts = [script["src"].partition("?")[0] for script in page.find_all("script", src=True)]
    for name in find_directive.SCRIPTS:
        assert f"_static/{name}" in scripts
        assert (site.html / "_static" / name).exists()
    assert "find-runs" not in str(site.page("stories/plot_1_shown").find("head"))
    assert (site.html / find_data.FILE).exists()
    assert "the behaviour of 2 optimizers' runs classified" in site.status

    site.build(**SMALL)
    assert "the behaviour of 0 optimizers' runs classified" in site.status

    # without running the gallery's scripts, the page says so and the file is deleted
    site.build(**SMALL, plot_gallery="False")
    assert site.page("find").find("p", class_="og-missing") is not None
    assert not (site.html / find_data.FILE).exists()


def test_an_unknown_class_is_an_error(project: Any) -> None:
    site: Project = project(
        {"docs/find.rst": PAGE.format("what=explodes"), "gallery/stories/plot_1_shown.py": SHOWN}
    )
    site.build(**SMALL)
    assert "there is no class 'explodes'; there are global minimum" in site.warnings


def test_the_data_of_the_explorer_are_needed(project: Any) -> None:
    site: Project = project(
        {"docs/find.rst": PAGE.format(""), "gallery/stories/plot_1_shown.py": SHOWN}
    )
    site.build()
    assert "find-runs needs the explorer's data: set optgallery_explorer = True" in site.warnings


@pytest.mark.parametrize("builder", ["text", "latex", "man", "texinfo"])
def test_documents_that_are_no_web_pages_say_it_in_words(project: Any, builder: str) -> None:
    site: Project = project(
        {"docs/find.rst": PAGE.format(""), "gallery/stories/plot_1_shown.py": SHOWN}
    )
    site.write("docs/index.rst", "Site\n====\n\n.. toctree::\n\n   find\n   stories/index\n")
    site.build(builder, **SMALL)
    assert site.warnings == ""
    kinds = {"text": "find.txt", "latex": "*.tex", "man": "*.1", "texinfo": "*.texi"}
    written = (site.root / "site" / builder).glob(kinds[builder])
    text = " ".join("".join(path.read_text(encoding="utf-8") for path in written).split())
    assert find_directive.IN_WORDS.strip("[]") in text
