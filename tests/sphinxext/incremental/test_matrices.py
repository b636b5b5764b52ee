"""Blocks that contain only a sweep, whose matrices can be rebuilt without running the script."""

import json

import pytest

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.incremental.cells import parsed
from optgallery.sphinxext.incremental.matrices import (
    Content,
    Matrix,
    Request,
    names_read,
    with_output_first,
)
from optgallery.sweeps.sweep import Sweep


@pytest.mark.parametrize(
    ("code", "prints"),
    [
        ('sweep = og.sweep("adam")', False),
        ('sweep = og.sweep("adam")\nprint(sweep)\n', True),
        (
            '\n# every optimizer\nsweep = og.sweep(functions=["beale"], lrs=(0.1, 1), steps=9)',
            False,
        ),
        ("sweep = og.sweep()", False),
        ("sweep = og.sweep('adamw', across={'weight_decay': [0, 0.1]})\nprint(sweep)", True),
    ],
)
def test_a_block_with_only_a_sweep_is_parsed(code: str, prints: bool) -> None:
    request = Request.of(code)
    assert request is not None
    assert request.variable == "sweep"
    assert request.prints is prints


@pytest.mark.parametrize(
    "code",
    [
        "names = ['adam']",
        "sweep = og.sweep(names)",
        "sweep = og.sweep('adam', lrs=rates)",
        "sweep = og.sweep('adam', store='elsewhere')",
        "sweep = og.sweep(**settings)",
        "sweep = og.sweep('adam').best('adam', 'beale')",
        "sweep = other = og.sweep('adam')",
        "sweep = og.sweep('adam')\nprint(sweep.best('adam', 'beale'))",
        "sweep = og.sweep('adam')\nprint(sweep, 'and more')",
        "sweep = og.sweep('adam')\nsweep",
        "print(sweep)\nsweep = og.sweep('adam')",
        "import optgallery as og\nsweep = og.sweep('adam')",
        "",
    ],
)
def test_a_block_with_anything_else_is_not(code: str) -> None:
    assert Request.of(code) is None


def test_names_read_are_those_that_are_loaded() -> None:
    assert names_read("a = b.c + d(e)\nf: int = 1\ndef g(): return h") == {*"bdeh", "int"}


@pytest.mark.parametrize(
    ("optimizers", "functions"),
    [
        ("yogi", ["sphere", "beale"]),
        (["sgd", "yogi"], "beale"),
        (["sgd", "yogi"], ["sphere", "beale"]),
    ],
)
def test_a_matrix_prints_the_same_text_as_its_sweep(optimizers, functions, tmp_path) -> None:
    swept: Sweep = og.sweep(optimizers, functions, [0.01, 1.0], steps=5)
    content = Content.of(swept, Store(tmp_path / "store"))
    content.write(tmp_path / "matrix.json")
    assert Content.read(tmp_path / "matrix.json") == content
    assert content.printed() == str(swept)


@pytest.mark.parametrize(
    ("optimizers", "functions", "across"),
    [
        ("adamw", "beale", {"weight_decay": [0, 0.1, 1e-5]}),
        (["sgd", "adam"], ["beale", "sphere"], {"noise": [0, 0.5]}),
        ("adam", "beale", {"betas": [(0.5, 0.9), (0.9, 0.99)]}),
        ("momentum", "beale", {"nesterov": [False, True]}),
    ],
)
def test_a_matrix_across_an_axis_prints_as_its_sweep_and_is_read_as_it_was_written(
    optimizers, functions, across, tmp_path
) -> None:
    swept = og.sweep(optimizers, functions, [0.01, 1.0], across=across, steps=5)
    content = Content.of(swept, Store(tmp_path / "store"))
    content.write(tmp_path / "matrix.json")
    assert Content.read(tmp_path / "matrix.json") == content
    assert content.printed() == str(swept)
    assert [
        (cell["optimizer"], cell["function"], cell["value"], *parsed(cell["setting"])[1:])
        for cell in content.cells
    ] == list(swept)
    assert len({cell["stem"] for cell in content.cells}) == len(content.cells)
    assert [cell["code"] for cell in content.cells] == [run.code() for run in swept.values()]


def test_a_matrix_across_an_axis_is_rebuilt_where_a_value_or_a_function_is_new(tmp_path) -> None:
    store, page = Store(tmp_path / "store"), tmp_path / "page.py"
    code = "sweep = og.sweep({}, {}, [0.1], across={{'weight_decay': {}}}, steps=5)"
    contents = []
    for given in (
        ("'adamw'", "'beale'", "[0, 0.1]"),
        ("'adamw'", "['beale', 'booth']", "[0.1, 1]"),
    ):
        request = Request.of(code.format(*given))
        assert request is not None
        swept = og.sweep(*request.arguments, **request.options, store=store)
        contents.append((request, Content.of(swept, store)))
    (old, before), (new, wanted) = contents
    before.write(tmp_path / "images" / "matrix.json")
    matrix = Matrix.of(old, "matrix.json", before)
    # as a record brings it back
    matrix = Matrix.read(*json.loads(json.dumps(matrix)))
    assert matrix.is_current(store)
    rebuilt = matrix._replace(request=new).rebuilt(page, store)
    assert Content.read(tmp_path / "images" / "matrix.json") == wanted
    assert rebuilt.pictures == wanted.pictures


OUTPUT = ".. rst-class:: sphx-glr-script-out\n\n .. code-block:: none\n\n    one\n\n    two\n\n\n"
MATRICES = ".. trajectory-matrix:: /a.json\n\n.. trajectory-matrix:: /b.json\n\n\n"


def test_what_a_block_prints_is_moved_before_its_matrices() -> None:
    page = f".. code-block:: Python\n\n    print(sweep)\n\n{MATRICES}{OUTPUT}.. GENERATED FROM\n"
    moved = f".. code-block:: Python\n\n    print(sweep)\n\n{OUTPUT}{MATRICES}.. GENERATED FROM\n"
    assert with_output_first(page) == moved
    assert with_output_first(moved) == moved


def test_the_output_of_another_block_stays_there() -> None:
    page = f"{MATRICES}.. GENERATED FROM\n\n.. code-block:: Python\n\n    f()\n\n{OUTPUT}"
    assert with_output_first(page) == page
