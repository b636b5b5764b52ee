"""The gallery's scripts: length, structure, names, imports, and that a copy runs."""

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
import torch
from pages import page
from sphinx_gallery.py_source_parser import split_code_and_text_blocks
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR

import optgallery as og
from optgallery.render.animation import Animation, animate
from optgallery.sphinxext.incremental.cells import GridCell
from optgallery.sphinxext.incremental.downloads import BASIN_MAPS, TRAINABILITY_MAP
from optgallery.sphinxext.incremental.matrices import Request
from optgallery.sphinxext.incremental.prose import pattern
from optgallery.sphinxext.incremental.quantities import ROLES
from optgallery.sphinxext.incremental.quantities import Request as Number
from optgallery.sphinxext.incremental.updates import DIRECTIVE

GALLERY = Path(__file__).parents[2] / "gallery"
SCRIPTS = sorted(GALLERY.glob("*/*.py"))
OWN = [
    spec.name for spec in og.OPTIMIZERS.values() if spec.cls.__module__.startswith("optgallery.")
]
GRID = [fn.name for fn in og.FUNCTIONS.values() if fn.variant_of is None]

every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def calls(script: Path) -> list[str]:
    """Return every outermost call of a script, as code."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    inner = {
        id(node)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for node in ast.walk(call)
        if node is not call
    }
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and id(node) not in inner
    ]


@every_script
def test_a_script_is_short(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    shown = (
        r"^\.\. math::\n(\n|   .*\n)+|^# \.\. math::\n(#\n|#    .*\n)+"
        r"|^# \.\. code-block:: .*\n#\n(#    .*\n)+"
        r"|^# .*\n# -+\n#\n# \.\. (basin-maps|trainability-map|optimizer-card)::.*\n#\n"
        r"|^# \.\. optimizer-relatives::.*\n#\n"
    )
    lines = re.sub(shown, "", text, flags=re.MULTILINE).count("\n")
    assert lines <= 60


@every_script
def test_a_script_begins_with_its_title_and_a_sentence(script: Path) -> None:
    words = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
    assert words is not None
    title, line, blank, sentence, *_ = words.split("\n")
    assert title
    assert set(line) == {"="}
    assert len(line) == len(title)
    assert not blank
    assert sentence


@every_script
def test_a_script_shows_an_animation(script: Path) -> None:
    animated = [call for call in calls(script) if "animate(" in call]
    if script.parent.name == "comparisons":
        assert any(call.startswith("og.plot_") for call in calls(script))
    else:
        assert animated
    for call in animated:
        assert call.startswith("og.animate("), call
        assert call.endswith(".show()"), call


@every_script
def test_a_scripts_name_is_that_of_its_entry_or_story(script: Path) -> None:
    assert script.name.startswith("plot_"), "sphinx-gallery runs nothing else"
    folder, _, entry = script.parent.name, *script.stem.partition("_")[::2]
    schedules = {**vars(lr_scheduler), "SWALR": SWALR}
    named = {
        "optimizers": ("opt_", og.OPTIMIZERS),
        "functions": ("fn_", og.FUNCTIONS),
        "schedules": ("lr_", schedules),
    }
    if folder == "comparisons":
        assert entry.startswith("cmp_")
    if folder in named:
        prefix, entries = named[folder]
        assert entry.startswith(prefix)
        assert entry.removeprefix(prefix) in entries
    else:
        assert not entry.startswith(("opt_", "fn_", "lr_"))


def test_no_two_scripts_share_a_name() -> None:
    stems = [script.stem for script in SCRIPTS]
    assert len(stems) == len(set(stems)), "images and thumbnails are named after it"


@pytest.mark.parametrize("name", og.OPTIMIZERS)
def test_an_optimizer_has_a_page_with_its_card_and_matrix(name: str) -> None:
    page = GALLERY / "optimizers" / f"plot_opt_{name}.py"
    assert page in SCRIPTS
    assert f"# .. optimizer-card:: {name}\n" in page.read_text(encoding="utf-8")
    assert f"og.sweep('{name}')" in calls(page)


@pytest.mark.parametrize("name", og.OPTIMIZERS)
def test_the_page_of_an_optimizer_begins_with_a_picture_and_ends_with_parameters_and_matrix(
    name: str,
) -> None:
    text = (GALLERY / "optimizers" / f"plot_opt_{name}.py").read_text(encoding="utf-8")
    own_axis = og.OPTIMIZERS[name].own_axis
    heading = "Every function" if own_axis else "Every function at seven learning rates"
    parts = [
        "og.animate(",
        f"\n# %%\n# .. optimizer-relatives:: {name}\n",
        "\n# The update\n# ----------\n",
        "\n# What to see\n# -----------\n",
        f"\n# Facts and parameters\n# --------------------\n#\n# .. optimizer-card:: {name}\n",
        f"\n# {heading}",
    ]
    places = [text.find(part) for part in parts]
    assert min(places) > 0
    assert places == sorted(places)
    assert all(text.count(part) == 1 for part in parts[1:])


@pytest.mark.parametrize("name", GRID)
def test_a_function_has_maps_of_basins_and_of_trainability(name: str) -> None:
    text = (GALLERY / "functions" / f"plot_fn_{name}.py").read_text(encoding="utf-8")
    for directive in (BASIN_MAPS, TRAINABILITY_MAP):
        assert text.count(f"# .. {directive}:: {name}\n") == 1


def equations(text: str) -> set[str]:
    """Return the equations of displayed formulas in a normalized spelling."""
    blocks = re.findall(r"^ *\.\. math::(.*(?:\n(?: +\S.*| *))*)", text, re.MULTILINE)
    spelled = [re.sub(r"\\mathrm|\\text\b", r"\\operatorname", block) for block in blocks]
    plain = [
        re.sub(r"\\[,;:! ]|\\(?:left|right|[bB]ig+)\b|[&\s{}]", "", block) for block in spelled
    ]
    parts = {part.strip(",.") for block in plain for part in re.split(r"\\\\|\\q?quad", block)}
    return {part for part in parts if "=" in part or "gets" in part or "arrow" in part}


def test_different_spellings_of_an_equation_are_equal() -> None:
    first = "\n.. math::\n\n   m_t &= \\mathrm{sign}(v)\\, g_t^2 \\\\\n   a &= b\n\nWords = none.\n"
    second = "Words\n\n.. math:: m_t = \\operatorname{sign}\\left( v \\right) g_t^2, \\qquad a = b"
    assert equations(first) == equations(second) == {"m_t=\\operatornamesign(v)g_t^2", "a=b"}


@pytest.mark.parametrize("name", OWN)
def test_pages_of_this_packages_classes_print_the_update_of_the_docstring(name: str) -> None:
    script = (GALLERY / "optimizers" / f"plot_opt_{name}.py").read_text(encoding="utf-8")
    assert script.count(f".. {DIRECTIVE}::") == 1
    assert f"# The update\n# ----------\n#\n# .. optimizer-update:: {name}\n" in script
    stated = equations(inspect.getdoc(og.OPTIMIZERS[name].cls) or "")
    assert stated
    assert not stated & equations(script.replace("\n# ", "\n"))


@pytest.mark.parametrize("name", sorted(set(og.OPTIMIZERS) - set(OWN)))
def test_pages_of_pytorchs_classes_state_the_update_themselves(name: str) -> None:
    script = (GALLERY / "optimizers" / f"plot_opt_{name}.py").read_text(encoding="utf-8")
    assert DIRECTIVE not in script
    assert equations(re.sub(r"\n#(?: |(?=\n))", "\n", script))


@pytest.mark.parametrize("name", OWN)
def test_the_one_sentence_summary_of_a_class_is_written_once(name: str) -> None:
    spec = og.OPTIMIZERS[name]
    module = Path(inspect.getfile(spec.cls)).read_text(encoding="utf-8")
    assert module.count(spec.summary) == 1
    script = GALLERY / "optimizers" / f"plot_opt_{name}.py"
    assert spec.summary not in script.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GRID)
def test_a_function_has_a_page_with_its_card_and_matrix(name: str) -> None:
    page = GALLERY / "functions" / f"plot_fn_{name}.py"
    assert page in SCRIPTS
    assert f".. function-card:: {name}\n" in page.read_text(encoding="utf-8")
    assert f"og.sweep(functions='{name}')" in calls(page)


@every_script
def test_every_cell_that_a_script_refers_to_is_on_its_page(script: Path) -> None:
    for cell in re.findall(r":cell:`([^`]*)`", script.read_text(encoding="utf-8")):
        optimizer, function, value, setting = GridCell.of(cell)
        assert optimizer in og.OPTIMIZERS, cell
        assert function in GRID, cell
        assert value in og.OPTIMIZERS[optimizer].values(og.LEARNING_RATES), cell
        if setting:
            assert (optimizer, function, setting) in across(script), cell
        else:
            assert script.stem in (f"plot_opt_{optimizer}", f"plot_fn_{function}"), cell


def across(script: Path) -> set[tuple[str, str, str]]:
    """Return optimizer, function and setting of each row that a script sweeps across an axis."""
    plans = [
        request.plan()
        for kind, code, _ in split_code_and_text_blocks(str(script))[1]
        if kind == "code" and (request := Request.of(code)) is not None
    ]
    return {
        (optimizer, function, plan.across.setting(value))
        for plan in plans
        if plan.across is not None
        for optimizer, function, _, value in plan.runs
    }


@every_script
def test_every_number_of_a_scripts_prose_can_be_printed(script: Path) -> None:
    prose = page(script.stem.removeprefix("plot_")).prose
    assert not prose.errors
    for mention in prose.mentions:
        if cell := Number.of(mention.text).cell:
            values = og.OPTIMIZERS[cell.optimizer].values(og.LEARNING_RATES)
            assert cell.value in values, "a visitor finds no such run"
            shown = (cell.optimizer, cell.function, cell.setting) in across(script)
            assert shown or not cell.setting, "a visitor finds no such run"


@every_script
def test_the_first_paragraph_has_no_number_of_a_run(script: Path) -> None:
    # sphinx-gallery shows it in the index, where roles are not replaced
    words = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")))
    assert words is not None
    assert not pattern("cell", *ROLES).search(words.split("\n\n")[1])


@every_script
def test_scripts_import_only_the_package_and_its_dependencies(script: Path) -> None:
    modules = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(ast.parse(script.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert modules <= {"optgallery", "matplotlib", "numpy", "torch", *sys.stdlib_module_names}


def test_a_copied_script_runs_on_its_own(tmp_path: Path) -> None:
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "$1" >> "$0.opened"\n')
    browser.chmod(0o755)
    script = tmp_path / "here" / "script.py"
    story = GALLERY / "stories" / "plot_0_three_rates.py"
    script.write_text(story.read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path / "here",
        env={
            **os.environ,
            "BROWSER": str(browser),
            "MPLBACKEND": "template",  # draws nothing, and so no window is missing
            "OMP_NUM_THREADS": "1",
            "TMPDIR": str(tmp_path / "temporary"),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    (address,) = (tmp_path / "browser.opened").read_text().split()
    gif = Path(url2pathname(urlsplit(address).path))
    assert gif.is_relative_to(tmp_path / "temporary")
    runs = [og.run("sgd", "booth", lr=lr, steps=60) for lr in (0.003, 0.03, 0.115)]
    assert gif.read_bytes() == og.animate(runs, size=300).gif()
    assert done.stdout == ""
    assert done.stderr == ""
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["script.py"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"optimizer": "adamw", "lr": 0.1},
        {"optimizer": "lbfgs", "steps": 10, "line_search_fn": None},
        {"optimizer": "adahessian", "test_fn": "flower", "seed": 7, "lr": 0.3},
        {"optimizer": "muon", "test_fn": "log_booth", "start": (0.1, 1 / 3), "lr": 0.01},
        {"optimizer": "yogi", "dtype": torch.float32, "lr": 0.03},
        {"optimizer": torch.optim.Adam, "betas": (0.5, 0.9), "lr": 0.1},
        {"optimizer": "sgd", "coordinates": "scalars", "steps": 30, "lr": 0.001},
    ],
    ids=lambda arguments: str(arguments["optimizer"]).split(".")[-1].strip("'>"),
)
def test_the_code_of_a_cell_reproduces_its_gif(
    arguments: dict[str, object], shown: list[Animation]
) -> None:
    trajectory = og.run(**arguments)
    exec(trajectory.code(), {})
    (animation,) = shown
    assert animation.gif() == animate(trajectory).gif()
