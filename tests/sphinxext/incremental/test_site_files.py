"""Names as path components that are valid on every system and in URLs."""

import re
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
import torch

import optgallery as og
from optgallery.cache.store import Store
from optgallery.functions import noisy, rotated
from optgallery.sphinxext.explorer.data import file_name
from optgallery.sphinxext.incremental.cells import cell_stem, grid_stem
from optgallery.sphinxext.incremental.matrices import Content
from optgallery.sphinxext.incremental.site_files import quoted
from optgallery.sphinxext.pages.matrix_html import cell_id

ODD = [
    *(
        "f(k=1)",
        "a:b",
        "a*b",
        "what?",
        'say "x"',
        "<b>",
        "a|b",
        "50%",
        "a%2Fb",
        "a#b",
        "a&b",
        "x y",
    ),
    *(
        "größe",
        "関数",
        "~tilde",
        ".hidden",
        "-surface",
        "name.",
        "nul",
        "CON.x",
        "com1",
        "a+b",
        "a'b",
    ),
    *("x" * 300, "関" * 100, "{row}"),
]


def odd_function(name):
    return og.TestFunction(
        name=name, title="T", formula=lambda x, y: x**2 + y**2, domain=(-1, 1, -1, 1), start=(1, 1)
    )


@pytest.mark.parametrize(
    "name", ["beale", "noisy_beale_0.5", "rotated_beale_22.5", "log_booth", "A1"]
)
def test_usual_names_are_unchanged(name):
    assert quoted(name) == name


def test_names_of_all_entries_are_unchanged():
    for name in (*og.FUNCTIONS.names, *og.OPTIMIZERS.names):
        assert quoted(name) == name


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_an_odd_name_becomes_one_path_component(name):
    part = quoted(name)
    assert re.fullmatch(r"[A-Za-z0-9_~][A-Za-z0-9_.~-]*", part)
    assert not part.endswith(".")
    assert len(part) <= 100
    assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", part, re.IGNORECASE)
    assert unquote(part) == part
    assert urljoin("https://site/page/", f"cells/{part}/0.1.gif").endswith(f"/cells/{part}/0.1.gif")


def test_different_names_are_quoted_differently():
    names = [*ODD, "x" * 299 + "y", "f~28k~3D1~29", "~6Eul", "a b", "A:b"]
    assert len({quoted(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_a_cell_with_an_odd_name_stays_in_the_site(name, tmp_path):
    trajectory = og.run("sgd", odd_function(name), steps=3, lr=0.1)
    stem = cell_stem(trajectory)
    path = Path(tmp_path, "html", f"{stem}.gif")
    assert path.resolve().is_relative_to(tmp_path / "html" / "cells" / "sgd")
    assert len(Path(stem).parts) == 4
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert re.fullmatch(r"[\w.~-]+", cell_id(stem), re.ASCII)


def test_names_of_optimizers_are_quoted_too():
    spec = og.OptimizerSpec(name="sgd: plain", title="T", cls=torch.optim.SGD)
    assert cell_stem(og.run(spec, "beale", steps=3, lr=0.1)).startswith(
        "cells/sgd~3A~20plain/beale/0.1-"
    )
    assert file_name(og.FUNCTIONS["beale"], spec) == "beale/sgd~3A~20plain"


def test_runs_of_no_optimizer_replace_a_surface():
    spec = og.OptimizerSpec(name="-surface", title="T", cls=torch.optim.SGD)
    beale = og.FUNCTIONS["beale"]
    assert file_name(beale, spec) != file_name(beale, None) == "beale/-surface"


def test_stems_of_cells_of_the_grid_and_of_variants():
    assert cell_stem(og.run("sgd", "beale", lr=0.1)) == grid_stem("sgd", "beale", 0.1)
    assert grid_stem("sgd", "beale", 0.1) == "cells/sgd/beale/0.1"
    for added in ({"schedule": lambda step: 0.9**step}, {"grad_clip": 1}, {"prepare": id}):
        stem = cell_stem(og.run("sgd", "beale", lr=0.1, **added))
        assert stem.startswith("cells/sgd/beale/0.1-"), added
    variant = og.run("sgd", noisy(rotated("beale", 22.5), 0.5), steps=3, lr=0.1)
    assert cell_stem(variant).startswith("cells/sgd/noisy_rotated_beale_22.5_0.5/0.1-")


def test_a_matrix_with_odd_names_and_equal_titles_prints_as_its_sweep(tmp_path):
    fns = [odd_function(name) for name in ("a:b", "größe")]
    swept = og.sweep("sgd", fns, [0.01, 0.1], steps=3, store=tmp_path / "sweep")
    content = Content.of(swept, Store(tmp_path / "store"))
    content.write(tmp_path / "matrix.json")
    assert Content.read(tmp_path / "matrix.json").printed() == str(swept)
    assert "T (a:b)" in str(swept)
    assert [cell["stem"].split("/")[2] for cell in content.cells[::2]] == [
        "a~3Ab",
        "gr~C3~B6~C3~9Fe",
    ]
