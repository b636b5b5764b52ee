"""The statements of the guide's page on torchopt are true of this package."""

import re
from ast import literal_eval
from inspect import signature
from pathlib import Path

import pytest
import torch
from docutils import nodes
from docutils.core import publish_doctree

import optgallery as og

PAGE = Path(__file__).parents[1] / "docs/guide/torchopt.rst"
SETTING = re.compile(r"(\w+)=(\([^)]*\)|True|False|[\d.e-]*\d)")
TEN = [
    "adabelief",
    "adabound",
    "adahessian",
    "adamw",
    "madgrad",
    "nadam",
    "qhadam",
    "radam",
    "swats",
    "yogi",
]


@pytest.fixture(scope="module")
def page():
    # 5: docutils does not know sphinx's roles, which do not matter here
    return publish_doctree(PAGE.read_text("utf-8"), settings_overrides={"report_level": 5})


def rows(page, title):
    (section,) = (s for s in page.findall(nodes.section) if s[0].astext() == title)
    (body,) = section.findall(nodes.tbody)
    return [[cell for cell in row if isinstance(cell, nodes.entry)] for row in body]


def literals(cell):
    return [literal.astext() for literal in cell.findall(nodes.literal)]


def settings(cell):
    """Return our defaults and R's from a cell of the table."""
    ours, theirs = {}, {}
    for sentence in re.split(r"\.\s", " ".join(cell.astext().split())):
        before, _, after = sentence.partition("; R has ")
        for found, text in ((ours, before), (theirs, after)):
            found |= {name: literal_eval(value) for name, value in SETTING.findall(text)}
    return ours, theirs


def test_its_arguments_are_those_of_test_optim(page):
    named = []
    for there, here, _ in rows(page, "Arguments"):
        named += literals(there if here.astext() == "the same" else here)
    assert sorted(named) == sorted(signature(og.test_optim).parameters)


def test_it_names_the_ten_optimizers_as_the_registry_does(page):
    table = {
        literals(there)[0]: literal_eval(literals(here)[0])
        for there, here, _ in rows(page, "Optimizers")
    }
    assert table == {f"optim_{name}": name for name in TEN}
    assert set(table.values()) <= set(og.OPTIMIZERS)
    assert all(cells[2].astext() for cells in rows(page, "Optimizers"))


def test_its_defaults_are_those_of_the_classes(page):
    quoted = set()
    for _, here, cell in rows(page, "Optimizers"):
        name = literal_eval(literals(here)[0])
        spec = og.OPTIMIZERS[name]
        real = {key: p.default for key, p in signature(spec.cls).parameters.items()}
        ours, theirs = settings(cell)
        assert ours == {key: (real | dict(spec.defaults))[key] for key in ours}, name
        assert set(theirs) <= set(ours), name
        assert all(ours[key] != value for key, value in theirs.items()), name
        quoted |= {(name, key) for key in ours}
    assert {
        ("adabelief", "eps"),
        ("adahessian", "hessian_power"),
        ("adamw", "weight_decay"),
        ("qhadam", "nus"),
        ("qhadam", "betas"),
        ("qhadam", "lr"),
        ("qhadam", "eps"),
        ("radam", "lr"),
        ("swats", "lr"),
        ("swats", "eps"),
    } <= quoted


def test_its_functions_exist(page):
    (section,) = (s for s in page.findall(nodes.section) if s[0].astext() == "Test functions")
    names = [name for name in literals(section) if re.fullmatch(r"[a-z]\w+", name)]
    assert set(names) - {"start"} <= set(og.FUNCTIONS)
    assert sum(name.startswith("log_") for name in names) == 6
    domain = og.FUNCTIONS["goldstein_price"].domain
    assert f"[{domain.ymin:g}, {domain.ymax:g}] here" in " ".join(section.astext().split())
    assert "start" in signature(og.run).parameters


def test_the_minimum_of_beale_with_the_sign_error_is_where_it_says(page):
    (where,) = re.findall(r"minimum to\s\(([\d.]+), ([-\d.]+)\)", page.astext())
    x, y = point = torch.tensor([float(c) for c in where], dtype=torch.float64, requires_grad=True)

    def misspelt(x, y):
        return (1.5 - x + x * y) ** 2 + (2.25 - x - x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2

    (gradient,) = torch.autograd.grad(misspelt(x, y), point)
    assert gradient.abs().max() < 1e-4
    hessian = torch.autograd.functional.hessian(lambda p: misspelt(p[0], p[1]), point)
    assert (torch.linalg.eigvalsh(hessian) > 0).all()
    assert misspelt(x, y) < misspelt(3, 0.5)
