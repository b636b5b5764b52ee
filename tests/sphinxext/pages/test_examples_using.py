"""The scripts below an object of the API."""

from pathlib import Path

import pytest

from optgallery.sphinxext.pages.examples_using import MOST, choose

PAIRS = [(f"plot_{k}.py", folder) for folder in ("stories", "optimizers") for k in range(9)]
USERS = {
    "package.run": PAIRS,
    "package.animate": [pair for pair in PAIRS if pair[0] != "plot_7.py"],
    "package.rare": [("plot_3.py", "stories")],
}


def test_at_most_eight_scripts_are_shown_from_every_gallery() -> None:
    chosen = choose(USERS, "package.run")
    assert len(chosen) == MOST
    assert [path.parent.name for path in chosen] == ["stories"] * 4 + ["optimizers"] * 4


def test_the_script_that_uses_the_fewest_objects_is_preferred() -> None:
    chosen = choose(USERS, "package.run", 4)
    assert [str(path.name) for path in chosen] == ["plot_0.py", "plot_7.py"] * 2


def test_a_gallery_of_few_scripts_leaves_room_for_others() -> None:
    users = {"package.run": [*PAIRS[:9], ("only.py", "comparisons")]}
    assert [path.parent.name for path in choose(users, "package.run")].count("stories") == 7


@pytest.mark.parametrize(("name", "number"), [("package.rare", 1), ("package.unused", 0)])
def test_of_few_all_are_shown(name: str, number: int) -> None:
    assert choose(USERS, name) == [Path("stories", "plot_3.py")][:number]
