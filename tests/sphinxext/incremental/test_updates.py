"""The update of an optimizer, out of the docstring of its class."""

import inspect

import pytest

import optgallery as og
from optgallery.sphinxext.incremental.updates import LINE, in_words, update

OWN = [
    spec.name for spec in og.OPTIMIZERS.values() if spec.cls.__module__.startswith("optgallery.")
]
THEIRS = sorted(set(og.OPTIMIZERS) - set(OWN))


@pytest.mark.parametrize("name", OWN)
def test_an_update_is_what_stands_between_the_first_line_and_the_parameters(name: str) -> None:
    doc = inspect.getdoc(og.OPTIMIZERS[name].cls)
    assert doc is not None
    first, _, rest = doc.partition("\n\n")
    assert "\n" not in first
    stated, _, _ = rest.partition("\n\nParameters\n----------\n")
    assert update(og.OPTIMIZERS[name]) == stated
    assert "math::" in stated


@pytest.mark.parametrize("name", OWN)
def test_an_update_has_no_words_about_this_gallery_or_the_use_of_the_class(name: str) -> None:
    for words in ("gallery", "param_groups", "create_graph", "eval()", "checkpoint"):
        assert words not in update(og.OPTIMIZERS[name]), (
            "say it on the page, or in the docstring's Notes"
        )


@pytest.mark.parametrize("name", THEIRS)
def test_a_class_of_pytorch_has_none(name: str) -> None:
    spec = og.OPTIMIZERS[name]
    with pytest.raises(ValueError, match=f"write the update of {spec.title} in the page") as raised:
        update(spec)
    assert f"torch.optim.{spec.cls.__name__.lower()}" in str(raised.value).lower()


class Silent(og.optim.Yogi):
    """Says nothing of its update."""


def test_a_docstring_without_a_formula_is_an_error_that_names_the_class() -> None:
    with pytest.raises(ValueError, match=r"test_updates\.Silent has none"):
        update(og.OptimizerSpec(name="silent", title="Silent", cls=Silent))


def test_the_directive_is_found_on_a_line_of_its_own() -> None:
    text = "Words.\n\n.. optimizer-update:: yogi\n\n.. optimizer-card:: soap\n"
    assert LINE.findall(text) == ["yogi"]
    assert LINE.sub("X", text) == "Words.\n\nX\n\n.. optimizer-card:: soap\n"
    assert not LINE.search("Write .. optimizer-update:: yogi")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (":class:`torch.optim.SGD` sums", "``torch.optim.SGD`` sums"),
        (":class:`~optgallery.optim.LAMB`", "``LAMB``"),
        (":func:`Signum`, :math:`m_t`", "``Signum``, :math:`m_t`"),
    ],
)
def test_names_of_classes_are_literals_where_nothing_links_them(text: str, words: str) -> None:
    assert in_words(text) == words
