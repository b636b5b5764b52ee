"""The downloads of a page: the script and its notebook, with text in place of roles."""

import ast
import json
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from sphinx.errors import ExtensionError
from sphinx_gallery.notebook import jupyter_notebook, rst2md
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.incremental.cells import GridCell
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.downloads import FOLDER, offer, subject, write_downloads
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.prose import pattern
from optgallery.sphinxext.incremental.quantities import ROLES
from optgallery.sphinxext.incremental.records import Record
from optgallery.sphinxext.incremental.updates import update

SCRIPTS = sorted((Path(__file__).parents[3] / "gallery").glob("*/plot_*.py"))
NOTEBOOK = {
    "first_notebook_cell": None,
    "last_notebook_cell": None,
    "pypandoc": False,
    "promote_jupyter_magic": False,
}
"""sphinx-gallery's settings for notebooks, as far as they are used here."""

ROLE = re.compile(r":[a-z]+(?:[:-][a-z]+)*:`")

PROSE = "It needs :cost:`run`, :cell:`sgd sphere 0.1`."
SCRIPT = f'r"""\nTitle\n=====\n\n.. math::\n\n   a\n"""\n\ncode = 1\n\n# %%\n# {PROSE}\n'


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "plot_1.py"
    path.write_text(SCRIPT, encoding="utf-8")
    cells = [
        {"cell_type": "markdown", "source": [PROSE]},
        {"cell_type": "code", "source": ["code = 1"]},
    ]
    path.with_suffix(".ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def swept(target: Path, steps: int) -> str:
    """Write the matrix of a sweep beside a page, and return the outcome of its cell."""
    content = Content.of(og.sweep("sgd", "sphere", [0.1], steps=steps), Store(target.parent / "s"))
    content.write(target.parent / "images" / f"{target.stem}_matrix_1.json")
    return og.run("sgd", "sphere", lr=0.1, steps=steps).outcome


def texts(target: Path) -> list[str]:
    folder = target.parent / FOLDER
    notebook = json.loads((folder / "plot_1.ipynb").read_text(encoding="utf-8"))
    script = (folder / "plot_1.py").read_text(encoding="utf-8")
    return [" ".join(script.replace("\n# ", "\n").split()), "".join(notebook["cells"][0]["source"])]


def test_roles_are_replaced_by_text_in_script_and_notebook(target: Path) -> None:
    outcome = swept(target, 60)
    write_downloads(target, ["55"])
    for text in texts(target):
        assert f"It needs 55, Sphere at 0.1 ({outcome})." in text
    script = (target.parent / FOLDER / "plot_1.py").read_text(encoding="utf-8")
    assert script.startswith(f"{SCRIPT[: SCRIPT.index('# %%')]}# %%\n# It needs 55, ")
    assert target.read_text(encoding="utf-8") == SCRIPT, "sphinx-gallery detects changes by it"


def test_the_items_of_a_list_stay_apart(target: Path) -> None:
    items = [f"# - First {'word ' * 17}:cost:`run`,", "#   and more.", "# - Second :doc:`page`."]
    target.write_text(SCRIPT.replace(f"# {PROSE}", "\n".join(items)), encoding="utf-8")
    write_downloads(target, ["55"])
    script = (target.parent / FOLDER / "plot_1.py").read_text(encoding="utf-8")
    first = f"# - First {'word ' * 17}55,"
    assert script.endswith(f"# %%\n{first}\n#   and more.\n# - Second ``page``.\n")


def test_a_cell_that_was_not_run_has_no_outcome(target: Path) -> None:
    write_downloads(target, ["55"])
    assert all("It needs 55, Sphere at 0.1." in text for text in texts(target))


def test_cells_of_one_rate_are_told_apart_by_their_further_value(target: Path) -> None:
    plain = swept(target, 60)
    decays = og.sweep("sgd", "sphere", [0.1], across={"weight_decay": [0, 1]}, steps=60)
    decayed = decays["sgd", "sphere", 0.1, 1]
    content = Content.of(decays, Store(target.parent / "s"))
    content.write(target.parent / "images" / f"{target.stem}_matrix_2.json")
    prose = f"{PROSE} And :cell:`sgd sphere 0.1 weight_decay=1`."
    script = target.read_text(encoding="utf-8").replace(PROSE, prose)
    target.write_text(script, encoding="utf-8")
    write_downloads(target, ["55"])
    text = texts(target)[0]
    assert str(decayed.outcome) != str(plain)
    assert f"It needs 55, Sphere at 0.1 ({plain})." in text
    assert f"And Sphere at 0.1, weight_decay 1 ({decayed.outcome})." in text


def test_an_archive_is_reproducible(target: Path) -> None:
    archives = []
    for _ in range(2):
        write_downloads(target, ["55"])
        archives.append((target.parent / FOLDER / "plot_1.zip").read_bytes())
    assert archives[0] == archives[1]
    with ZipFile(target.parent / FOLDER / "plot_1.zip") as archive:
        assert archive.namelist() == ["plot_1.py", "plot_1.ipynb"]


def test_rebuilding_matrices_updates_the_downloads(target: Path) -> None:
    swept(target, 3)
    write_downloads(target, ["55"])
    outcome = swept(target, 60)
    Record("", Entries(), None, [], [], ["55"]).rebuild(target, Store(target.parent))
    assert all(f"({outcome})" in text for text in texts(target))


def test_a_page_links_its_downloads() -> None:
    page = ":download:`Download Python source code: plot_1.py <plot_1.py>`"
    assert offer(page, Path("plot_1.py")) == page.replace("<", "<downloads/")


def test_pages_name_cells_by_the_other_entry() -> None:
    cell = GridCell("sgd", "sphere", 0.1)
    assert subject("plot_fn_sphere", cell) == "SGD at 0.1"
    assert subject("plot_opt_sgd", cell) == "Sphere at 0.1"
    decayed = GridCell.of("sgd sphere 0.1 weight_decay=0.01")
    assert subject("plot_opt_sgd", decayed) == "Sphere at 0.1, weight_decay 0.01"


UPDATE = ".. optimizer-update:: novograd"


def downloads_of(folder: Path, script: str, prose: str) -> Path:
    path = folder / "plot_2.py"
    path.write_text(script, encoding="utf-8")
    cells = [{"cell_type": "markdown", "source": prose.splitlines(keepends=True)}]
    path.with_suffix(".ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    write_downloads(path, ["55"])
    return path.parent / FOLDER / path.name


@pytest.mark.parametrize("comment", ["", "# "], ids=["docstring", "comment"])
@pytest.mark.parametrize("end", ["", "\n\nIt needs :cost:`run`."], ids=["last", "followed"])
def test_the_formulas_replace_the_directive_in_a_script(
    tmp_path: Path, comment: str, end: str
) -> None:
    prose = f"Before.\n\n{UPDATE}{end}"
    text = "\n".join(f"{comment}{line}".rstrip() for line in prose.split("\n"))
    closed = '"""\n\n' if comment else ""
    script = f'r"""\nT\n=\n\nT.\n{closed}\n{text}\n' + ("" if comment else '"""\n')
    written = downloads_of(tmp_path, script, prose).read_text(encoding="utf-8")
    stated = update(og.OPTIMIZERS["novograd"])
    stated = stated.replace(":class:`torch.optim.SGD`", "``torch.optim.SGD``")
    formulas = "\n".join(f"{comment}{line}".rstrip() for line in stated.split("\n"))
    expected = script.replace(f"{comment}{UPDATE}", formulas).replace(":cost:`run`", "55")
    assert written == expected
    compile(written, "plot_2.py", "exec")


def test_a_notebook_shows_the_formulas_as_latex(tmp_path: Path) -> None:
    prose = f"# T\n\n{UPDATE}\n\nIt needs :cost:`run`.\n"
    written = downloads_of(tmp_path, f'r"""\nT\n\n{UPDATE}\n"""\n', prose)
    notebook = json.loads(written.with_suffix(".ipynb").read_text(encoding="utf-8"))
    shown = "".join(notebook["cells"][0]["source"])
    stated = rst2md(update(og.OPTIMIZERS["novograd"]), {}, tmp_path, {})
    stated = stated.replace(":class:`torch.optim.SGD`", "``torch.optim.SGD``")
    assert shown == f"# T\n\n{stated}\n\nIt needs 55.\n"
    assert r"\begin{align}v_1 &= \lVert g_1 \rVert_2^2" in shown
    assert "$g_t$ the gradient at $w_t$" in shown
    assert "::" not in shown
    assert ":math:" not in shown


def test_an_optimizer_card_is_its_paper(tmp_path: Path) -> None:
    card = ".. optimizer-card:: novograd\n"
    written = downloads_of(
        tmp_path, f'r"""\nT\n=\n\nT.\n\n{card}\nMore.\n"""\n', f"T.\n\n{card}\nMore.\n"
    )
    paper = og.OPTIMIZERS["novograd"].paper
    assert paper is not None
    text = written.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 100
    words = " ".join(text.split())
    assert f" T. Paper: {paper.authors} (2019), {paper.title}, {paper.url} More. " in words
    notebook = json.loads(written.with_suffix(".ipynb").read_text(encoding="utf-8"))
    assert "".join(notebook["cells"][0]["source"]) == f"T.\n\nPaper: {paper}\n\nMore.\n"


def test_what_only_the_page_shows_is_named(tmp_path: Path) -> None:
    text = """T.

.. meta::
   :keywords: one, two

.. trajectory-matrix:: adam
   :lrs: 0.1

.. animation:: sgd booth 0.1

More.
"""
    written = downloads_of(tmp_path, f'r"""\nT\n=\n\n{text}"""\n', text)
    notebook = json.loads(written.with_suffix(".ipynb").read_text(encoding="utf-8"))
    for shown in (written.read_text(encoding="utf-8"), "".join(notebook["cells"][0]["source"])):
        assert ".. " not in shown
        assert "keywords" not in shown
        assert "The page shows a matrix of runs here." in shown
        assert "The page shows an animation here." in shown


def test_a_function_card_is_its_formula_and_facts(tmp_path: Path) -> None:
    card = ".. function-card:: easom\n"
    written = downloads_of(tmp_path, f'"""\nT\n=\n\nT.\n\n{card}"""\n', f"T.\n\n{card}")
    fn = og.FUNCTIONS["easom"]
    script = written.read_text(encoding="utf-8")
    assert script.startswith('r"""\nT\n=\n\nT.\n\n.. math::\n\n   f(x, y) = ')
    docstring = ast.get_docstring(ast.parse(script))
    assert docstring is not None
    words = " ".join(docstring.split())
    assert f"f(x, y) = {fn.latex} - Minimum value: -1 at (3.141593, 3.141593) - Drawn" in words
    assert words.endswith(f"- Source: {fn.source}")
    notebook = json.loads(written.with_suffix(".ipynb").read_text(encoding="utf-8"))
    shown = " ".join("".join(notebook["cells"][0]["source"]).split())
    assert f"\\begin{{align}}f(x, y) = {fn.latex}\\end{{align}} - Minimum value: -1" in shown


def test_names_of_pages_are_literals(tmp_path: Path) -> None:
    prose = "See :doc:`/guide/torchopt`.\n"
    written = downloads_of(tmp_path, f'"""\nT\n=\n\n{prose}"""\n', prose)
    assert "\nSee ``guide/torchopt``.\n" in written.read_text(encoding="utf-8")
    notebook = json.loads(written.with_suffix(".ipynb").read_text(encoding="utf-8"))
    assert notebook["cells"][0]["source"] == ["See ``guide/torchopt``.\n"]


# standard reST, which is read without this package, and in notebooks becomes Markdown
PLAIN_DIRECTIVES, PLAIN_ROLE = {".. math::", ".. code-block:: python"}, ":math:`"


def test_a_notebook_has_a_list_of_fields_and_links_as_markdown(tmp_path: Path) -> None:
    link = "`SGDR <https://arxiv.org/abs/1608.03983>`__"
    prose = rst2md(f":Class: a\n:Needs to know: the rate\n:Paper: {link}, 2017\n", {}, "", {})
    written = downloads_of(tmp_path, '"""\nT\n"""\n', prose)
    notebook = json.loads(written.with_suffix(".ipynb").read_text(encoding="utf-8"))
    assert notebook["cells"][0]["source"] == [
        "- **Class:** a\n",
        "- **Needs to know:** the rate\n",
        "- **Paper:** [SGDR](https://arxiv.org/abs/1608.03983), 2017\n",
    ]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_no_directive_or_role_of_sphinx_is_left_in_any_download(
    tmp_path: Path, script: Path
) -> None:
    target = tmp_path / script.name
    text = script.read_text(encoding="utf-8")
    target.write_text(text, encoding="utf-8")
    _, blocks = split_code_and_text_blocks(str(script))
    notebook = jupyter_notebook(blocks, NOTEBOOK, tmp_path)
    target.with_suffix(".ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    write_downloads(target, ["55"] * len(pattern(*ROLES).findall(text)))

    written = (tmp_path / FOLDER / script.name).read_text(encoding="utf-8")
    prose = [line.removeprefix("# ") for line in written.splitlines()]
    assert {line for line in prose if line.startswith(".. ")} <= PLAIN_DIRECTIVES
    assert set(ROLE.findall(written)) <= {PLAIN_ROLE}
    assert max(len(line) for line in prose if "<https://" not in line) <= 100
    before, after = ast.parse(text), ast.parse(written)
    assert ast.dump(ast.Module(before.body[1:])) == ast.dump(ast.Module(after.body[1:]))

    cells = json.loads((tmp_path / FOLDER / f"{script.stem}.ipynb").read_text("utf-8"))["cells"]
    markdown = "".join(line for c in cells if c["cell_type"] == "markdown" for line in c["source"])
    assert not [line for line in markdown.splitlines() if line.startswith(".. ")]
    assert not ROLE.findall(markdown)
    assert not re.findall(r"\)_|^:\w.*", markdown, re.MULTILINE)


def test_formulas_need_a_raw_docstring(tmp_path: Path) -> None:
    with pytest.raises(
        ExtensionError, match=r'plot_2\.py prints formulas.*: begin its docstring with r"""'
    ):
        downloads_of(tmp_path, f'"""\nT\\u00e9\n\n{UPDATE}\n"""\n', UPDATE)


@pytest.mark.parametrize(
    "directive",
    [
        *("optimizer-update:: yogy", "optimizer-update:: adam", "optimizer-card:: yogy"),
        "function-card:: beal",
    ],
)
def test_a_directive_that_is_an_error_on_the_page_stays(tmp_path: Path, directive: str) -> None:
    script = f'r"""\nT\n\n.. {directive}\n"""\n'
    written = downloads_of(tmp_path, script, f".. {directive}\n")
    assert written.read_text(encoding="utf-8") == script
    notebook = json.loads(written.with_suffix(".ipynb").read_text(encoding="utf-8"))
    assert notebook["cells"][0]["source"] == [f".. {directive}\n"]
