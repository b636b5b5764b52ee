"""The extension in the documentation of somebody else's package, without sphinx-gallery."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builds import Build
from projects import Project

MODULE = '''
"""Optimizers of somebody's package."""

import torch


class Damped(torch.optim.Optimizer):
    """Gradient descent with damping.

    Parameters
    ----------
    params : iterable
        What is optimized.
    lr : float
        The length of a step along the gradient.
    damping : float
        By how much it is damped.
    """

    def __init__(self, params, lr=0.1, damping=0.5):
        super().__init__(params, {"lr": lr, "damping": damping})

    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.sub_(p.grad, alpha=group["lr"] * (1 - group["damping"]))


class Bare(torch.optim.SGD):
    pass


class Scripted(torch.optim.SGD):
    """See `this <javascript:alert(1)>`__ and <script>alert(2)</script>.

    Parameters
    ----------
    lr : float
        Look `here <JavaScript:alert(3)>`_ or `there <https://example.org/>`__.
    """


class Needy(torch.optim.SGD):
    def __init__(self, params, length, lr=0.1):
        super().__init__(params, lr)


NOTHING = None
'''

FUNCTIONS = '''
"""Functions of somebody's package."""

from optgallery import TestFunction


def bowl(x, y):
    return x**2 + 3 * y**2


BOWL = bowl, {"x0": 2, "y0": 1, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}


def nowhere(x, y):
    return (x + y) * float("nan")


NOWHERE = nowhere, BOWL[1]
BEALE = TestFunction(name="Beale", title="B", formula=bowl, domain=(-3, 3, -3, 3), start=(2, 1))
'''

CONF = """
import sys

sys.path.insert(0, "PACKAGE")
extensions = ["optgallery.sphinxext"]
html_theme = "basic"
optgallery_optimizers = ["damped_package:Damped"]
optgallery_functions = ["shapes:BOWL", "booth"]
optgallery_baselines = ["sgd"]
optgallery_lrs = [0.01, 0.1]
optgallery_steps = 30
optgallery_explorer = True
"""

INDEX = """
Home
====

.. toctree::

   card
   runs
   explorer
   other
"""

CARD = """
Damped
======

.. optimizer-card:: damped

.. optimizer-card:: damped_package:Bare

.. optimizer-card:: damped_package:Scripted
"""

RUNS = """
Runs
====

.. animation:: damped bowl 0.1

.. trajectory-matrix::

Best is :cell:`damped bowl 0.1`, not :cell:`sgd booth 0.01`.

.. comparison:: damped sgd
   :show: profile heatmap sensitivity
   :lrs: 0.01 0.1 1
   :starts: 2
   :budget: 60
"""

FILES = {
    "docs/index.rst": INDEX,
    "docs/card.rst": CARD,
    "docs/runs.rst": RUNS,
    "docs/explorer.rst": "Explorer\n========\n\n.. explorer::\n",
    "docs/other.rst": "Other\n=====\n\nNothing of this package is here.\n",
}


class OwnDocs(Project):
    """The documentation of a package that a test can edit."""

    status: str

    def make(self, *arguments: str) -> int:
        """Build in a process of its own; return its exit status."""
        self.before = self.times("site/html/*.html")
        # the package that is tested, not a copy of it
        build = Build(self.root, *arguments, OPTGALLERY_STORE=str(self.root / "store"))
        exit_status = build.wait()
        self.status = build.output
        return exit_status

    def rewritten(self) -> set[str]:
        """Return the pages that the last build wrote, except those that it always writes."""
        now = self.times("site/html/*.html")
        written = {Path(name).stem for name in now if now[name] != self.before.get(name)}
        return written - {"genindex", "search"}


def project_in(root: Path, files: dict[str, str], conf: str = CONF) -> OwnDocs:
    docs = OwnDocs(root, files)
    docs.write("docs/conf.py", conf.replace("PACKAGE", str(root / "source")))
    docs.write("source/damped_package.py", MODULE)
    docs.write("source/shapes.py", FUNCTIONS)
    return docs


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> OwnDocs:
    docs = project_in(tmp_path_factory.mktemp("own") / "project", FILES)
    assert docs.make("-W", "-n") == 0, docs.status
    shutil.copytree(docs.root, docs.root.with_name("snapshot"))
    return docs


@pytest.fixture
def built(first: OwnDocs) -> Iterator[OwnDocs]:
    """Restore the project as it was after its first build."""
    shutil.rmtree(first.root)
    shutil.copytree(first.root.with_name("snapshot"), first.root)
    return first


def test_a_card_has_the_class_under_its_own_module(first: OwnDocs) -> None:
    text = first.text("card")
    assert "damped_package.Damped" in text
    assert "optgallery.optim" not in text
    assert "Gradient descent with damping." in text
    assert "Updates" not in text  # nobody has said what it treats as one
    first_table, second_table, _ = first.page("card").find_all("table", class_="og-parameters")
    rows = [[cell.get_text().strip() for cell in row("td")] for row in first_table("tr")[1:]]
    assert rows == [
        ["lr", "0.1", "The length of a step along the gradient."],
        ["damping", "0.5", "By how much it is damped."],
    ]
    # a docstring without sections: names and defaults
    assert second_table("tr")[1]("td")[0].get_text().strip() == "lr"


def test_a_text_of_a_package_cannot_run_code(first: OwnDocs) -> None:
    body = first.page("card").find("div", class_="body")
    assert body.find("script") is None
    addresses = [link["href"] for link in body.find_all("a", href=True)]
    assert not any("javascript" in address.lower() for address in addresses)
    assert "https://example.org/" in addresses
    assert "here" in body.get_text()


def test_an_animation_of_a_run_has_words_made_from_data(first: OwnDocs) -> None:
    image = first.page("runs").find("picture").find("img")
    assert image["alt"].startswith("Damped on bowl, lr 0.1:")
    assert (first.html / image["src"]).read_bytes()[:3] == b"GIF"
    assert first.page("runs").find("picture").find("source") is not None


def test_a_matrix_has_the_projects_grid(first: OwnDocs) -> None:
    tables = first.page("runs").find_all("div", class_="og-matrix")
    assert len(tables) == 2
    names = [t.find("table")["aria-label"].partition(":")[0] for t in tables]
    assert names == ["Damped", "SGD"]
    tiles = first.page("runs").find_all("a", class_="og-tile")
    assert len(tiles) == 8
    for tile in tiles:
        assert (first.html / tile["href"]).read_bytes()[:3] == b"GIF"


def test_a_reference_to_a_cell_leads_to_it_and_says_its_outcome(first: OwnDocs) -> None:
    page = first.page("runs")
    links = page.find("div", class_="body").find_all("a", class_="reference")
    links = [a for a in links if a["href"].startswith("#damped-") or "sgd-" in a["href"]]
    assert [a.get_text() for a in links] == ["bowl at 0.1", "Booth at 0.01"]
    for link in links:
        assert page.find(id=link["href"][1:]) is not None
    assert "bowl at 0.1 (" in first.text("runs")


def test_a_comparison_has_its_figures_with_words(first: OwnDocs) -> None:
    figures = first.page("runs").find_all("figure", class_="og-figure")
    profile, heatmap, _ = (figure.find("svg")["aria-label"] for figure in figures)
    assert profile.startswith("Of 2 problems, Damped ")
    assert heatmap.startswith("Of 2 problems by learning rate: Damped solves most")
    ids = [node["id"] for figure in figures for node in figure.find_all(id=True)]
    assert len(ids) == len(set(ids)) > 0
    assert "currentColor" in str(figures[0])


def test_figures_of_a_comparison_have_the_same_names_after_an_edit(built: OwnDocs) -> None:
    folder = built.root / "site/html/.doctrees/optgallery"

    def contents() -> dict[str, bytes]:
        kinds = ("profile", "heatmap", "sensitivity")
        return {p.name: p.read_bytes() for kind in kinds for p in folder.glob(f"{kind}_*")}

    before, images = contents(), built.times("site/html/_images/*")
    assert len(before) == 6  # as SVG and as PNG, for documents
    page = str(built.page("runs").find("figure", class_="og-figure"))
    edited = MODULE.replace('1 - group["damping"]', '1 + group["damping"]')
    built.write("source/damped_package.py", edited)
    assert built.make("-W", "-n") == 0
    assert contents().keys() == before.keys()
    assert contents() != before
    assert str(built.page("runs").find("figure", class_="og-figure")) != page
    assert not [name for name in images if "profile" in name]


def test_the_explorer_offers_the_projects_grid_alone(first: OwnDocs) -> None:
    index = json.loads(first.page("explorer").find("script", type="application/json").string)
    assert [spec["name"] for spec in index["optimizers"]] == ["damped", "sgd"]
    assert [fn["name"] for fn in index["functions"]] == ["bowl", "booth"]
    assert (index["rates"], index["steps"]) == (["0.01", "0.1"], 30)
    assert index["opens"] == "fn=bowl&run=damped@0.1&run=sgd@0.1"
    files = {p.relative_to(first.html / "explorer").as_posix() for p in first.html.rglob("*.js")
             if p.is_relative_to(first.html / "explorer")}  # fmt: skip
    assert files == {f"{fn}/{name}.js" for fn in ("bowl", "booth")
                     for name in ("-surface", "damped", "sgd")}  # fmt: skip


def test_a_build_without_changes_writes_nothing(built: OwnDocs) -> None:
    assert built.make("-W", "-n") == 0
    assert "updating environment: 0 added, 0 changed, 0 removed" in built.status
    assert built.rewritten() == set()
    assert "0 cells published, 0 deleted" in built.status


def test_an_edit_of_the_projects_optimizer_renews_its_cells_and_pages_alone(
    built: OwnDocs,
) -> None:
    before = {p.name: p.read_bytes() for p in (built.html / "explorer/booth").iterdir()}
    edited = MODULE.replace('1 - group["damping"]', '1 + group["damping"]')
    built.write("source/damped_package.py", edited)
    assert built.make("-W", "-n") == 0
    # the contents on the first page name the titles of the pages
    assert built.rewritten() == {"card", "runs", "explorer", "index"}
    assert "4 cells published" in built.status
    after = {p.name: p.read_bytes() for p in (built.html / "explorer/booth").iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"damped.js"}


def test_a_changed_grid_renews_the_pages_that_show_it(built: OwnDocs) -> None:
    conf = built.docs / "conf.py"
    conf.write_text(conf.read_text().replace("[0.01, 0.1]", "[0.01, 0.1, 1.0]"))
    assert built.make("-W", "-n") == 0
    assert len(built.page("runs").find_all("a", class_="og-tile")) == 12


def test_two_processes_build_the_same_pages(built: OwnDocs) -> None:
    before = {p.name: p.read_bytes() for p in built.html.glob("*.html")}
    shutil.rmtree(built.root / "site")
    assert built.make("-W", "-n", "-j", "2") == 0
    assert {p.name: p.read_bytes() for p in built.html.glob("*.html")} == before


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('optgallery_optimizers = ["damped_package.Damped"]', 'write "damped_package:Damped"'),
        ('optgallery_optimizers = "damped_package:Damped"', "optgallery_optimizers must be a list"),
        ('optgallery_optimizers = ["no_package:X"]', "'no_package:X' cannot be imported: Module"),
        ('optgallery_optimizers = ["damped_package:X"]', "cannot be imported: AttributeError"),
        ('optgallery_optimizers = ["damped_package:NOTHING"]', "is not an optimizer class"),
        ('optgallery_optimizers = ["damped_package:Needy"]', "Needy cannot take a step"),
        ('optgallery_optimizers = ["adamww"]', "unknown optimizer 'adamww'; did you mean 'adamw'"),
        ('optgallery_functions = ["damped_package:NOTHING"]', "is not a TestFunction or a pair"),
        ('optgallery_functions = ["damped_package:Bare"]', "is not a TestFunction or a pair"),
        (
            'optgallery_optimizers = ["shapes:bowl"]',
            "bowl is a function of two variables and builds no optimizer",
        ),
        ('optgallery_functions = ["shapes:bowl"]', "shapes:bowl is a function without its domain"),
        (
            'optgallery_optimizers = ["damped_package:Damped", "damped_package:Damped"]',
            "optgallery_optimizers lists 'damped' more than once",
        ),
        ('optgallery_baselines = ["sgd", "sgd"]', "_baselines lists 'sgd' more than once"),
        (
            'optgallery_functions = ["shapes:NOWHERE"]',
            "nowhere has no finite value on its domain: nothing can be drawn",
        ),
        (
            'optgallery_functions = ["beale", "shapes:BEALE"]',
            "the names 'beale' and 'Beale' differ in case only",
        ),
        ("optgallery_lrs = [0.1, -1]", "optgallery_lrs: learning rates must be positive"),
        ("optgallery_steps = 0", "optgallery_steps must be a whole number >= 1, got 0"),
        ("optgallery_baselines = []; optgallery_optimizers = []", "optgallery_baselines is empty"),
    ],
)
def test_a_wrong_setting_is_answered_with_what_would_do(
    tmp_path: Path, line: str, words: str
) -> None:
    docs = project_in(tmp_path / "project", {}, f"{CONF}\n{line}\n")
    assert docs.make() == 2
    assert "Configuration error" in docs.status
    assert words in docs.status
    assert line.partition(" ")[0] in docs.status


WRONG = {
    "animation:: damped nowhere 0.1": "animation: unknown test function 'nowhere'",
    "animation:: damped bowl fast": "learning rates are numbers such as 0.01, got 'fast'",
    "animation:: damped": "animation takes the path of a GIF, or an optimizer, a function",
    "animation:: a.gif": "animation: a.gif needs a text for readers who cannot see it",
    "animation:: b.gif\n   :alt: b": "animation: there is no file b.gif",
    "animation:: ../c.gif\n   :alt: c": "animation: ../c.gif is not in the source folder",
    "trajectory-matrix:: dampd": "unknown optimizer 'dampd'",
    "trajectory-matrix:: x:Y": "trajectory-matrix: 'x:Y' cannot be imported",
    "trajectory-matrix:: sgd\n   :lrs: -1": "learning rates are positive and finite, got -1.0",
    "trajectory-matrix:: sgd\n   :steps: 0": "at least one step is needed, got 0",
    "trajectory-matrix:: sgd\n   :view: words": '"words" unknown; choose from "numbers"',
    "comparison:: sgd\n   :show: pie": ":show: takes profile, heatmap, sensitivity, got 'pie'",
    "comparison:: sgd sgd": "optimizers must be distinct, got 'sgd' more than once",
    "optimizer-card:: dampd": "unknown optimizer 'dampd'",
    "explorer:: fn=nowhere&run=sgd@0.1": "explorer takes the state that it opens in",
}


def test_an_error_of_a_directive_has_its_line(tmp_path: Path) -> None:
    text, lines = "Wrong\n=====\n", {}
    for directive, words in WRONG.items():
        lines[text.count("\n") + 2] = words
        text += f"\n.. {directive}\n"
    docs = project_in(tmp_path / "project", {"docs/index.rst": text})
    docs.write("c.gif", "")
    assert docs.make("-W") == 1
    messages = {
        int(message.partition(":")[0]): message
        for message in docs.status.split("index.rst:")[1:]
        if message[0].isdigit()
    }
    for number, words in lines.items():
        assert words in messages[number]


def test_an_explorer_without_its_setting_says_which_one(tmp_path: Path) -> None:
    conf = CONF.replace("optgallery_explorer = True", "")
    text = "Explorer\n========\n\n.. explorer::\n"
    docs = project_in(tmp_path / "project", {"docs/index.rst": text}, conf)
    assert docs.make("-W") == 1
    assert "index.rst:4: ERROR: explorer needs its data: set optgallery_explorer" in docs.status


def test_without_computing_the_pages_say_so_and_the_next_build_computes(tmp_path: Path) -> None:
    conf = CONF.replace('["optgallery', '["sphinx_gallery.gen_gallery", "optgallery')
    conf += 'sphinx_gallery_conf = {"examples_dirs": [], "gallery_dirs": []}\n'
    docs = project_in(tmp_path / "project", FILES, conf)
    assert docs.make("-D", "plot_gallery=0") == 0, docs.status
    assert docs.text("runs").count("were not computed") == 3
    assert docs.make() == 0, docs.status
    assert "were not computed" not in docs.text("runs")
    assert docs.page("runs").find("picture") is not None
