"""The explorer's page."""

import json
from pathlib import Path
from typing import Any

import pytest
from explorer_files import read
from projects import SHOWN, Project, data_attribute

import optgallery as og
from optgallery import LEARNING_RATES
from optgallery.sphinxext.explorer import directive

PAGE = """:orphan:

Explorer
========

.. explorer:: fn=beale&run=adamw@0.1
"""


SMALL: dict[str, Any] = {
    "optgallery_explorer": True,
    "optgallery_baselines": ["sgd", "adamw"],
    "optgallery_functions": ["sphere", "beale"],
}
"""Settings of a grid of two optimizers on two functions."""


def test_the_page_contains_the_controls_and_the_index(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build(**SMALL)
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
    assert len(root.find("ol", class_="og-x-runs").find_all("li")) == 1
    row = root.find("template", class_="og-x-run")
    assert [s["name"] for s in row.find_all("select")] == ["optimizer", "lr", "setting"]
    assert row.find("select", attrs={"name": "setting"}).has_attr("hidden")
    assert index["axes"] == []
    assert [o["value"] for o in row.find_all("option")] == ["sgd", "adamw", *index["rates"]]
    scripts = [script["src"].partition("?")[0] for script in page.find_all("script", src=True)]
    assert [f"_static/{name}" for name in directive.SCRIPTS] == [
        s for s in scripts if "explorer" in s
    ]
    assert index["credit"] == f"optgallery {og.__version__}"
    vendored = ("vendor/gifenc.js", "vendor/gifenc.LICENSE.txt", "vendor/mediabunny.LICENSE.txt")
    for name in (*directive.SCRIPTS, "explorer.css", "vendor/mediabunny.js", *vendored):
        assert (site.html / "_static" / name).exists()
    assert "explorer" not in str(site.page("stories/plot_1_shown").find("head"))
    assert len(list((site.html / "explorer").rglob("*.js"))) == 6

    times = site.times("site/html/explorer/**/*.js")
    site.build(**SMALL)
    assert "0 files of the explorer written, 0 removed" in site.status
    assert site.times("site/html/explorer/**/*.js") == times

    # without running the gallery's scripts, the page says so and the data are deleted
    site.build(**SMALL, plot_gallery="False")
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


def test_only_cells_of_the_grid_link_to_the_explorer(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_cells.py": CELLS})
    site.build(**SMALL)
    grid, shorter = site.page("stories/plot_1_cells").find_all("a", class_="og-tile")
    assert data_attribute(grid, "explorer") == "../explorer.html#fn=sphere&run=sgd@0.1"
    assert data_attribute(shorter, "explorer") == ""
    assert data_attribute(grid, "runs") == "../explorer/ sphere/sgd 0.1 0"
    assert data_attribute(shorter, "runs") == ""
    page = site.page("stories/plot_1_cells")
    scripts = [script["src"].partition("?")[0] for script in page.find_all("script", src=True)]
    assert [s for s in scripts if "explorer" in s or "strip" in s] == [
        f"../_static/{name}" for name in directive.STRIP_SCRIPTS
    ]
    for name in directive.STRIP_SCRIPTS:
        assert (site.html / "_static" / name).exists()
    assert not page.find("table").has_attr("data-guide")

    # the page that explains the strip is linked where there is one
    site.write("docs/guide/stability.rst", ":orphan:\n\nThe stability strip\n===================\n")
    site.write("docs/explorer.rst", f"{PAGE}\nMore words.\n")
    site.build(**SMALL, optgallery_look="changed")
    assert site.warnings == ""
    address = site.page("stories/plot_1_cells").find("table")["data-guide"]
    assert address == "../guide/stability.html"
    note = site.page("explorer").find("p", class_="og-x-note")
    assert note.find("a")["href"] == "guide/stability.html"


DECAYS = """\"\"\"
Decays
======

Across weight decay, and across noise at too few rates.
\"\"\"

import optgallery as og

# %%
# A matrix of its own.

decays = og.sweep("adamw", "beale", across={"weight_decay": [0.1, 0]})
print(decays)

# %%
# And others.

few = og.sweep("adamw", "beale", [0.1], across={"noise": [0, 0.5]})
short = og.sweep("adamw", "sphere", across={"noise": [0.5]}, steps=9)
"""


def test_further_axes_are_those_of_which_a_page_shows_a_matrix(project: Any) -> None:
    decays = "gallery/stories/plot_2_decays.py"
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build(**SMALL)
    site.write(decays, DECAYS)
    site.build(**SMALL)
    assert site.warnings == ""
    index = json.loads(site.page("explorer").find("script", type="application/json").string)
    assert index["axes"] == [
        {
            "optimizer": "adamw",
            "function": "beale",
            "file": "@weight_decay",
            "settings": ["weight_decay=0", "weight_decay=0.1"],
            "cells": ["weight_decay-0", "weight_decay-0.1"],
        }
    ]
    files = [path.name for path in (site.html / "explorer" / "beale").iterdir()]
    assert sorted(files) == ["-surface.js", "adamw.js", "adamw@weight_decay.js", "sgd.js"]
    assert not list((site.html / "explorer" / "sphere").glob("*@*"))
    (_, _, head), _ = read((site.html / "explorer/beale/adamw@weight_decay.js").read_bytes())
    runs = [
        og.run("adamw", "beale", lr=lr, weight_decay=value)
        for value in (0, 0.1)
        for lr in LEARNING_RATES
    ]
    assert [run["outcome"] for run in head["runs"]] == [str(run.outcome) for run in runs]
    page = site.page("stories/plot_2_decays")
    tile = page.find(id="adamw-beale-lr-0.03-weight_decay-0.1").find("a")
    address = data_attribute(tile, "explorer")
    assert address == "../explorer.html#fn=beale&run=adamw@0.03,weight_decay=0.1"
    assert data_attribute(tile, "runs") == "../explorer/ beale/adamw@weight_decay 0.03 1"
    few = page.find(id="adamw-beale-lr-0.1-noise-0.5").find("a")
    assert data_attribute(few, "runs") == ""
    for axis in index["axes"]:
        for cell in axis["cells"]:
            assert (site.html / "cells/adamw/beale" / f"0.03-{cell}.gif").exists()

    # an axis that no page shows any more is not offered
    (site.root / decays).unlink()
    for path in (site.docs / "stories").glob("plot_2_decays*"):
        path.unlink()
    site.build(**SMALL)
    index = json.loads(site.page("explorer").find("script", type="application/json").string)
    assert index["axes"] == []
    assert not list((site.html / "explorer").rglob("*@*"))


@pytest.mark.parametrize("state", ["beale", "fn=nowhere&run=sgd@0.1", "fn=beale"])
def test_an_invalid_initial_state_is_reported(project: Any, state: str) -> None:
    page = PAGE.replace("fn=beale&run=adamw@0.1", state)
    site: Project = project({"docs/explorer.rst": page, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build(**SMALL, plot_gallery="False")
    assert f"at least one run; got '{state}'" in site.warnings


def test_the_explorer_is_one_line_of_plain_text(project: Any) -> None:
    site: Project = project({"docs/explorer.rst": PAGE, "gallery/stories/plot_1_shown.py": SHOWN})
    site.build("text", **SMALL, plot_gallery="False")
    assert "[The explorer," in (site.root / "site/text/explorer.txt").read_text()


def test_scripts_of_the_explorer_are_short() -> None:
    folder = Path(directive.__file__).parent / "static"
    lengths = {name: len((folder / name).read_text().splitlines()) for name in directive.SCRIPTS}
    assert max(lengths.values()) < 500, lengths
