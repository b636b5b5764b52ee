"""Blocks that contain only a sweep, whose matrices can be rebuilt without running the script."""

import pytest

import optgallery as og
from optgallery.cache.store import Store
from optgallery.sphinxext.incremental.matrices import Content, Request, names_read
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
