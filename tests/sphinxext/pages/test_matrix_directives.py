"""Sweeps as matrices of cells, and references to cells."""

import re
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from projects import FUNCTION, OPTIMIZER, SHOWN, Project, data_attribute

import optgallery as og
from optgallery.render.still import still
from optgallery.render.tile import TILE

PAGES = [
    "stories/plot_1_shown",
    "stories/plot_2_panels",
    "stories/plot_3_sweeps",
    "optimizers/plot_opt_sgd",
    "functions/plot_fn_sphere",
]


def test_a_sweep_becomes_a_table_with_a_row_for_each_function(site: Project) -> None:
    (table,) = site.page("optimizers/plot_opt_sgd").find_all("table", attrs={"aria-label": True})
    assert [th.get_text() for th in table.find_all("th", scope="row")] == ["Sphere", "Booth"]
    assert [th.get_text() for th in table.find_all("th", scope="col")] == ["lr 0.1", "lr 0.3"]
    assert [cell["id"] for cell in table.find_all("td", class_="og-cell")] == [
        f"sgd-{fn}-lr-{lr}" for fn in ("sphere", "booth") for lr in (0.1, 0.3)
    ]
    assert table["aria-label"] == "SGD: functions by learning rates"


def test_a_sweep_over_one_function_has_a_row_for_each_optimizer(site: Project) -> None:
    (table,) = site.page("functions/plot_fn_sphere").find_all("table", attrs={"aria-label": True})
    assert [th.get_text() for th in table.find_all("th", scope="row")] == ["SGD", "Adam"]
    assert table["aria-label"] == "Sphere: optimizers by learning rates"


def test_rows_link_existing_pages(site: Project) -> None:
    table = site.page("optimizers/plot_opt_sgd").find("table", attrs={"aria-label": True})
    links = {th.get_text(): th.find("a") for th in table.find_all("th", scope="row")}
    assert links["Sphere"]["href"] == "../functions/plot_fn_sphere.html"
    assert links["Booth"] is None


def test_a_cell_is_a_link_to_the_gif_of_its_run(site: Project) -> None:
    run = og.run("sgd", "booth", lr=0.3)
    cell = site.page("optimizers/plot_opt_sgd").find(id="sgd-booth-lr-0.3")
    tile, image = cell.find("a"), cell.find("img")
    animation = og.animate(run, **TILE)
    folder = site.html / "optimizers"
    assert tile["href"] == "../cells/sgd/booth/0.3.gif"
    assert (folder / tile["href"]).read_bytes() == animation.gif()
    with Image.open(folder / image["src"]) as surface:
        assert (np.asarray(surface.convert("RGB")) == animation.surface(density=2)).all()
    assert image["width"] == image["height"] == str(TILE["size"])
    assert data_attribute(tile, "size") == f"{animation.shape[1]} {animation.shape[0]}"
    assert (tile["aria-label"], image["alt"]) == (run.summary, "")
    assert image["loading"] == "lazy"
    assert "og-diverged" in cell["class"] or "og-climbed" in cell["class"]
    assert run.outcome.kind in " ".join(cell["class"])


def test_a_still_is_the_path_of_its_run(site: Project) -> None:
    cells = site.page("optimizers/plot_opt_sgd").find_all("td", class_="og-cell")
    assert len(cells) == 4
    for cell, (function, lr) in zip(
        cells, [(f, lr) for f in ("sphere", "booth") for lr in (0.1, 0.3)], strict=True
    ):
        drawing = cell.find("svg")
        assert drawing["aria-hidden"] == "true", "the surface has the words"
        expected = still(og.run("sgd", function, lr=lr), TILE["size"])
        assert drawing.find("path")["d"] == expected.path
        assert drawing.find("use")["href"] == f"#{drawing.find('path')['id']}"
        discs = [[int(disc["cx"]), int(disc["cy"])] for disc in drawing.find_all("circle")]
        assert discs == [list(end) for end in (expected.start, expected.end) if end]


def test_a_page_shows_one_picture_for_each_function(site: Project) -> None:
    page = site.page("optimizers/plot_opt_sgd")
    shown = Counter(image["src"] for image in page.select(".og-tile img"))
    assert sorted(shown.values()) == [2, 2]
    assert all(re.search(r"surfaces/(sphere|booth)-[0-9a-f]{8}\.webp$", src) for src in shown)


def test_the_code_of_every_cell_repeats_its_run(site: Project) -> None:
    importable = 0
    for page in PAGES:
        for cell in site.page(page).find_all("td", class_="og-cell"):
            code = data_attribute(cell.find("a"), "code")
            if code.startswith("# define"):
                continue
            importable += 1
            scope: dict[str, og.Trajectory] = {}
            exec(code.replace("og.animate", "# og.animate"), scope)
            gif = site.html.joinpath(page).parent / cell.find("a")["href"]
            assert og.animate(scope["trajectory"], **TILE).gif() == gif.read_bytes()
            assert scope["trajectory"].summary == cell.find("a")["aria-label"]
    assert importable == 4 + 2 + 2 + 2 + 1 + 4


def test_attributes_with_a_common_pattern_are_on_the_table(site: Project) -> None:
    table = site.page("optimizers/plot_opt_sgd").find("table", attrs={"aria-label": True})
    assert 'og.run("sgd", "{row}", steps=200, lr={lr})' in table["data-code"]
    assert not table.select(".og-tile[data-code]")
    assert [row["data-row"] for row in table.select("tbody tr")] == ["sphere", "booth"]
    assert [head["data-lr"] for head in table.select("thead th")] == ["0.1", "0.3"]


def test_the_legend_explains_every_mark(site: Project) -> None:
    page = site.page("optimizers/plot_opt_sgd")
    legend = page.find("p", class_="og-legend").get_text()
    assert legend.startswith("SGD, 200 steps each.")
    for note in page.select("td .og-note"):
        assert note.get_text()[0] in "✓f↗✗"
        assert note.get_text()[0] in legend


def test_two_sweeps_in_one_script_have_different_cells(site: Project) -> None:
    page = site.page("stories/plot_3_sweeps")
    quick, grid = page.find("p", class_="og-legend", string=None).find_all_next("table", limit=2)
    runs = {9: quick, 200: grid}
    for steps, table in runs.items():
        tiles = table.find_all("a", class_="og-tile")
        assert len(tiles) == 2
        for tile, lr in zip(tiles, (0.1, 0.3), strict=True):
            gif = (site.html / "stories" / tile["href"]).read_bytes()
            assert gif == og.animate(og.run("sgd", "sphere", steps=steps, lr=lr), **TILE).gif()


def test_only_cells_of_the_grid_have_plain_names(site: Project) -> None:
    stems = {path.stem for path in (site.html / "cells" / "sgd" / "sphere").glob("*.gif")}
    assert {"0.1", "0.3"} <= stems
    assert all(re.fullmatch(r"0\.(05|1|3)-[0-9a-f]{8}", stem) for stem in stems - {"0.1", "0.3"})
    assert site.cell("sgd/sphere/0.1")["summary"] == og.run("sgd", "sphere", lr=0.1).summary


def test_two_functions_with_one_name_have_different_cells(site: Project) -> None:
    gifs = [path.read_bytes() for path in (site.html / "cells" / "sgd" / "lambda").glob("*.gif")]
    assert len(gifs) == 2
    assert gifs[0] != gifs[1]


def test_several_optimizers_and_functions_make_a_table_for_each_optimizer(site: Project) -> None:
    labels = [
        table["aria-label"]
        for table in site.page("stories/plot_3_sweeps").find_all(
            "table", attrs={"aria-label": True}
        )
    ]
    assert labels[3:5] == ["SGD: functions by learning rates", "Adam: functions by learning rates"]


@pytest.mark.parametrize("page", PAGES)
def test_no_id_occurs_twice_on_a_page(site: Project, page: str) -> None:
    ids = Counter(element["id"] for element in site.page(page).find_all(id=True))
    assert [name for name, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_picture_of_a_page_exists(site: Project, page: str) -> None:
    html = site.page(page)
    body = html.find("div", class_="body")
    folder = (site.html / page).parent
    uris = [a["href"] for a in body.find_all("a")] + [img["src"] for img in body.find_all("img")]
    for uri in uris:
        if uri.startswith("https://"):
            continue
        path, _, anchor = uri.partition("#")
        assert not path or (folder / path).exists(), uri
        assert path or html.find(id=anchor), uri


def test_the_folder_of_cells_has_only_what_pages_show(site: Project) -> None:
    folder = site.html / "cells"
    files = [path for path in folder.rglob("*.*") if path.parent.name != "thumbnails"]
    by_suffix = Counter(path.suffix for path in files if path.is_file())
    # two functions of a script have the name "lambda"
    assert by_suffix == {".gif": 13, ".webp": 4, ".json": 3}
    for gif in folder.rglob("*.gif"):
        stem = gif.relative_to(folder).with_suffix("").as_posix()
        assert site.cell(stem)["stem"] == f"cells/{stem}"


def test_a_reference_links_its_cell_and_states_the_outcome(site: Project) -> None:
    for page, lead in (("optimizers/plot_opt_sgd", "Sphere"), ("functions/plot_fn_sphere", "SGD")):
        (link,) = site.page(page).find_all("a", string=f"{lead} at 0.1")
        assert link["href"] == "#sgd-sphere-lr-0.1"
        outcome = str(og.run("sgd", "sphere", lr=0.1).outcome)
        assert f"{lead} at 0.1 ({outcome})" in site.text(page)
    (link,) = site.page("functions/plot_fn_sphere").find_all("a", string="Adam at 0.1")
    assert link["href"] == "#adam-sphere-lr-0.1"


DECAYS = '''"""
Decays
======

Two optimizers across weight decay, and one across noise.
"""

import optgallery as og

# %%
# :cell:`adamw sphere 0.3 weight_decay=0.1`, and :cell:`sgd booth 0.1 noise=0.5`.

decays = og.sweep(["sgd", "adamw"], "sphere", [0.1, 0.3], across={"weight_decay": [0, 0.1]})
print(decays)

# %%
# And noise.

noise = og.sweep("sgd", ["sphere", "booth"], [0.1], across={"noise": [0, 0.5]})
print(noise)
'''


@pytest.fixture(scope="module")
def decays(tmp_path_factory: pytest.TempPathFactory) -> Project:
    page = {"gallery/optimizers/plot_opt_decays.py": DECAYS}
    site = Project(tmp_path_factory.mktemp("decays"), page)
    site.build()
    assert site.warnings == ""
    return site


def test_what_a_script_prints_stands_under_its_code_before_its_matrices(decays: Project) -> None:
    page = decays.page("optimizers/plot_opt_decays")
    parts = page.select("div.highlight-Python, .sphx-glr-script-out, .og-matrix table")
    kinds = [
        "code" if "highlight-Python" in part.get("class", []) else part.name
        for part in parts
        if part.name != "table" or part.has_attr("aria-label")
    ]
    assert kinds == ["code", *2 * ["code", "div", "table", "table"]]


def test_across_an_axis_there_is_a_table_for_each_pair_with_a_row_for_each_value(
    decays: Project,
) -> None:
    tables = decays.page("optimizers/plot_opt_decays").find_all("table", attrs={"aria-label": True})
    assert [table["aria-label"] for table in tables] == [
        "SGD on Sphere: values of weight_decay by learning rates",
        "AdamW on Sphere: values of weight_decay by learning rates",
        "SGD on Sphere: values of noise by learning rates",
        "SGD on Booth: values of noise by learning rates",
    ]
    rows = [[th.get_text() for th in table.find_all("th", scope="row")] for table in tables]
    assert rows == [["weight_decay 0", "weight_decay 0.1"]] * 2 + [["noise 0", "noise 0.5"]] * 2
    assert [th.get_text() for th in tables[0].find_all("th", scope="col")] == ["lr 0.1", "lr 0.3"]
    assert [cell["id"] for cell in tables[1].find_all("td", class_="og-cell")] == [
        f"adamw-sphere-lr-{lr}-weight_decay-{value}" for value in (0, 0.1) for lr in (0.1, 0.3)
    ]
    assert 'og.run("adamw", "sphere", steps=200, lr={lr}, {row})' in tables[1]["data-code"]
    assert not tables[1].select(".og-tile[data-code]")
    legend = tables[1].find_previous("p", class_="og-legend").get_text()
    assert legend.startswith("AdamW on Sphere, 200 steps each.")


def test_the_code_of_every_cell_across_an_axis_repeats_its_run(decays: Project) -> None:
    page = "optimizers/plot_opt_decays"
    cells = decays.page(page).find_all("td", class_="og-cell")
    assert len(cells) == 2 * 4 + 2 * 2
    for cell in cells:
        scope: dict[str, og.Trajectory] = {}
        code = data_attribute(cell.find("a"), "code")
        exec(code.replace("og.animate", "# og.animate"), scope)
        gif = decays.html.joinpath(page).parent / cell.find("a")["href"]
        assert og.animate(scope["trajectory"], **TILE).gif() == gif.read_bytes()
        assert scope["trajectory"].summary == cell.find("a")["aria-label"]


def test_a_reference_to_a_cell_across_an_axis_names_its_value(decays: Project) -> None:
    page, text = (
        decays.page("optimizers/plot_opt_decays"),
        decays.text("optimizers/plot_opt_decays"),
    )
    noisy = og.functions.noisy("booth", 0.5)
    for words, cell, run in (
        (
            "Sphere at 0.3, weight_decay 0.1",
            "adamw-sphere-lr-0.3-weight_decay-0.1",
            og.run("adamw", "sphere", lr=0.3, weight_decay=0.1),
        ),
        ("Booth at 0.1, noise 0.5", "sgd-booth-lr-0.1-noise-0.5", og.run("sgd", noisy, lr=0.1)),
    ):
        (link,) = page.find_all("a", string=words)
        assert link["href"] == f"#{cell}"
        assert page.find(id=cell) is not None
        assert f"{words} ({run.outcome})" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sgd sphere 0.1 weight_decay", "'weight_decay' has no value"),
        ("sgd sphere 0.1 weight_decay=a", "malformed"),
        ("sgd sphere 0.1 weight_decay=", "'' is no number"),
        ("sgd sphere", "got 'sgd sphere': the learning rate is missing"),
        ("sgd sphere fast", "got 'sgd sphere fast': could not convert"),
        ("sgdd sphere 0.1", "unknown optimizer 'sgdd'; did you mean 'sgd'"),
        ("sgd spher 0.1", "unknown test function 'spher'; did you mean 'sphere'"),
    ],
)
def test_a_malformed_reference_is_an_error(project, text: str, message: str) -> None:
    page = f":orphan:\n\nPage\n====\n\nSee :cell:`{text}`.\n"
    wrong = project({"docs/page.rst": page, "gallery/stories/plot_1_shown.py": SHOWN})
    wrong.build(plot_gallery="False")
    assert (
        "page.rst:6: ERROR: :cell: takes an optimizer, a function and a learning" in wrong.warnings
    )
    assert message in wrong.warnings
    assert f":cell:`{text}`" in wrong.text("page")


def test_a_reference_to_a_cell_not_on_the_page_is_a_warning(project) -> None:
    elsewhere = FUNCTION.replace("adam sphere 0.10", "adam sphere 0.3")
    wrong = project({"gallery/functions/plot_fn_sphere.py": elsewhere})
    wrong.build()
    assert "WARNING: no matrix on this page has the cell adam-sphere-lr-0.3" in wrong.warnings
    assert wrong.warnings.count("WARNING") == 1


def test_a_reference_to_a_cell_that_was_not_run_has_no_outcome(project) -> None:
    written = project({"gallery/optimizers/plot_opt_sgd.py": OPTIMIZER})
    written.build(plot_gallery="False")
    assert written.warnings == ""
    assert "It shines on Sphere at 0.1." in written.text("optimizers/plot_opt_sgd")


def test_links_are_right_with_the_dirhtml_builder(project) -> None:
    files = {
        "gallery/optimizers/plot_opt_sgd.py": OPTIMIZER,
        "gallery/functions/plot_fn_sphere.py": FUNCTION,
    }
    folders = project(files)
    folders.build("dirhtml")
    folders.html = folders.root / "site" / "dirhtml"
    page = "optimizers/plot_opt_sgd/index"
    cell = folders.page(page).find(id="sgd-booth-lr-0.3")
    assert (folders.html / page).parent.joinpath(cell.find("a")["href"]).exists()
    row = folders.page(page).find("th", scope="row").find("a")
    assert (folders.html / page).parent.joinpath(row["href"], "index.html").exists()
