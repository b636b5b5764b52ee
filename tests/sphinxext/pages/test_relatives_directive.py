"""What stands below an optimizer's picture: its ancestor, its alternatives, both overlaid."""

import re
from pathlib import Path

import numpy as np
import pytest
from experiments import RECORDED, site

import optgallery as og
from optgallery.analysis.experiment import read
from optgallery.optim.relatives import RELATIVES
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sphinxext.pages.experiment_record import Findings
from optgallery.sphinxext.pages.explorer_links import check
from optgallery.sphinxext.pages.relatives import overlay
from optgallery.sweeps.sweep import grid_functions

GRID = Grid(tuple(og.OPTIMIZERS.values()), tuple(grid_functions()), og.LEARNING_RATES, 200)


@pytest.fixture(scope="module")
def found() -> Findings:
    return Findings(read(RECORDED))


def pairs() -> list[tuple[str, str]]:
    return [
        (name, other)
        for name, (ancestor, rivals) in RELATIVES.items()
        for other in (ancestor, *rivals)
        if other
    ]


def test_nearly_every_pair_of_relatives_has_a_function_to_see_both_on(found: Findings) -> None:
    shown = {pair: overlay(found, GRID, *pair) for pair in pairs()}
    for pair, each in shown.items():
        if each is not None:
            title, state = each
            check(state, GRID)
            fn, *runs = re.findall(r"(?<==)[^&]+", state)
            assert og.FUNCTIONS[fn].title == title
            assert tuple(run.partition("@")[0] for run in runs) == pair
            assert {"bowl", "valley"} & set(og.FUNCTIONS[fn].tags)
    assert sum(each is not None for each in shown.values()) > 0.9 * len(shown)


def test_the_two_differ_on_it_as_one_can_see_in_the_explorer(found: Findings) -> None:
    _, state = overlay(found, GRID, "adam", "sgd")
    fn, *runs = re.findall(r"(?<==)[^&]+", state)
    costs = [
        og.run(name, fn, lr=float(lr)).evaluations_to_solve() or np.inf
        for name, lr in (run.split("@") for run in runs)
    ]
    assert max(costs) > 2 * min(costs)
    assert min(costs) <= 150


def test_there_is_none_without_records_or_without_the_optimizer_in_the_explorer(
    found: Findings,
) -> None:
    assert overlay(None, GRID, "adam", "sgd") is None
    assert overlay(found, GRID._replace(optimizers=GRID.optimizers[:1]), "adam", "sgd") is None
    assert overlay(found, GRID._replace(lrs=(0.02,)), "adam", "sgd") is None


def test_an_unknown_optimizer_is_an_error(tmp_path: Path) -> None:
    page = ":orphan:\n\nPage\n====\n\n.. optimizer-relatives:: adamm\n"
    project = site(tmp_path, {"docs/page.rst": page})
    assert "page.rst:6: ERROR: unknown optimizer 'adamm'; did you mean 'adam'" in project.warnings
