"""Optimizers without a learning rate in a project: one has an axis of its own, one a single run."""

import json
import re
import sys

import pytest
from own_axis import SCRIPT
from projects import Project, data_attribute

CONF = """
import sys

sys.path.insert(0, {folder!r})
import stepping

optgallery_optimizers = [stepping.DAMPED, stepping.HARMONIC]
optgallery_baselines = ["sgd", "adam"]
optgallery_functions = ["booth", "sphere"]
optgallery_lrs = [0.01, 0.03, 0.1, 0.3, 1.0]
optgallery_explorer = True
extensions += ["optgallery.sphinxext"]
"""

FUNCTION = '''"""
Sphere
======

.. function-card:: sphere
"""

import stepping
import optgallery as og

# %%
# :cell:`damped sphere 10` against :cell:`harmonic sphere`.

sweep = og.sweep(
    ["sgd", stepping.DAMPED, stepping.HARMONIC, "adam"], "sphere", [0.01, 0.03, 0.1, 0.3, 1.0]
)
print(sweep)
'''

DAMPED = '''"""
Damped steps
============

Its steps are short.
"""

import stepping
import optgallery as og

sweep = og.sweep(stepping.DAMPED, ["booth", "sphere"])
print(sweep)

# %%
# And one run.

og.animate(sweep["damped", "booth", 10.0], size=160, frames=5).show()
'''

HARMONIC = '''"""
Harmonic
========

Its steps get shorter.
"""

import stepping
import optgallery as og

sweep = og.sweep(stepping.HARMONIC, ["booth", "sphere"])
print(sweep)
'''


MATRIX = """
Of all
======

.. trajectory-matrix:: harmonic
   :functions: booth
   :lrs: 0.5
"""


def project_in(folder):
    """Return a project with an own axis; its module `stepping` is in the folder."""
    (folder / "stepping.py").write_text(SCRIPT, encoding="utf-8")
    project = Project(
        folder,
        {
            "gallery/functions/plot_fn_sphere.py": FUNCTION,
            "gallery/optimizers/plot_opt_damped.py": DAMPED,
            "gallery/optimizers/plot_opt_harmonic.py": HARMONIC,
        },
    )
    conf = project.docs / "conf.py"
    conf.write_text(
        conf.read_text(encoding="utf-8") + CONF.format(folder=str(folder)), encoding="utf-8"
    )
    project.write("docs/matrix.rst", MATRIX)
    project.write("docs/explorer.rst", "Explorer\n========\n\n.. explorer::\n")
    project.write("docs/find.rst", "Find\n====\n\n.. find-runs::\n")
    index = project.docs / "index.rst"
    index.write_text(
        index.read_text(encoding="utf-8") + "   matrix\n   explorer\n   find\n", encoding="utf-8"
    )
    return project


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own_axis")
    project = project_in(folder)
    project.build()
    yield project
    sys.path[:] = [path for path in sys.path if path != str(folder)]
    sys.modules.pop("stepping", None)


def rows_of(page):
    """Return what the cells of each row of a page's matrix say: value, number and columns."""
    return {
        row["data-row"]: [
            (
                cell.find(class_="og-at").get_text() if cell.find(class_="og-at") else "",
                cell.find(class_="og-note").get_text(),
                int(cell.get("colspan", 1)),
            )
            for cell in row.find_all("td", class_="og-cell")
        ]
        for row in page.select(".og-matrix tr[data-row]")
    }


def tile_of(page, cell):
    """Return the link of a cell; the optimizers are of a project, so the id ends in a digest."""
    return page.find(id=re.compile(f"^{cell}-[0-9a-f]{{8}}$")).find("a")


def heads_of(page):
    return [th.get_text() for th in page.select(".og-matrix thead tr")[0].find_all(["td", "th"])]


def test_the_project_is_built_without_a_warning(site):
    assert site.warnings == ""


def test_on_a_function_a_row_states_its_own_values_and_a_single_run_spans_all_columns(site):
    page = site.page("functions/plot_fn_sphere")
    assert heads_of(page) == [
        "learning rate",
        *(f"lr {lr}" for lr in (["0.01", "0.03", "0.1", "0.3", "1"])),
    ]
    rows = rows_of(page)
    assert [len(cells) for cells in rows.values()] == [5, 3, 1, 5]
    assert [value for value, *_ in rows["damped"]] == ["1", "10", "100"]
    assert rows["damped"][0][1] == "✓ 6"
    ((value, _, columns),) = rows["harmonic"]
    assert (value, columns) == ("", 5)
    assert {value for value, *_ in rows["sgd"]} == {""}
    own = page.select_one("tr[data-row=damped]")
    assert own.select_one("th .og-axis").get_text() == "damping"
    assert own["data-columns"] == "damping"
    assert page.select_one("table[data-columns]")["data-columns"] == "learning rate"
    assert len(own.find_all(["th", "td"])) == 1 + 5  # the grid has no holes


def test_on_its_own_page_the_heads_are_its_values(site):
    page = site.page("optimizers/plot_opt_damped")
    assert heads_of(page) == ["damping", "damping 1", "damping 10", "damping 100"]
    assert rows_of(page)["booth"][1] == ("", "✓ 25", 1)
    assert "by damping" in page.select_one(".og-matrix")["aria-label"]
    page = site.page("optimizers/plot_opt_harmonic")
    assert heads_of(page) == ["", "one run"]
    assert [len(cells) for cells in rows_of(page).values()] == [1, 1]


def test_the_printed_tables_stand_on_the_pages(site):
    text = site.text("functions/plot_fn_sphere")
    assert "Sphere damping 1 damping 10 damping 100 Damped steps ✓ 6 ✓ 21 ✓ 176" in text
    assert "Sphere one run Harmonic ✓ 54" in text


@pytest.mark.parametrize(
    ("page", "cell", "code", "state"),
    [
        ("damped", "damped-booth-damping-10", "damping=10.0", "fn=booth&run=damped@10.0"),
        ("harmonic", "harmonic-booth-default", "", "fn=booth&run=harmonic@default"),
    ],
)
def test_a_cell_has_an_id_the_code_and_the_address_in_the_explorer(site, page, cell, code, state):
    found = site.page(f"optimizers/plot_opt_{page}")
    tile = tile_of(found, cell)
    lines = data_attribute(tile, "code")
    assert ("og.run(" in lines, "lr=" in lines) == (True, False)
    assert code in lines
    assert data_attribute(tile, "explorer").endswith(f"explorer.html#{state}")
    *_, file, value, number = data_attribute(tile, "runs").split()
    assert (file, number) == (f"booth/{page}", "0")
    assert value == state.rpartition("@")[2]


def test_a_row_of_a_function_has_its_own_attributes(site):
    page = site.page("functions/plot_fn_sphere")
    tile = tile_of(page, "damped-sphere-damping-1")
    assert "damping=1" in data_attribute(tile, "code")
    assert data_attribute(tile, "explorer").endswith("#fn=sphere&run=damped@1")
    assert "Damped steps on Sphere, damping 1" in tile["aria-label"]
    single = tile_of(page, "harmonic-sphere-default")
    assert single["aria-label"].startswith("Harmonic on Sphere: solved")


def test_prose_names_a_cell_by_its_value_and_a_single_run_without_one(site):
    text = site.text("functions/plot_fn_sphere")
    assert "Damped steps at damping 10 (solved after 21 gradient evaluations)" in text
    assert "against Harmonic (solved after 54 gradient evaluations)" in text
    page = site.page("functions/plot_fn_sphere")
    addresses = {link["href"] for link in page.select("a.reference")}
    named = ("damped-sphere-damping-10", "harmonic-sphere-default")
    assert {f"#{tile_of(page, name).parent['id']}" for name in named} <= addresses
    script = (site.docs / "functions" / "downloads" / "plot_fn_sphere.py").read_text("utf-8")
    assert "Damped steps at damping 10 (solved after 21" in script


def test_the_outcomes_state_the_axis_and_the_value(site):
    runs = json.loads((site.html / "cells/damped/runs.json").read_text("utf-8"))
    assert {(run["axis"], run["lr"]) for run in runs} == {("damping", None)}
    assert {run["value"] for run in runs} == {1, 10.0, 100.0}
    runs = json.loads((site.html / "cells/harmonic/runs.json").read_text("utf-8"))
    assert [(run["axis"], run["value"]) for run in runs if run["function"] == "booth"] == [
        ("", None)
    ]


def test_an_animation_names_the_axis_not_a_rate(site):
    figure = site.page("optimizers/plot_opt_damped").find(class_="og-animation")
    assert figure.find("img")["alt"].startswith("Damped steps on Booth, damping 10")


def test_the_explorer_and_the_finder_know_the_axes(site):
    for page, box in (("explorer", ".og-explorer"), ("find", ".og-find")):
        index = json.loads(site.page(page).select_one(f"{box} script").get_text())
        axes = {spec["name"]: spec.get("axis") for spec in index["optimizers"]}
        assert axes == {
            "damped": {"parameter": "damping", "title": "damping", "values": ["1", "10", "100"]},
            "harmonic": {"parameter": "", "title": "", "values": ["default"]},
            "sgd": None,
            "adam": None,
        }
    runs = (site.html / "explorer/booth/damped.js").read_text("utf-8")
    assert '"rates":["1","10","100"]' in runs
    assert "28 runs" in site.text("find")  # on two functions: 3 + 1 + 5 + 5
    assert [o["value"] for o in site.page("find").select("[name=lr] option")][-1] == "none"


def test_rates_in_a_directive_are_no_matter_to_an_optimizer_without_one(site):
    assert rows_of(site.page("matrix")) == {"harmonic": [("", "88%", 1)]}


def test_the_pages_of_documents_have_tables_for_each_kind_of_columns(site):
    site.build("text")
    text = (site.root / "site" / "text" / "functions" / "plot_fn_sphere.txt").read_text("utf-8")
    assert "Damped steps on Sphere, damping 100: solved" in text
    assert re.search(r"Harmonic on Sphere: solved", text)
