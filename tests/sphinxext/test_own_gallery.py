"""The extension beside sphinx-gallery in somebody else's project, with scripts of its own."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builds import Build
from PIL import Image
from test_own_docs import MODULE, OwnDocs

OWN = '''"""
Script {number}
========

Nothing of optgallery.
"""

import os

import matplotlib.pyplot as plt

with open(os.environ["RAN"], "a") as file:
    print("plot_{number}", os.getpid(), file=file)
plt.plot([1, 2])
'''

MOVES = '''"""
Matplotlib moves
================

With matplotlib's own scraper.
"""

import os

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation

with open(os.environ["RAN"], "a") as file:
    print("plot_moves", os.getpid(), file=file)
figure, axes = plt.subplots(figsize=(2, 2))
(line,) = axes.plot([0, 1], [0, 1])
animation = FuncAnimation(figure, lambda k: line.set_ydata([0, k]), frames=2)
'''

USES = '''"""
Damped
======

An optimizer of the project.
"""

import os

import damped_package
import optgallery as og

with open(os.environ["RAN"], "a") as file:
    print("{name}", os.getpid(), file=file)
og.animate(og.run(damped_package.Damped, "booth", lr=0.1, steps=9), size=100, frames=3)

# %%
# A sweep.

sweep = og.sweep(damped_package.Damped, "booth", [0.01, 0.1], steps=9)
'''

CONF = """
import sys

sys.path[:0] = ["PACKAGE", "HERE"]
extensions = ["sphinx_gallery.gen_gallery"OURS]
html_theme = "basic"
sphinx_gallery_conf = {
    "examples_dirs": EXAMPLES,
    "gallery_dirs": "auto_examples",
    "image_scrapers": SCRAPERS,
    "reset_modules": ("matplotlib", "resets.reset"),
    "matplotlib_animations": True,
}
"""

RESETS = '''
"""A function of the project for reset_modules."""

import os


def reset(gallery_conf, fname):
    with open(os.environ["RAN"], "a") as file:
        print("reset", os.getpid(), file=file)
'''

INDEX = "Home\n====\n\n.. toctree::\n\n   auto_examples/index\n"


class Gallery(OwnDocs):
    """A project with seven scripts, some in a section, and a log of those that ran."""

    def __init__(self, root: Path, ours: bool, examples: str = '"../examples"') -> None:
        super().__init__(root, {"docs/index.rst": INDEX})
        scrapers = '("matplotlib", "optgallery.sphinxext.scrape")' if ours else '("matplotlib",)'
        replaced = {
            "PACKAGE": str(root / "source"),
            "HERE": str(root / "docs"),
            "OURS": ', "optgallery.sphinxext"' if ours else "",
            "EXAMPLES": examples,
            "SCRAPERS": scrapers,
        }
        conf = CONF
        for old, new in replaced.items():
            conf = conf.replace(old, new)
        self.write("docs/conf.py", conf)
        self.write("docs/resets.py", RESETS)
        self.write("source/damped_package.py", MODULE)
        for folder in ("examples", "examples/more"):
            self.write(f"{folder}/GALLERY_HEADER.rst", "Examples\n========\n")
        for number in range(4):
            self.write(f"examples/plot_{number}.py", OWN.format(number=number))
        self.write("examples/plot_moves.py", MOVES)
        self.write("examples/more/plot_4.py", OWN.format(number=4))

    def make(self, *arguments: str, forked: bool = True) -> int:
        log = self.root / "ran"
        log.write_text("")
        build = Build(
            self.root,
            *arguments,
            forked=forked,
            OPTGALLERY_STORE=str(self.root / "store"),
            RAN=str(log),
        )
        exit_status = build.wait()
        self.status = build.output
        lines = [line.split() for line in log.read_text().splitlines()]
        self.ran = [name for name, _ in lines if name != "reset"]
        self.resets = sum(name == "reset" for name, _ in lines)
        self.processes = len({process for _, process in lines})
        return exit_status


SCRIPTS = ["plot_0", "plot_1", "plot_2", "plot_3", "plot_moves", "plot_4"]


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    """The same project without the extension."""
    gallery = Gallery(tmp_path_factory.mktemp("without") / "project", ours=False)
    assert gallery.make() == 0, gallery.status
    return gallery


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    gallery = Gallery(tmp_path_factory.mktemp("with") / "project", ours=True)
    gallery.write("examples/plot_damped.py", USES.format(name="plot_damped"))
    gallery.write("examples/more/plot_deep.py", USES.format(name="plot_deep"))
    assert gallery.make() == 0, gallery.status
    shutil.copytree(gallery.root, gallery.root.with_name("snapshot"))
    return gallery


@pytest.fixture
def built(first: Gallery) -> Iterator[Gallery]:
    """Restore the project as it was after its first build."""
    shutil.rmtree(first.root)
    shutil.copytree(first.root.with_name("snapshot"), first.root)
    return first


def test_the_projects_scripts_run_as_without_the_extension(
    without: Gallery, first: Gallery
) -> None:
    assert sorted(without.ran) == sorted(SCRIPTS)
    assert without.processes == first.processes == 1
    assert without.resets == len(SCRIPTS)
    assert first.resets == len(SCRIPTS) + 2  # as many scripts as it has
    for name in ("plot_0", "more/plot_4", "plot_moves"):
        page = f"auto_examples/{name}.rst"
        texts = [(each.docs / page).read_text() for each in (without, first)]
        timeless = [text.partition("**Total running time")[0] for text in texts]
        # without addresses in memory, and names that matplotlib draws at random
        first_text, second_text = (re.sub("0x[0-9a-f]+|[0-9a-f]{32}", "", t) for t in timeless)
        assert first_text == second_text


def test_a_matplotlib_animation_is_shown_by_matplotlibs_scraper(first: Gallery) -> None:
    page = (first.html / "auto_examples/plot_moves.html").read_text()
    assert "Animation" in page
    assert 'class="animation"' in page


def test_an_animation_and_a_sweep_of_a_script_are_shown(first: Gallery) -> None:
    for name in ("plot_damped", "more/plot_deep"):
        page = first.page(f"auto_examples/{name}")
        assert page.find("picture").find("img")["alt"].startswith("Damped on Booth, lr 0.1:")
        assert len(page.find_all("a", class_="og-tile")) == 2


def test_a_second_build_runs_nothing(built: Gallery) -> None:
    assert built.make() == 0
    assert built.ran == []


def test_an_edit_of_the_projects_module_runs_the_scripts_that_use_it(built: Gallery) -> None:
    edited = MODULE.replace('1 - group["damping"]', '1 + group["damping"]')
    built.write("source/damped_package.py", edited)
    assert built.make() == 0
    assert sorted(built.ran) == ["plot_damped", "plot_deep"]
    assert built.processes == 1


def test_an_edited_script_runs_alone(built: Gallery) -> None:
    (built.root / "examples/more/plot_4.py").write_text(OWN.format(number=4) + "plt.show()\n")
    assert built.make() == 0
    assert built.ran == ["plot_4"]


@pytest.mark.parametrize(
    "examples", ['["../examples"]', '__import__("pathlib").Path("../examples")']
)
def test_folders_may_be_lists_and_paths(tmp_path: Path, examples: str) -> None:
    gallery = Gallery(tmp_path / "project", ours=True, examples=examples)
    assert gallery.make() == 0, gallery.status
    assert sorted(gallery.ran) == sorted(SCRIPTS)
    assert gallery.make() == 0
    assert gallery.ran == []


def test_a_project_without_the_scraper_gets_nothing_of_it(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "project", ours=True)
    conf = gallery.docs / "conf.py"
    conf.write_text(
        conf.read_text().replace('("matplotlib", "optgallery.sphinxext.scrape")', '("matplotlib",)')
    )
    assert gallery.make() == 0
    assert "scripts are to be run" not in gallery.status
    assert not list(gallery.docs.rglob("*.record.json"))
    assert gallery.make() == 0
    assert gallery.ran == []


def test_the_projects_own_processes_are_used(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "project", ours=True)
    gallery.write("examples/plot_damped.py", USES.format(name="plot_damped"))
    with (gallery.docs / "conf.py").open("a") as conf:
        conf.write('sphinx_gallery_conf["parallel"] = 2\n')
    assert gallery.make("-W", forked=False) == 0, gallery.status
    assert "(with parallel=2)" in gallery.status
    assert sorted(gallery.ran) == sorted([*SCRIPTS, "plot_damped"])
    assert gallery.page("auto_examples/plot_damped").find("picture") is not None
    assert gallery.make("-W", forked=False) == 0
    assert gallery.ran == []


def test_animated_thumbnails_stand_still_if_that_is_asked_for(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "project", ours=True)
    gallery.write("examples/plot_damped.py", USES.format(name="plot_damped"))
    own = OWN.format(number=1) + "# sphinx_gallery_thumbnail_path = '_static/own.gif'\n"
    gallery.write("examples/plot_1.py", own)
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    (gallery.docs / "_static").mkdir()
    frames[0].save(gallery.docs / "_static/own.gif", save_all=True, append_images=frames[1:])
    assert gallery.make("-D", "optgallery_still_thumbnails=1") == 0, gallery.status
    images = gallery.page("auto_examples/index").find_all("img", attrs={"data-gif": True})
    names = [Path(image["src"]).name for image in images]
    # of our scraper, of the project, of matplotlib
    assert sorted(names) == [f"plot_{name}_poster.png" for name in ("1", "damped", "moves")]
    for image in images:
        still = gallery.html / "auto_examples" / image["src"]
        moving = gallery.html / "auto_examples" / image["data-gif"]
        assert still.read_bytes()[:4] == b"\x89PNG"
        assert moving.read_bytes()[:3] == b"GIF"
    with Image.open(gallery.html / "cells/thumbnails/plot_1_poster.png") as last:
        assert last.convert("RGB").getpixel((4, 4)) == (0, 0, 255)
    assert gallery.make() == 0
    assert not gallery.page("auto_examples/index").find_all("img", attrs={"data-gif": True})
