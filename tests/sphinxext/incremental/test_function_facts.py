"""The facts about a function on its card and in its downloads."""

from dataclasses import replace

import pytest
from docutils.core import publish_doctree
from docutils.nodes import bullet_list, math_block

from optgallery import FUNCTIONS
from optgallery.sphinxext.incremental.function_facts import facts, formula_and_list


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_text_is_one_formula_and_one_list_without_sphinx(name: str) -> None:
    fn = FUNCTIONS[name]
    text = formula_and_list(fn)
    assert max(map(len, text.splitlines())) <= 96
    document = publish_doctree(text, settings_overrides={"halt_level": 2})
    formula, items = document.children
    assert isinstance(formula, math_block)
    assert " ".join(formula.astext().split()) == f"f(x, y) = {' '.join(fn.latex.split())}"
    assert isinstance(items, bullet_list)
    listed = [" ".join(item.astext().split()) for item in items.children]
    assert listed == [" ".join(f"{name}: {fact}".split()) for name, fact in facts(fn)]


def test_an_infimum_that_is_not_attained_is_named_as_such() -> None:
    assert facts(FUNCTIONS["flower"])[0] == ("Infimum", "-1, which is attained nowhere")


def test_an_unknown_minimum_is_omitted() -> None:
    fn = replace(FUNCTIONS["beale"], minima=(), minimum=None)
    assert facts(fn)[0][0] == "Drawn"
