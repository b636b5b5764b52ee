"""Numbers in the text of pages, in their downloads and in later builds."""

import json
import re
from zipfile import ZipFile

import pytest
from projects import Project

import optgallery as og
from optgallery.sphinxext.pages.number_roles import NOT_RUN

STORY = '''"""
Two rates
=========

No number here.

The slow run ends at :value:`slow to 3 digits`, the quick one needs :cost:`quick`.
"""

import optgallery as og

slow, quick = [og.run("sgd", "sphere", lr=lr, steps=60) for lr in (0.003, 0.1)]
og.animate([slow, quick], size=100, frames=3).show()

# %%
# Adam at 0.1 needs :cost:`adam sphere 0.1`. See :cell:`sgd sphere 0.1`, after which this line has
# to be broken in the script.

quick = og.run("sgd", "sphere", lr=0.3, steps=60)
sweep = og.sweep("sgd", "sphere", [0.1])

# %%
# At 0.3 it needs :cost:`quick`.
'''
NAME = "gallery/stories/plot_1_rates.py"
PAGE = "stories/plot_1_rates"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("numbers"), {NAME: STORY})
    project.build()
    assert project.warnings == ""
    return project


def sentences() -> list[str]:
    slow, quick, quicker, adam = (
        og.run(name, "sphere", lr=lr)
        for name, lr in (("sgd", 0.003), ("sgd", 0.1), ("sgd", 0.3), ("adam", 0.1))
    )
    return [
        f"The slow run ends at {slow.values[60]:.3g}, the quick one needs {quick.outcome.cost}.",
        f"Adam at 0.1 needs {adam.outcome.cost}. See Sphere at 0.1 ({quick.outcome}), after",
        f"At 0.3 it needs {quicker.outcome.cost}.",
    ]


def test_numbers_are_those_of_the_runs(built: Project) -> None:
    for sentence in sentences():
        assert sentence in built.text(PAGE)


def test_downloads_have_the_same_text_as_the_page(built: Project) -> None:
    links = {
        a["href"].rsplit(".", 1)[1]: (built.html / "stories" / a["href"])
        for a in built.page(PAGE).select(".sphx-glr-download a")
    }
    assert set(links) == {"py", "ipynb", "zip"}
    script, notebook = (links[kind].read_text(encoding="utf-8") for kind in ("py", "ipynb"))
    cells = json.loads(notebook)["cells"]
    prose = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    for text in (script, prose):
        assert not re.search(":[a-z]+:`", text)
        words = " ".join(text.replace("\n# ", "\n").split())
        for sentence in sentences():
            assert sentence in words
    assert max(map(len, script.split("\n"))) <= 100
    code = STORY[STORY.index("import") : STORY.index("# %%")]
    assert code in script
    compile(script, "script", "exec")
    with ZipFile(links["zip"]) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            "plot_1_rates.py": script,
            "plot_1_rates.ipynb": notebook,
        }


def test_a_build_without_changes_writes_no_page_or_download(built: Project) -> None:
    patterns = ("docs/stories/plot_1_rates.rst", "docs/stories/downloads/*")
    before = [built.times(pattern) for pattern in patterns]
    built.build()
    assert [built.times(pattern) for pattern in patterns] == before
    assert sentences()[0] in built.text(PAGE)


def test_a_number_that_does_not_exist_is_an_error_with_its_line(project) -> None:
    story = STORY.replace(":cost:`adam sphere 0.1`", ":cost:`slow`").replace(
        "At 0.3 it needs :cost:`quick`", "At 0.3 it needs :cost:`quik`"
    )
    wrong = project({NAME: story})
    for _ in range(2):  # the error is repeated until it is fixed
        wrong.build()
        (first, second) = wrong.warnings.strip().split("\n")
        assert "plot_1_rates.rst:" in first
        assert "ERROR: :cost: cannot print its number. plot_1_rates.py, line 16: " in first
        assert "never solved" in first
        assert "plot_1_rates.py, line 23: there is no quik here; the runs are slow, quick" in second
    wrong.write(NAME, STORY)
    wrong.build()
    assert wrong.warnings == ""
    assert sentences()[2] in wrong.text(PAGE)


def test_a_build_without_runs_has_placeholders_until_the_next_one(project) -> None:
    prose = project({NAME: STORY})
    prose.build(plot_gallery="False")
    assert prose.warnings == ""
    assert prose.text(PAGE).count(NOT_RUN) == 4
    prose.build()
    assert prose.warnings == ""
    assert NOT_RUN not in prose.text(PAGE)
    assert sentences()[0] in prose.text(PAGE)


def test_a_number_outside_the_gallery_is_an_error(project) -> None:
    page = ":orphan:\n\nPage\n====\n\nIt needs :cost:`run`.\n"
    wrong = project({"docs/index.rst": page})
    wrong.build()
    assert "index.rst:6: ERROR: :cost: cannot print its number. only the script" in wrong.warnings
