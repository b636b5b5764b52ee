"""The update of an optimizer, taken from the docstring of its class."""

import inspect

import pytest

import optgallery as og
from optgallery.sphinxext.incremental.updates import in_words, update

OWN = [
    spec.name for spec in og.OPTIMIZERS.values() if spec.cls.__module__.startswith("optgallery.")
]
PYTORCH = sorted(set(og.OPTIMIZERS) - set(OWN))


@pytest.mark.parametrize("name", OWN)
def test_an_update_is_the_text_between_the_first_line_and_the_parameters(name: str) -> None:
    doc = inspect.getdoc(og.OPTIMIZERS[name].cls)
    assert doc is not None
    first, _, rest = doc.partition("\n\n")
    assert "\n" not in first
    stated, _, _ = rest.partition("\n\nParameters\n----------\n")
    assert update(og.OPTIMIZERS[name]) == stated
    assert "math::" in stated


@pytest.mark.parametrize("name", OWN)
def test_an_update_says_nothing_about_this_gallery_or_the_use_of_the_class(name: str) -> None:
    for words in ("gallery", "param_groups", "create_graph", "eval()", "checkpoint"):
        assert words not in update(og.OPTIMIZERS[name]), (
            "say it on the page, or in the docstring's Notes"
        )


@pytest.mark.parametrize("name", PYTORCH)
def test_pytorch_classes_have_no_update(name: str) -> None:
    spec = og.OPTIMIZERS[name]
    with pytest.raises(ValueError, match=f"write the update of {spec.title} in the page") as raised:
        update(spec)
    assert f"torch.optim.{spec.cls.__name__.lower()}" in str(raised.value).lower()


class Undocumented(og.optim.Yogi):
    """Does not state its update."""


def test_a_docstring_without_a_formula_is_an_error_that_names_the_class() -> None:
    with pytest.raises(ValueError, match=r"test_updates\.Undocumented has none"):
        update(og.OptimizerSpec(name="undocumented", title="Undocumented", cls=Undocumented))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (":class:`torch.optim.SGD` sums", "``torch.optim.SGD`` sums"),
        (":class:`~optgallery.optim.LAMB`", "``LAMB``"),
        (":func:`Signum`, :math:`m_t`", "``Signum``, :math:`m_t`"),
        (":doc:`/guide/torchopt` and :doc:`plot_2`", "``guide/torchopt`` and ``plot_2``"),
    ],
)
def test_names_of_classes_and_pages_become_literals(text: str, words: str) -> None:
    assert in_words(text) == words
