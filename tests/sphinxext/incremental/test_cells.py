"""Cells of matrices: their names in prose, and the paths of their files."""

import re

import pytest

import optgallery as og
from optgallery.functions import noisy
from optgallery.sphinxext.incremental.cells import (
    GridCell,
    as_across,
    cell_stem,
    grid_stem,
    parsed,
    setting_title,
)
from optgallery.sphinxext.pages.matrix_html import cell_id


def test_cells_across_an_axis_have_its_value_in_their_stems():
    decayed = og.run("adamw", "beale", lr=0.1, weight_decay=0.01)
    beale = og.FUNCTIONS["beale"]
    stem = "cells/adamw/beale/0.1-weight_decay-0.01"
    assert cell_stem(decayed, beale, "weight_decay=0.01") == stem
    assert cell_id(stem) == "adamw-beale-lr-0.1-weight_decay-0.01"
    rough = og.run("sgd", noisy("beale", 0.5), lr=0.1)
    assert cell_stem(rough, beale, "noise=0.5") == "cells/sgd/beale/0.1-noise-0.5"
    # other than in a sweep across an axis, it is no run of the grid
    assert re.fullmatch("cells/adamw/beale/0.1-[0-9a-f]{8}", cell_stem(decayed))
    short = og.run("adamw", "beale", steps=9, lr=0.1, weight_decay=0.01)
    assert re.fullmatch(f"{stem}-[0-9a-f]{{8}}", cell_stem(short, beale, "weight_decay=0.01"))
    several = grid_stem("adam", "beale", 0.1, "betas=(0.5, 0.9)")
    assert several == "cells/adam/beale/0.1-betas-~280.5~2C~200.9~29"


@pytest.mark.parametrize(
    ("setting", "across", "title"),
    [
        ("weight_decay=0.1", {"weight_decay": [0.1]}, "weight_decay 0.1"),
        ("k=5", {"k": [5]}, "k 5"),
        ("nesterov=True", {"nesterov": [True]}, "nesterov True"),
        ("betas=(0.9, 0.99)", {"betas": [(0.9, 0.99)]}, "betas (0.9, 0.99)"),
        ("noise=1e-05", {"noise": [1e-5]}, "noise 1e-05"),
        ("", None, ""),
    ],
)
def test_a_setting_is_an_argument_and_a_title(setting, across, title):
    assert as_across(setting) == across
    assert setting_title(setting) == title
    if across is not None:
        ((name, (value,)),) = across.items()
        assert parsed(setting) == (name, value)
        assert type(parsed(setting)[1]) is type(value)


def test_a_cell_is_named_by_three_words_or_four():
    assert GridCell.of("adamw  beale\n1") == ("adamw", "beale", 1.0, "")
    assert GridCell.of("adam beale 0.1 betas=(0.9, 0.99)").setting == "betas=(0.9, 0.99)"
    assert GridCell.of("sgd beale .1 noise=5e-1") == GridCell.of("sgd beale 0.1 noise=0.5")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("adamw", "the function and the learning rate are missing"),
        ("adamw beale", "the learning rate is missing"),
        ("adamw beale fast", "could not convert"),
        ("adamw beale 1 noise", "'noise' has no value"),
        ("adamw beale 1 noise=a b", "'a b' is no number"),
    ],
)
def test_anything_else_names_no_cell(text, words):
    with pytest.raises(ValueError, match=words):
        GridCell.of(text)
