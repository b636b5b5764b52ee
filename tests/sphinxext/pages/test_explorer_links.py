"""Links to the explorer with chosen runs."""

from pathlib import Path
from typing import Any

import pytest
from projects import Project

import optgallery as og
from optgallery.functions import FUNCTIONS
from optgallery.sphinxext.incremental.project import Grid
from optgallery.sphinxext.pages.explorer_links import check

GRID = Grid((og.OPTIMIZERS["sgd"], og.OPTIMIZERS["adam"]), (FUNCTIONS["booth"],), (0.03, 0.1), 20)
SETTINGS = {
    "optgallery_explorer": True,
    "optgallery_baselines": ["sgd", "adam"],
    "optgallery_functions": ["booth"],
    "optgallery_lrs": [0.03, 0.1],
    "optgallery_steps": 20,
}
EXPLORER = ":orphan:\n\nExplorer\n========\n\n.. explorer::\n"
PAGE = (
    ":orphan:\n\nPage\n====\n\n"
    "See :explorer:`both of\nthem <fn=booth&run=sgd@0.1&\nrun=adam@{}>`.\n"
)


def built(root: Path, lr: str, *, explorer: bool = True, **settings: Any) -> Project:
    files = {"docs/deep/page.rst": PAGE.format(lr)}
    if explorer:
        files["docs/explorer.rst"] = EXPLORER
    project = Project(root, files)
    project.build(**{**SETTINGS, **settings})
    return project


def test_a_link_leads_to_the_explorer_with_these_runs(tmp_path: Path) -> None:
    project = built(tmp_path, "0.03")
    assert project.warnings == ""
    (link,) = project.page("deep/page").find("div", class_="body").p.find_all("a")
    assert link["href"] == "../explorer.html#fn=booth&run=sgd@0.1&run=adam@0.03"
    assert link.get_text() == "both of them"


def test_without_an_explorer_the_words_are_text(tmp_path: Path) -> None:
    project = built(tmp_path, "0.03", explorer=False)
    assert project.warnings == ""
    paragraph = project.page("deep/page").find("div", class_="body").p
    assert paragraph.get_text() == "See both of them."
    assert paragraph.find("a") is None


def test_a_run_that_the_explorer_lacks_is_an_error_that_names_the_rates(tmp_path: Path) -> None:
    project = built(tmp_path, "0.3")
    assert "page.rst:6: ERROR: :explorer: takes words and a state" in project.warnings
    assert "no run 'adam@0.3' on 'booth'; its rates are 0.03, 0.1" in project.warnings


def test_a_setting_that_no_page_shows_is_a_warning(tmp_path: Path) -> None:
    project = built(tmp_path, "0.1,weight_decay=1")
    assert "the explorer has no run of adam on booth with weight_decay=1" in project.warnings


@pytest.mark.parametrize(
    "state",
    ["", "fn=booth", "run=sgd@0.1", "fn=booth&fn=booth&run=sgd@0.1", "fn=beale&run=sgd@0.1"]
    + [f"fn=booth&run={run}" for run in ("sgd", "sgd@", "sgd@x", "lion@0.1", "sgd@0.2")],
)
def test_a_state_is_checked(state: str) -> None:
    check("fn=booth&run=sgd@0.1&run=adam@0.03,weight_decay=1", GRID)
    with pytest.raises(ValueError, match=r"names one function|has no run"):
        check(state, GRID)
