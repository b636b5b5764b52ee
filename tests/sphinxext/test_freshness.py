"""What a build does again, and what it leaves."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FUNCTION, OPTIMIZER, PANELS, SHOWN, Project

from optgallery.sphinxext import freshness

SMALL = {"gallery/stories/plot_1_shown.py": SHOWN}
FILES = {
    "gallery/stories/plot_1_shown.py": SHOWN,
    "gallery/functions/plot_fn_sphere.py": FUNCTION,
}


def ran(project: Project) -> int:
    """Return how many scripts the last build executed."""
    _, _, said = project.status.rpartition("Sphinx-Gallery successfully executed ")
    return int(said.split()[0])


def append_to(module: Path) -> None:
    with module.open("a", encoding="utf-8") as source:
        source.write("# another line\n")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's sources, from which the fingerprint is taken."""
    copy = shutil.copytree(
        freshness.PACKAGE, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__")
    )
    monkeypatch.setattr(freshness, "PACKAGE", copy)
    return copy


def test_a_second_build_runs_reads_and_copies_nothing(project) -> None:
    same = project(FILES)
    same.build()
    assert ran(same) == 2
    copied = same.times("site/html/cells/**/*.*")
    assert len(copied) == 8
    same.build()
    assert ran(same) == 0
    assert "updating environment: 0 added, 0 changed, 0 removed" in same.status
    assert same.times("site/html/cells/**/*.*") == copied


@pytest.mark.parametrize("module", ["optim/yogi.py", "sphinxext/scraper.py"])
def test_a_change_in_the_package_runs_every_script_again(
    project, package: Path, module: str
) -> None:
    changing = project(SMALL)
    changing.build()
    append_to(package / module)
    changing.build()
    assert ran(changing) == 1
    changing.build()
    assert ran(changing) == 0


def test_a_change_in_the_extension_reads_every_page_again_but_runs_nothing(
    project, package: Path
) -> None:
    changing = project(SMALL)
    changing.build()
    append_to(package / "sphinxext" / "cards.py")
    changing.build()
    assert ran(changing) == 0
    assert "[config changed ('optgallery_fingerprint')] 3 added" in changing.status


def test_a_package_that_changed_while_no_script_was_run_is_not_forgotten(
    project, package: Path
) -> None:
    changing = project(SMALL)
    changing.build()
    append_to(package / "gif.py")
    changing.build(plot_gallery="False")
    changing.build()
    assert ran(changing) == 1


def test_new_pictures_reach_a_site_whose_words_stay(project) -> None:
    painted = PANELS.replace("size=120", "size=120, palette=palette, line_color=color")
    painted = painted.replace('plt.title("Losses")', 'plt.title("Losses", color=color)')
    read = "import optgallery as og\n\npalette, color = open('../../docs/paint').read().split()"
    painted = painted.replace("import optgallery as og", read)
    # Sphinx knows the animations' pictures, but not the figures': here a page that has only one
    figure = re.sub(r"^og\.animate.*\n", "", painted, flags=re.MULTILINE)
    changing = project(
        {
            "gallery/stories/plot_figure.py": figure,
            "gallery/stories/plot_panels.py": painted,
            "docs/paint": "viridis red",
        }
    )

    def build() -> str:
        # in a process of its own: in this one, sphinx-gallery would have every page written again
        command = [sys.executable, "-m", "sphinx", "--no-color", "docs", "site/html"]
        done = subprocess.run(
            command, cwd=changing.root, capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        return done.stdout

    build()
    pages = changing.times("site/html/stories/*.html")
    assert "updating environment: 0 added, 0 changed, 0 removed" in build()
    assert changing.times("site/html/stories/*.html") == pages

    stem = "sphx_glr_plot_panels_00"
    names = [f"{stem}1.gif", f"{stem}1_poster.png", f"{stem}1_narrow.gif"]
    names.append("sphx_glr_plot_figure_001.png")
    images = changing.html / "_images"
    before = {name: (images / name).read_bytes() for name in names}
    changing.write("docs/paint", "magma blue")
    for checksum in (changing.docs / "stories").glob("*.md5"):
        checksum.unlink()
    build()
    for name in names:
        assert (images / name).read_bytes() != before[name], name
        source = changing.docs / "stories" / "images" / name
        assert (images / name).read_bytes() == source.read_bytes(), name


def test_a_cell_that_changed_is_copied_into_the_site_again(project) -> None:
    changing = project({"gallery/functions/plot_fn_sphere.py": FUNCTION})
    changing.build()
    source = changing.docs / "cells" / "sgd" / "sphere" / "0.1.png"
    source.write_bytes(b"another picture")
    changing.build()
    assert (
        changing.html / "cells" / "sgd" / "sphere" / "0.1.png"
    ).read_bytes() == b"another picture"


def test_two_processes_write_the_same_pages_as_one(project, tmp_path: Path) -> None:
    files = {**FILES, "gallery/optimizers/plot_opt_sgd.py": OPTIMIZER}
    several = project(files)
    several.build(parallel=2)
    assert several.warnings == ""
    for work in ("reading sources", "writing output"):
        assert re.search(rf"{work}\.\.\. .*\S \.\. \S", several.status), work
    one = Project(tmp_path / "one", files)
    one.build()
    for page in sorted(one.html.rglob("*.html")):
        twin = several.html / page.relative_to(one.html)
        assert twin.read_text(encoding="utf-8") == page.read_text(encoding="utf-8"), page.name
