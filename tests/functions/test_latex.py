"""The LaTeX of functions made from others, at any depth."""

import re

import pytest
from latex_reader import evaluate

import optgallery as og
from optgallery.functions import logged, rotated, scaled, shifted
from optgallery.functions.latex import composed, enclosed

CHAINS = {
    "one deep": lambda f: shifted(f, 1, -1),
    "two deep": lambda f: shifted(scaled(f, x=2, value=3), 1, -1),
    "three deep": lambda f: shifted(scaled(rotated(f, 30), x=2, value=3), 1, -1),
    "three of a kind": lambda f: shifted(shifted(shifted(f, 1, 0), 0, 1), 2, 2),
    "five deep": lambda f: rotated(
        shifted(scaled(rotated(shifted(f, 0.5, 0.25), -40), y=2), 3, 1), 90
    ),
}
DEFINITION = re.compile(r"^(?P<name>[a-z](?:_\{\d\})?)(?P<of>\(x, y\))? = (?P<body>.*)$")


def definitions(latex):
    """Return the expression and its definitions: ``{name: body}``."""
    expression, *parts = latex.split(r", \quad ")
    found = [DEFINITION.match(part) for part in parts]
    return expression, [(match["name"], match["body"]) for match in found if match]


def value(latex, x, y):
    """Evaluate composed LaTeX: each definition is of the x and y of the function before it."""
    expression, defined = definitions(latex)
    call = re.fullmatch(
        r"(?:(?P<factor>[\d.]+)\\,)?(?P<f>\w(?:_\{\d\})?)\((?P<u>.*), (?P<v>.*)\)", expression
    )
    if call is None:
        return evaluate(latex, x, y)
    bodies = dict(reversed(defined))
    inner = latex.partition(rf", \quad {call['f']}(x, y) = ")[2]
    u, v = (evaluate_point(bodies[call[c]], x, y) for c in "uv")
    return float(call["factor"] or 1) * value(inner, u, v)


def evaluate_point(latex, x, y):
    degrees = re.compile(r"\\(cos|sin) \(?(-?[\d.]+)\^\\circ\)?")
    turned = degrees.sub(
        lambda found: rf"\{found[1]}({float(found[2])}\,\pi\,\frac{{1}}{{180}})", latex
    )
    return evaluate(turned.replace("(-", "(0 - "), x, y)


@pytest.mark.parametrize("name", ["beale", "himmelblau", "goldstein_price", "griewank"])
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_the_formula_that_is_shown_has_the_values_of_the_one_that_runs(chain, name):
    fn = chain(og.FUNCTIONS[name])
    for x, y in [(0.3, -1.2), (2.0, 1.5)]:
        assert float(value(fn.latex, x, y)) == pytest.approx(fn(x, y), rel=1e-9)


@pytest.mark.parametrize("name", ["beale", "langermann", "shubert"])
@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_no_letter_is_defined_twice(chain, name):
    names = [defined for defined, _ in definitions(chain(og.FUNCTIONS[name]).latex)[1]]
    assert len(names) == len(set(names))


def test_no_function_is_defined_by_itself():
    for chain in CHAINS.values():
        for name, body in definitions(chain(og.FUNCTIONS["beale"]).latex)[1]:
            assert f"{name}(" not in body


def test_letters_of_the_formula_are_not_reused():
    assert composed(r"u^2 + g y", "x", "y").startswith(r"h(p, q), \quad p = x")
    assert composed("q x", "x", "y").startswith("g(u, v)")
    twice = composed(composed("q x", "x", "y"), "x", "y")
    assert twice.startswith(r"k(s, t), \quad ")


def test_definitions_stand_outside_the_logarithm():
    latex = logged(shifted("sphere", 1, 2)).latex
    assert latex.startswith(r"\log\left(g(u, v)\right), \quad u = (x - 1), \quad v = (y - 2)")
    assert enclosed("-", r"a x, \quad a = 3", "") == r"-a x, \quad a = 3"


def test_wrapping_a_function_without_latex_gives_no_latex():
    cone = og.TestFunction(
        name="cone", title="Cone", formula=rounded_cone, domain=(-1, 1, -1, 1), start=(1, 0)
    )
    assert logged(cone).latex == shifted(cone, 1, 1).latex == scaled(cone, value=2).latex == ""


def rounded_cone(x, y):
    return (x**2 + y**2 + 1).sqrt()


def test_large_and_small_numbers_are_powers_of_ten():
    assert scaled("sphere", x=1e-7).latex.count(r"\frac{x}{10^{-7}}") == 1
    assert scaled("sphere", value=2.5e20).latex.startswith(r"2.5 \times 10^{20}\,g(u, v)")
    assert r"\cos (-30^\circ)" in rotated("sphere", -30).latex
