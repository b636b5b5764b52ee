"""The numbers in a script's text, computed block by block."""

from pathlib import Path
from typing import Any

import pytest
from sphinx.errors import ExtensionError

import optgallery as og
from optgallery.sphinxext.incremental.dependencies import Entries
from optgallery.sphinxext.incremental.prose import WRONG, Prose, with_numbers

SCRIPT = '''"""
Title
=====

Words.

Of what comes :cost:`later`.
"""

run = 1

# %%
# Above :cost:`run`, below
# :cost:`later`.

later = run = 2

# %%
# And again :cost:`run`, and :step:`missing`, and :cost:`adam sphere 0.1`.
'''


@pytest.fixture
def prose(tmp_path: Path) -> Prose:
    path = tmp_path / "plot_1.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return Prose(path)


def fill(prose: Prose) -> tuple[dict[str, Any], dict[str, Any]]:
    first = {"run": og.run("sgd", "sphere", lr=0.1, steps=60)}
    second = {"run": og.run("sgd", "sphere", lr=0.3), "later": og.run("sgd", "booth", lr=0.1)}
    prose.read(9, first)
    prose.read(15, first | second)
    prose.finish()
    return first, second


def test_mentions_have_the_line_numbers_of_the_script(prose: Prose) -> None:
    lines = SCRIPT.split("\n")
    assert len(prose.mentions) == 6
    for mention in prose.mentions:
        assert f":{mention.role}:`{mention.text}`" in lines[mention.line - 1]


def test_a_variable_has_its_value_above_the_text_or_else_below(prose: Prose) -> None:
    first, second = fill(prose)
    later = str(second["later"].evaluations_to_solve())
    adam = str(og.run("adam", "sphere", lr=0.1).evaluations_to_solve())
    again = str(second["run"].evaluations_to_solve())
    *found, wrong, last = prose.answers
    assert [*found, last] == [later, str(first["run"].evaluations_to_solve()), later, again, adam]
    assert wrong == (
        f"{WRONG}plot_1.py, line 19: there is no missing here; the runs are run, later"
    )


def test_each_number_is_put_into_its_role(prose: Prose) -> None:
    fill(prose)
    page = with_numbers("Of :cost:`later`, :cell:`sgd sphere 0.1`.", prose.answers[:1])
    assert page == f"Of :cost:`later <{prose.answers[0]}>`, :cell:`sgd sphere 0.1`."


def test_a_role_in_code_is_an_error(prose: Prose) -> None:
    fill(prose)
    with pytest.raises(ExtensionError, match="belongs in prose, not in code"):
        with_numbers(f"{SCRIPT}# :cost:`run`", prose.answers)


def test_entries_are_those_of_runs_named_by_cell(
    prose: Prose,
) -> None:
    fill(prose)
    assert prose.entries == Entries(("adam",), ("sphere",))


def test_numbers_beside_code_that_was_not_run_are_errors(prose: Prose) -> None:
    assert all(answer.startswith(WRONG) for answer in prose.answers)
    assert "the code beside it was not run" in prose.answers[0]
