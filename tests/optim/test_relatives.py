"""The table of ancestors and alternatives."""

import pytest

from optgallery import OPTIMIZERS
from optgallery.optim.relatives import RELATIVES


def test_every_optimizer_has_relatives() -> None:
    assert sorted(RELATIVES) == sorted(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_relatives_are_three_other_optimizers(name: str) -> None:
    ancestor, rivals = RELATIVES[name]
    others = [other for other in (ancestor, *rivals) if other]
    assert set(others) <= set(OPTIMIZERS) - {name}
    assert len(set(others)) == len(others)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_no_optimizer_is_derived_from_itself_or_from_a_later_one(name: str) -> None:
    seen, ancestor = [name], RELATIVES[name].ancestor
    while ancestor is not None:
        assert ancestor not in seen
        seen.append(ancestor)
        ancestor = RELATIVES[ancestor].ancestor
    years = [paper.year for n in seen if (paper := OPTIMIZERS[n].paper)]
    assert years == sorted(years, reverse=True)
