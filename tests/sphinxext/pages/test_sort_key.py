"""The order of pages in a gallery."""

from random import Random

import pytest

import optgallery as og
from optgallery.sphinxext.pages.sort_key import FIRST_STORIES, RegistryOrder

ORDERED = {
    "optimizers": [f"plot_opt_{name}.py" for name in og.OPTIMIZERS],
    "functions": [f"plot_fn_{name}.py" for name in og.FUNCTIONS],
    "stories": ["plot_0_b.py", "plot_1_a.py", "plot_2_c.py"],
    "first stories": [*(f"{stem}.py" for stem in FIRST_STORIES), "plot_0_b.py", "plot_a.py"],
}


@pytest.mark.parametrize("folder", ORDERED)
def test_entries_have_the_order_of_their_registry_and_stories_that_of_their_names(
    folder: str,
) -> None:
    shuffled = Random(0).sample(ORDERED[folder], len(ORDERED[folder]))
    assert sorted(shuffled, key=RegistryOrder(folder)) == ORDERED[folder]


def test_a_page_without_an_entry_is_sorted_first() -> None:
    names = ["plot_opt_sgd.py", "plot_opt_no_such.py", "plot_fn_no_such.py"]
    assert sorted(names, key=RegistryOrder("optimizers")) == [*sorted(names[1:]), names[0]]
