"""OptimizerSpec: what an entry says of its class."""

from functools import partial

import pytest
import torch

from optgallery.optim import OptimizerSpec, as_spec


class Documented(torch.optim.SGD):
    """Descends
    along the gradient.

    As SGD does.
    """


class Undocumented(torch.optim.SGD):
    pass


def entry(cls, **fields):
    return OptimizerSpec(name="own", title="Own", cls=cls, **fields)


def test_a_summary_is_the_first_paragraph_of_the_docstring_unless_one_is_given():
    assert entry(Documented).summary == "Descends along the gradient."
    assert entry(Documented, summary="Another.").summary == "Another."
    assert as_spec(Documented).summary == "Descends along the gradient."


class NoText(torch.optim.SGD):
    __doc__ = 3  # an attribute of any type is possible


def documented(params):
    """Return an optimizer."""
    return Documented(params)


@pytest.mark.parametrize(
    "cls",
    [Undocumented, NoText, partial(Documented, momentum=0.9), documented],
    ids=["undocumented", "no text", "partial", "function"],
)
def test_only_the_docstring_of_a_class_itself_gives_a_summary(cls):
    assert entry(cls).summary == ""
