"""The guide to a gallery in one's own docs, followed from the first line to the last."""

import re
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
from test_own_docs import OwnDocs

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "your_own_docs.rst"
BLOCK = re.compile(
    r"^( *)\.\. code-block:: \w+\n\1   :caption: (.+)\n\n((?:\1   .*\n|\n)+)", re.MULTILINE
)
BLOCKS = {
    found[2]: dedent(found[3]).strip() + "\n"
    for found in BLOCK.finditer(GUIDE.read_text(encoding="utf-8"))
}


class Guided(OwnDocs):
    """A project that has what the guide has said so far."""

    def __init__(self, root: Path) -> None:
        self.root, self.docs, self.html = root, root / "docs", root / "site" / "html"

    def follow(self, *captions: str) -> None:
        for caption in captions:
            name, _, further = caption.partition(", ")
            known = (self.root / name).read_text() if further else ""
            self.write(name, known + BLOCKS[caption])


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Guided:
    """Follow the guide to the end of its first section."""
    project = Guided(tmp_path_factory.mktemp("guide") / "project")
    project.follow("my_pkg.py", "docs/conf.py", "docs/index.rst")
    assert project.make("-W", "-n") == 0, project.status
    return project


def test_the_first_page_shows_the_optimizer_beside_two_others(guided: Guided) -> None:
    lines = BLOCKS["docs/conf.py"].strip().splitlines()
    assert len([line for line in lines if line]) <= 5
    tables = guided.page("index").find_all("div", class_="og-matrix")
    labels = [table.find("table")["aria-label"].partition(":")[0] for table in tables]
    assert labels == ["Damped", "AdamW", "SGD"]
    assert [len(table.find_all("a", class_="og-tile")) for table in tables] == [8 * 7] * 3
    assert guided.make("-W", "-n") == 0
    assert guided.rewritten() == set()


def test_every_directive_of_the_guide_works(guided: Guided) -> None:
    guided.follow("docs/conf.py, continued", "docs/directives.rst", "docs/explorer.rst")
    guided.write(
        "docs/index.rst",
        BLOCKS["docs/index.rst"] + "\n.. toctree::\n\n   directives\n   explorer\n",
    )
    assert guided.make("-W", "-n") == 0, guided.status
    page = guided.page("directives")
    card = page.find("table", class_="og-parameters").get_text()
    assert "Share of the step that is left out." in card
    assert page.find("picture").find("img")["alt"].startswith("Damped on bowl, lr 0.1:")
    assert len(page.find_all("a", class_="og-tile")) == 8
    assert "Damped comes far at bowl at 0.1 (" in guided.text("directives")
    assert len(page.find_all("figure", class_="og-figure")) == 3
    assert guided.page("explorer").find("div", class_="og-explorer") is not None
    assert len(guided.page("index").find_all("a", class_="og-tile")) == 2 * 3 * 2


def test_an_edit_of_the_optimizer_leaves_the_runs_of_others_on_the_function_beside_it(
    guided: Guided,
) -> None:
    """Six cells of the grid and four of a further matrix are of the optimizer; as many are not."""
    guided.follow("my_pkg.py", "docs/conf.py", "docs/conf.py, continued", "docs/directives.rst")
    guided.follow("docs/explorer.rst", "docs/index.rst")
    index = guided.docs / "index.rst"
    index.write_text(index.read_text() + "\n.. toctree::\n\n   directives\n   explorer\n")
    assert guided.make("-W", "-n") == 0, guided.status
    before = {path: path.read_bytes() for path in (guided.html / "explorer").rglob("*.js")}
    guided.write("my_pkg.py", BLOCKS["my_pkg.py"].replace("(1 - group", "(1 + group"))
    assert guided.make("-W", "-n") == 0, guided.status
    assert "10 cells published" in guided.status
    changed = {path.name for path in before if path.read_bytes() != before[path]}
    assert changed == {"damped.js"}


def test_a_script_of_the_guide_shows_its_animation_and_its_sweep(guided: Guided) -> None:
    guided.follow("docs/conf.py, with sphinx-gallery", "examples/plot_damped.py")
    guided.write("examples/GALLERY_HEADER.rst", "Examples\n========\n")
    guided.write("docs/index.rst", "Home\n====\n\n.. toctree::\n\n   auto_examples/index\n")
    for page in ("directives", "explorer"):
        (guided.docs / f"{page}.rst").unlink(missing_ok=True)
    assert guided.make() == 0, guided.status
    page = guided.page("auto_examples/plot_damped")
    assert page.find("picture").find("img")["alt"].startswith("Damped on Booth, lr 0.1:")
    assert "data:image" not in str(page.find("div", class_="body"))
    assert len(page.find_all("a", class_="og-tile")) == 4


def test_the_entry_points_of_the_guide_name_what_the_module_has() -> None:
    groups = tomllib.loads(BLOCKS["pyproject.toml"])["project"]["entry-points"]
    assert set(groups) == {"optgallery.optimizers", "optgallery.functions"}
    module: dict[str, object] = {}
    exec(BLOCKS["my_pkg.py"], module)
    for entries in groups.values():
        for reference in entries.values():
            name, _, attribute = reference.partition(":")
            assert (name, attribute in module) == ("my_pkg", True)
