"""The maps on the page of a function, and what stands in their place elsewhere."""

import re
from pathlib import Path

import pytest
from experiments import FOLDER, part
from projects import Project

from optgallery import FUNCTIONS
from optgallery.analysis.experiment import record
from optgallery.plot.maps import COLORS
from optgallery.sphinxext.pages import function_maps, map_directives

SCRIPT = '''"""
{title}
=======

{words}

.. function-card:: {name}
"""

import optgallery as og

# %%
# Where runs end
# --------------
#
# .. basin-maps:: {name}
#
# Which settings converge
# -----------------------
#
# .. trainability-map:: {name}

sweep = og.sweep("sgd", "{name}", [0.1])
'''


def script(name: str) -> str:
    return SCRIPT.format(name=name, title=FUNCTIONS[name].title, words="A function.")


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = {f"gallery/functions/plot_fn_{name}.py": script(name) for name in ("booth", "flower")}
    project = Project(tmp_path_factory.mktemp("mapped"), files)
    record(project.docs / FOLDER, part())
    project.write("docs/compare/index.rst", ":orphan:\n\nAll\n===\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("STARTS", "SETTINGS", "FEWER"):
            patch.setattr(function_maps, name, 8)
        project.build(optgallery_experiment=FOLDER)
    return project


def test_the_pages_are_written_without_an_error(mapped: Project) -> None:
    assert not [line for line in mapped.warnings.splitlines() if "isn't included" not in line]


def test_a_page_has_a_map_for_each_optimizer_with_its_rate_and_shares(mapped: Project) -> None:
    figures = mapped.page("functions/plot_fn_booth").find(class_="og-maps").find_all("figure")
    assert len(figures) == len(function_maps.SHOWN)
    for figure in figures:
        image = figure.find("img")
        path = (mapped.html / "functions" / image["src"]).resolve()
        assert path.read_bytes().startswith(b"\x89PNG")
        percents = [int(p) for p in re.findall(r"(\d+)%", figure.get_text())]
        assert 95 <= sum(percents) <= 103
        assert "Where runs end: " in image["alt"]
        assert re.search(r" at [\d.]+$", figure.find(class_="caption-text").get_text())
    assert figures[0].find(class_="caption-text").get_text() == "SGD at 0.03"


def test_a_single_minimum_is_said_to_be_one(mapped: Project) -> None:
    assert "With a single minimum" in mapped.text("functions/plot_fn_booth")
    assert "No minimum of Flower is stated" in mapped.text("functions/plot_fn_flower")


def test_where_no_run_arrives_a_sentence_takes_the_place_of_maps_of_one_colour(mapped):
    assert not mapped.page("functions/plot_fn_flower").find(class_="og-maps")
    assert "does a run from any of 64 starts end" in mapped.text("functions/plot_fn_flower")


def test_the_lines_of_a_page_draw_its_map(mapped: Project) -> None:
    blocks = mapped.page("functions/plot_fn_booth").find_all("pre")
    lines = [b.get_text() for b in blocks if "og.basins(" in b.get_text()]
    assert len(lines) == 1
    assert 'og.basins("adamw", "booth", lr=' in lines[0]
    assert lines[0].strip().endswith("og.plot_basins(found)")


def test_a_sentence_says_which_settings_converge(mapped: Project) -> None:
    text = mapped.text("functions/plot_fn_booth")
    assert re.search(r"\d+% of the settings do\. Without momentum, the largest such", text)
    (figure,) = mapped.page("functions/plot_fn_booth").select("figure.og-plot")
    assert "Map of SGD" in figure.find(role="img")["aria-label"]
    (image,) = figure.select("svg img")
    assert (mapped.html / "functions" / image["src"]).resolve().exists()


def test_a_download_has_lines_in_place_of_the_maps(mapped: Project) -> None:
    downloads = mapped.docs / "functions" / "downloads"
    text = (downloads / "plot_fn_booth.py").read_text(encoding="utf-8")
    assert ".. basin-maps::" not in text
    assert ".. trainability-map::" not in text
    assert 'og.plot_basins(og.basins("adamw", "booth"))' in text.replace("\n# ", " ")


def test_without_running_scripts_there_are_no_maps(tmp_path: Path) -> None:
    project = Project(tmp_path, {"gallery/functions/plot_fn_booth.py": script("booth")})
    project.build(plot_gallery="False")
    assert "Maps of Booth are drawn when" in project.text("functions/plot_fn_booth")
    assert not project.page("functions/plot_fn_booth").find(class_="og-maps")


def test_an_unknown_function_is_an_error(tmp_path: Path) -> None:
    project = Project(tmp_path, {})
    project.write("docs/index.rst", "Site\n====\n\n.. basin-maps:: boothe\n")
    project.build(plot_gallery="False")
    assert "boothe" in project.warnings


def test_the_swatches_have_the_colours_of_the_maps() -> None:
    css = "".join(
        path.read_text() for path in Path(function_maps.__file__).parents[1].rglob("*.css")
    )
    for i, color in enumerate(COLORS):
        assert re.search(rf"\.og-swatch-{i} {{\s*background: {color.lower()};", css)
    assert map_directives._swatch(len(COLORS)) == "og-swatch-0"
