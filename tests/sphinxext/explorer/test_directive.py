"""The explorer's page."""

import json
from pathlib import Path
from typing import Any

import pytest
from explorer_files import FNS, SPECS
from projects import SHOWN, Project, data_attribute

from optgallery import LEARNING_RATES
from optgallery.sphinxext.explorer import directive
from optgallery.sphinxext.incremental import rebuild

PAGE = """:orphan:

Explorer
========

.. explorer:: fn=beale&run=adamw@0.1
"""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the grid to two optimizers on two functions."""
    monkeypatch.setattr(directive, "OPTIMIZERS", {spec.name: spec for spec in SPECS})
    monkeypatch.setattr(directive, "grid_functions", lambda: FNS)
    monkeypatch.setattr(rebuild, "compute_grid", lambda _store: None)


@pytest.mark.usefixtures("small")
def test_the_page_contains_the_controls_and_the_index(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build(optgallery_grid="1")
    assert site.warnings == ""
    page = site.page("explorer")
    root = page.find("div", class_="og-explorer")
    index = json.loads(root.find("script").string)
    assert index["opens"] == "fn=beale&run=adamw@0.1"
    assert [spec["name"] for spec in index["optimizers"]] == ["sgd", "adamw"]
    assert [fn["name"] for fn in index["functions"]] == ["sphere", "beale"]
    assert index["rates"] == [f"{lr:g}" for lr in LEARNING_RATES]
    assert root.find("p").get_text().startswith("The explorer draws the stored runs")
    chooser = root.find("select", attrs={"name": "fn"})
    assert [option["value"] for option in chooser.find_all("option")] == ["sphere", "beale"]
    assert chooser.find("option", selected=True)["value"] == "beale"
    assert len(root.find("ol").find_all("li")) == 1
    row = root.find("template", class_="og-x-run")
    assert [s["name"] for s in row.find_all("select")] == ["optimizer", "lr"]
    assert [o["value"] for o in row.find_all("option")] == ["sgd", "adamw", *index["rates"]]
    scripts = [script["src"].partition("?")[0] for script in page.find_all("script", src=True)]
    assert [f"_static/{name}" for name in directive.SCRIPTS] == [
        s for s in scripts if "explorer" in s
    ]
    for name in (*directive.SCRIPTS, "explorer.css"):
        assert (site.html / "_static" / name).exists()
    assert "explorer" not in str(site.page("stories/plot_1_shown").find("head"))
    assert len(list((site.html / "explorer").rglob("*.js"))) == 6

    times = site.times("site/html/explorer/**/*.js")
    site.build(optgallery_grid="1")
    assert "0 files of the explorer written, 0 removed" in site.status
    assert site.times("site/html/explorer/**/*.js") == times

    # without running the gallery's scripts, the page says so and the data are deleted
    site.build(optgallery_grid="1", plot_gallery="False")
    assert site.page("explorer").find("p", class_="og-missing") is not None
    assert not list((site.html / "explorer").rglob("*.js"))


CELLS = '''"""
Cells
=====

Of the grid, and not.
"""

import optgallery as og

grid = og.sweep("sgd", "sphere", [0.1])
shorter = og.sweep("sgd", "sphere", [0.1], steps=9)
'''


@pytest.mark.usefixtures("small")
def test_only_cells_of_the_grid_link_to_the_explorer(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_cells.py": CELLS})
    site.build(optgallery_grid="1")
    grid, shorter = site.page("stories/plot_1_cells").find_all("a", class_="og-tile")
    assert data_attribute(grid, "explorer") == "../explorer.html#fn=sphere&run=sgd@0.1"
    assert data_attribute(shorter, "explorer") == ""


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("state", ["beale", "fn=nowhere&run=sgd@0.1", "fn=beale"])
def test_an_invalid_initial_state_is_reported(project: Any, state: str) -> None:
    page = PAGE.replace("fn=beale&run=adamw@0.1", state)
    site: Project = project({"docs/explorer.rst": page, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build(optgallery_grid="1", plot_gallery="False")
    assert f"at least one run; got '{state}'" in site.warnings


@pytest.mark.usefixtures("small")
def test_the_explorer_is_one_line_of_plain_text(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build("text", optgallery_grid="1", plot_gallery="False")
    assert "[The explorer," in (site.root / "site/text/explorer.txt").read_text()


def test_scripts_of_the_explorer_are_short() -> None:
    folder = Path(directive.__file__).parent / "static"
    lengths = {name: len((folder / name).read_text().splitlines()) for name in directive.SCRIPTS}
    assert max(lengths.values()) < 500, lengths
