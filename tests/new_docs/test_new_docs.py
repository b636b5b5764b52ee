"""The command ``python -m optgallery new``: Sphinx builds what it writes, strictly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from optgallery.__main__ import main

FILE = '''
import torch


class Descent(torch.optim.Optimizer):
    """Gradient descent."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * p.grad


class Tuned(Descent):
    def __init__(self, params, alpha, lr=0.01):
        super().__init__(params, lr * alpha)
'''

# fewer runs than a new folder has
FEWER = """
optgallery_functions = ["booth", "saddle"]
optgallery_lrs = [0.1]
optgallery_steps = 20
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a user's file that no module of another test hides."""
    name = f"descent_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield tmp_path
    sys.modules.pop(name, None)


def new(capsys, *arguments):
    """Run the command; return its exit code, and what it printed."""
    code = 0
    try:
        main(["new", *arguments])
    except SystemExit as ending:
        code = ending.code
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def build(docs: Path) -> None:
    with (docs / "conf.py").open("a", encoding="utf-8") as file:
        file.write(FEWER)
    rst = next(path for path in docs.glob("*.rst") if path.stem != "index")
    text = rst.read_text(encoding="utf-8").replace(":starts: 3", ":starts: 1\n   :lrs: 0.1 1")
    rst.write_text(text, encoding="utf-8")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", docs, docs / "_build"],
        env={**os.environ, "OPTGALLERY_STORE": str(docs.parent / "store")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")


def page(docs: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((docs / f"_build/{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_sphinx_builds_pages_about_an_optimizer_of_a_file(folder, capsys):
    file = f"descent_{folder.name}.py"
    code, out, err = new(capsys, "docs", "--optimizer", f"{file}:Descent")
    assert (code, err) == (0, "")
    assert "sphinx-build -W -n docs docs/_build/html" in out
    docs = folder / "docs"
    build(docs)
    shown = page(docs, "descent")
    assert len(shown.select(".og-tile")) == 2
    assert f"{Path(file).stem}.Descent" in shown.text
    assert len(shown.select("figure.og-figure > svg")) == 2
    assert page(docs, "auto_gallery/plot_first_path").select(".og-animation")


def test_sphinx_builds_pages_about_a_class_named_like_an_entry(folder, capsys):
    assert new(capsys, "docs", "--optimizer", "lion_pytorch:Lion")[0] == 0
    conf = (folder / "docs/conf.py").read_text()
    assert "sys.path" not in conf  # it is installed
    build(folder / "docs")
    assert page(folder / "docs", "lion_of_lion_pytorch").h1.text.startswith("Lion of lion_pytorch")


def test_without_an_optimizer_the_pages_are_about_an_example(folder, capsys):
    code, out, _ = new(capsys, "docs")
    assert code == 0
    assert out.startswith("docs: adamw.rst, conf.py, gallery/GALLERY_HEADER.rst, ")
    docs = folder / "docs"
    assert ".. trajectory-matrix:: adamw" in (docs / "adamw.rst").read_text()
    compile((docs / "gallery/plot_first_path.py").read_text(), "script", "exec")
    assert "optgallery[sphinx]\nsphinx-gallery\n" in (docs / "requirements.txt").read_text()


def test_an_empty_folder_is_filled(folder, capsys):
    (folder / "docs").mkdir()
    assert new(capsys, "docs")[0] == 0
    assert (folder / "docs/conf.py").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["docs", "--optimizer", "nowhere:X"], "--optimizer: cannot import nowhere"),
        (["docs", "--optimizer", "{file}"], "defines Descent, Tuned: name one, as"),
        (
            ["docs", "--optimizer", "{file}:Tuned"],
            "alpha: name a function in its place, as def my_tuned(params, lr=0.01): return Tuned(",
        ),
        (["docs", "--optimizer", "pathlib:Path"], "pathlib.Path is no optimizer"),
        (["nowhere/docs"], "nowhere/docs: there is no folder nowhere; create it first"),
        (["there"], "there exists and is not an empty folder; it was not changed"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_written(folder, capsys, arguments, message):
    (folder / "there").mkdir()
    (folder / "there/notes.txt").write_text("mine")
    file = f"descent_{folder.name}.py"
    code, out, err = new(capsys, *(text.replace("{file}", file) for text in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert not (folder / "docs").exists()
    assert os.listdir(folder / "there") == ["notes.txt"]
