"""Cards and lists of links, which pages print from the registries."""

import re
from inspect import Parameter, signature
from textwrap import dedent

import pytest
from bs4 import BeautifulSoup
from projects import FUNCTION, INDEX, OPTIMIZER, SHOWN, Project

from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.sphinxext.html.math import render
from optgallery.sphinxext.incremental.updates import update

OWN = [spec.name for spec in OPTIMIZERS.values() if spec.cls.__module__.startswith("optgallery.")]
ORPHAN = ":orphan:\n\nPage\n====\n\n"


def fields(project: Project, page: str) -> dict[str, str]:
    listed = project.page(page).find("dl", class_="field-list")
    names = [dt.get_text().rstrip(":") for dt in listed.find_all("dt")]
    return dict(zip(names, (dd.get_text().strip() for dd in listed.find_all("dd")), strict=True))


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build a page with the card of every entry."""
    pages = {
        f"docs/{kind}/{name}.rst": f":orphan:\n\nCard\n====\n\n.. {kind}-card:: {name}\n"
        for kind, registry in (("optimizer", OPTIMIZERS), ("function", FUNCTIONS))
        for name in registry
    }
    pages |= {
        f"docs/update/{name}.rst": f":orphan:\n\nUpdate\n======\n\n.. optimizer-update:: {name}\n"
        for name in OWN
    }
    root = tmp_path_factory.mktemp("cards")
    project = Project(root, pages | {"gallery/stories/plot_1_shown.py": SHOWN})
    project.build(plot_gallery="False")
    return project


def test_every_card_is_written_without_a_warning(cards: Project) -> None:
    assert cards.warnings == ""


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizers_card_has_its_paper_class_and_defaults(cards: Project, name: str) -> None:
    spec = OPTIMIZERS[name]
    card = fields(cards, f"optimizer/{name}")
    assert card["Family"] == spec.family
    assert card["Class"].endswith(f"optim.{spec.cls.__name__}")
    if spec.paper:
        assert card["Paper"].startswith(f"{spec.paper.authors} ({spec.paper.year})")
        links = cards.page(f"optimizer/{name}").find("dl", class_="field-list").find_all("a")
        assert spec.paper.url in [link["href"] for link in links]
    assert ("second derivatives" in card["Updates"]) == spec.create_graph
    assert ("several times in a step" in card["Updates"]) == spec.needs_closure
    assert ("random draws" in card["Updates"]) == spec.stochastic
    assert ("coordinate by coordinate" in card["Updates"]) == spec.elementwise
    for shape, words in (((1, 2), "one row"), ((2, 1), "one column")):
        assert (words in card["Updates"]) == (spec.parameter_shape == shape)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizers_card_has_every_hyper_parameter_with_default_and_meaning(
    cards: Project, name: str
) -> None:
    spec = OPTIMIZERS[name]
    table = cards.page(f"optimizer/{name}").find("table", class_="og-parameters")
    rows = [[cell.get_text().strip() for cell in row.find_all("td")] for row in table("tr")[1:]]
    defaults = {hparam: default for hparam, default, _ in rows}
    taken = [
        hparam
        for hparam, parameter in list(signature(spec.cls).parameters.items())[1:]
        if parameter.kind is not Parameter.VAR_KEYWORD  # passed on to an inner optimizer
    ]
    implementation = ["foreach", "fused", "capturable", "differentiable", "maximize"]
    assert list(defaults) == [hparam for hparam in taken if hparam not in implementation]
    for hparam, value in spec.defaults.items():
        shown = value.__name__ if isinstance(value, type) else repr(value)
        assert defaults[hparam] == shown
    for hparam, _, meaning in rows:
        assert meaning.endswith("."), f"{hparam} of {name}"


@pytest.mark.parametrize("name", OWN)
def test_an_update_shows_every_formula_of_the_docstring_in_its_words(
    cards: Project, name: str
) -> None:
    stated = update(OPTIMIZERS[name])
    body = cards.page(f"update/{name}").find("div", class_="body")
    blocks = re.findall(r"^\.\. math::((?:\n    .*)+)", stated, re.MULTILINE)
    shown = [str(div.find("math")) for div in body.find_all("div", class_="og-formula")]
    assert shown == [parsed(render(dedent(block), inline=False)) for block in blocks]
    inline = [str(m) for p in body.find_all("p") for m in p.find_all("math", recursive=False)]
    within = re.findall(r":math:`([^`]+)`", stated)
    assert inline == [parsed(render(latex, inline=True)) for latex in within]
    for formula in body.find_all("math"):
        formula.replace_with("")
    prose = re.sub(r"^\.\. math::(?:\n    .*)+|:math:`[^`]+`", "", stated, flags=re.MULTILINE)
    prose = re.sub(r":class:`([^`]+)`|``([^`]+)``", r"\1\2", prose)
    assert letters(body.get_text()) == letters(f"Update {prose}")


def parsed(html: str) -> str:
    return str(BeautifulSoup(html, "html.parser"))


def letters(text: str) -> str:
    """Return a text without spaces and signs, which docutils makes typographic."""
    return re.sub(r"[\W_]", "", text)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_functions_card_has_its_formula_minima_and_start(cards: Project, name: str) -> None:
    fn = FUNCTIONS[name]
    card = fields(cards, f"function/{name}")
    formula = cards.page(f"function/{name}").find("div", class_="og-formula").find("math")
    mathml = render(f"f(x, y) = {fn.latex}", inline=False)
    assert formula == BeautifulSoup(mathml, "html.parser").find("math")
    assert card["Start"] == f"({fn.start[0]:g}, {fn.start[1]:g})"
    if fn.minima:
        assert card["Minimum value"].startswith(f"{fn.minimum:.7g} at (")
        assert card["Minimum value"].count("(") == len(fn.minima)
    else:
        assert "Minimum value" not in card
        assert ("Infimum" in card) == (fn.minimum is not None)
    assert card["Colours"] == f"on a {'logarithmic' if fn.scale == 'log' else 'linear'} scale"


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ("optimizer-card:: adamww", "unknown optimizer 'adamww'; did you mean 'adamw'"),
        ("optimizer-update:: yogy", "unknown optimizer 'yogy'; did you mean 'yogi'"),
        ("optimizer-update:: adam", "optimizer-update prints the formulas above the parameters"),
        ("function-card:: spher", "unknown test function 'spher'; did you mean 'sphere'"),
        (
            "entry-links:: stories",
            "entry-links takes optimizers, functions or schedules, got 'stories'",
        ),
    ],
)
def test_a_wrong_name_is_an_error_with_its_line(project, directive: str, message: str) -> None:
    files = {"docs/page.rst": f"{ORPHAN}.. {directive}\n", "gallery/stories/plot_1.py": SHOWN}
    wrong = project(files)
    wrong.build(plot_gallery="False")
    assert f"page.rst:6: ERROR: {message}" in wrong.warnings


def test_entries_link_the_pages_that_exist(site: Project) -> None:
    links = site.page("index").find("div", class_="body").find_all("a", class_="internal")
    assert [(link.get_text(), link["href"]) for link in links[:2]] == [
        ("SGD", "optimizers/plot_opt_sgd.html"),
        ("Sphere", "functions/plot_fn_sphere.html"),
    ]


def test_a_new_page_is_linked_from_an_unchanged_page(project) -> None:
    index = INDEX.replace("   stories/index\n", "")
    growing = project(
        {
            "gallery/optimizers/plot_opt_sgd.py": OPTIMIZER,
            "gallery/functions/plot_fn_sphere.py": FUNCTION,
            "docs/index.rst": index,
        }
    )
    growing.build(plot_gallery="False")
    assert growing.page("index").find("a", string="Adam") is None
    second = OPTIMIZER.replace("SGD", "Adam").replace("sgd", "adam")
    growing.write("gallery/optimizers/plot_opt_adam.py", second)
    growing.build(plot_gallery="False")
    (link,) = growing.page("index").find("p").find_all("a", string="Adam")
    assert link["href"] == "optimizers/plot_opt_adam.html"


def test_schedules_are_linked_by_the_names_of_their_classes(project) -> None:
    script = '"""\nStepLR\n======\n\nA staircase.\n"""\n'
    index = "Site\n====\n\n.. entry-links:: schedules\n\n.. toctree::\n\n   schedules/index\n"
    files = {"docs/index.rst": index, "gallery/schedules/plot_lr_StepLR.py": script}
    growing = project(files)
    growing.build(plot_gallery="False")
    names = "StepLR", "ConstantLR"
    growing.write("gallery/schedules/plot_lr_ConstantLR.py", script.replace(*names))
    growing.build(plot_gallery="False")
    links = growing.page("index").find("p").find_all("a")
    assert [(link.get_text(), link["href"]) for link in links] == [
        ("ConstantLR", "schedules/plot_lr_ConstantLR.html"),
        ("StepLR", "schedules/plot_lr_StepLR.html"),
    ]


def test_a_function_without_a_formula_or_a_source_has_a_card_without_them(project) -> None:
    code = """\
def slope(x, y):
    return x**2 + y


SLOPE = slope, {"x0": 1, "y0": 1, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
"""
    page = f"{ORPHAN}.. function-card:: sloping_module:SLOPE\n"
    site: Project = project({"docs/page.rst": page, "sloping_module.py": code})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site.root)
        site.build()
    assert site.warnings == ""
    assert fields(site, "page").keys() == {"Drawn", "Start", "Colours"}
    assert not site.page("page").find("math")
