"""TestFunction, its grid, and its construction from a (callable, domain) pair."""

import re

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions import Domain, as_test_function

BOX = {"x0": 1, "y0": 2, "xmin": -3, "xmax": 3, "ymin": -4, "ymax": 5}


def tilted(x, y):
    return x**2 + 3 * y


def refusal(text):
    return pytest.raises(ValueError, match=f"^{re.escape(text)}$")


def make(**changes):
    fields = {"name": "f", "title": "F", "formula": tilted, "domain": (-1, 1, -2, 2)}
    return og.TestFunction(**{**fields, "start": (0, 0), **changes})


def test_numbers_give_a_number_and_arrays_an_array():
    booth = og.FUNCTIONS["booth"]
    assert booth(0, 0) == 74.0
    assert type(booth(0, 0)) is float
    values = booth([0, 1], np.float32(0))
    assert isinstance(values, np.ndarray)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, [74, 45])


def test_read_only_arrays_are_fine():
    x = np.linspace(0, 1, 3)
    x.flags.writeable = False
    assert og.FUNCTIONS["sphere"](x, x).shape == (3,)


def test_number_beside_a_tensor_takes_its_precision():
    sphere = og.FUNCTIONS["sphere"]
    x = torch.tensor(0.1, dtype=torch.float64)
    for value in (sphere(x, 0.1), sphere(0.1, x), sphere(x, np.array(0.1))):
        assert value.dtype == torch.float64
        assert value.item() == 0.1**2 + 0.1**2


def test_gradients_flow_through_a_call():
    x = torch.tensor(3.0, requires_grad=True)
    og.FUNCTIONS["sphere"](x, 1.0).backward()
    assert x.grad.item() == 6.0


def test_grid_rows_are_y_and_columns_are_x():
    x, y, z = make().grid((3, 5))
    assert x.shape == y.shape == z.shape == (5, 3)
    np.testing.assert_array_equal(x[0], [-1, 0, 1])
    np.testing.assert_array_equal(y[:, 0], [-2, -1, 0, 1, 2])
    np.testing.assert_array_equal(z, x**2 + 3 * y)


def test_grid_takes_numpy_integers():
    assert make().grid(np.int64(4))[2].shape == (4, 4)


@pytest.mark.parametrize("n", [1, 0, -3, 2.5, True, (3, 1), (3, 4, 5), "ab"])
def test_grid_rejects_fewer_than_two_points(n):
    with refusal(f"n must be one or two whole numbers of grid points >= 2, got {n!r}"):
        make().grid(n)


@pytest.mark.parametrize(
    "domain", [(1, -1, -2, 2), (-1, 1, 2, 2), (-1, np.inf, -2, 2), (-1, 1, np.nan, 2)]
)
def test_a_domain_must_be_a_finite_rectangle(domain):
    given = tuple(map(float, domain))
    with refusal(f"domain must be finite with xmin < xmax and ymin < ymax, got {given}"):
        make(domain=domain)


@pytest.mark.parametrize("domain", [((-1, 1), (-2, 2)), (-1, 1), (-1, 1, -2, "b")])
def test_a_domain_must_be_four_numbers(domain):
    with refusal(f"domain must be four numbers (xmin, xmax, ymin, ymax), got {domain}"):
        make(domain=domain)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"start": (1,)}, "start must be two numbers (x, y), got (1,)"),
        ({"start": (np.nan, 0)}, "start must be finite, got (nan, 0.0)"),
        ({"minima": [(0, "a")]}, "a minimum must be two numbers (x, y), got (0, 'a')"),
        ({"scale": "sqrt"}, 'scale must be "linear" or "log", got \'sqrt\''),
    ],
)
def test_wrong_fields_are_rejected(changes, text):
    with refusal(text):
        make(**changes)


def test_fields_are_normalised_so_that_a_function_can_be_hashed():
    fn = make(minima=[[0, 0]], domain=[-1, 1, -2, 2])
    assert fn.minima == ((0.0, 0.0),)
    assert isinstance(fn.domain, Domain)
    assert hash(fn) == hash(make(minima=((0, 0),)))


def test_name_and_entry_return_the_entry():
    assert as_test_function("beale") is og.FUNCTIONS["beale"]
    assert as_test_function(og.FUNCTIONS["beale"]) is og.FUNCTIONS["beale"]


@pytest.mark.parametrize("domain", [BOX, lambda: BOX], ids=["mapping", "function"])
def test_a_pair_becomes_a_test_function(domain):
    fn = as_test_function((tilted, domain))
    assert fn.name == fn.title == "tilted"
    assert fn.domain == (-3, 3, -4, 5)
    assert fn.start == (1, 2)
    assert fn.minimum is None
    assert fn(2, 1) == 7.0


def test_colour_scale_of_a_pair_depends_on_its_values():
    def steep(x, y):
        return torch.exp(x**2 + y**2)

    assert as_test_function((tilted, BOX)).scale == "linear"
    assert as_test_function((steep, BOX)).scale == "log"
    assert as_test_function((og.FUNCTIONS["beale"].formula, BOX)).scale == "log"
    assert as_test_function((og.FUNCTIONS["rastrigin"].formula, BOX)).scale == "linear"


def test_a_pair_without_finite_values_is_still_a_test_function():
    fn = as_test_function((lambda x, y: torch.log(-(x**2) - y**2), BOX))
    assert fn.scale == "linear"


@pytest.mark.parametrize("given", [3, None, (tilted,), (3, BOX), (tilted, BOX, 1)])
def test_other_types_are_rejected(given):
    with pytest.raises(
        TypeError, match=r"^test_fn must be a name, a TestFunction or a pair \(callable, domain\)"
    ):
        as_test_function(given)


def test_a_pairs_domain_must_be_a_mapping():
    with pytest.raises(TypeError, match=r"must be a mapping with x0, y0, .*, got list: \[1, 2\]"):
        as_test_function((tilted, [1, 2]))


def test_a_pairs_domain_must_be_complete():
    part = {key: BOX[key] for key in ("x0", "xmin", "xmax", "ymin")}
    with refusal("the domain lacks y0, ymax; it must have x0, y0, xmin, xmax, ymin, ymax"):
        as_test_function((tilted, part))


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"xmin": 3},
            "domain must be finite with xmin < xmax and ymin < ymax, got (3.0, 3.0, -4.0, 5.0)",
        ),
        (
            {"ymax": "z"},
            "domain must be four numbers (xmin, xmax, ymin, ymax), got (-3, 3, -4, 'z')",
        ),
        ({"x0": np.inf}, "the start (x0, y0) must be finite, got (inf, 2.0)"),
    ],
)
def test_a_pairs_domain_must_be_a_rectangle_with_a_start(changes, text):
    with refusal(text):
        as_test_function((tilted, {**BOX, **changes}))


def test_formula_that_does_not_return_a_tensor_is_rejected():
    with pytest.raises(TypeError, match=r"must return a tensor, got float; write it with torch"):
        as_test_function((lambda *_: 1.0, BOX))


def test_a_formula_that_sums_everything_is_evaluated_point_by_point():
    fn = as_test_function((lambda x, y: (x + y).sum(), BOX))
    np.testing.assert_array_equal(fn([1.0, 2.0], [10.0, 20.0]), [11.0, 22.0])


def test_a_formula_that_branches_on_values_is_evaluated_point_by_point():
    def branching(x, y):
        return x**2 if x > 0 else y

    fn = as_test_function((branching, BOX))
    np.testing.assert_array_equal(fn([3.0, -3.0], [10.0, 20.0]), [9.0, 20.0])


def test_a_formula_may_branch_at_its_start():
    fn = as_test_function((lambda x, y: x**2 if x > 1 else y, BOX))  # the start is (1, 2)
    np.testing.assert_array_equal(fn([1.0, 1.5], [2.0, 2.0]), [2.0, 2.25])


def test_a_formula_without_gradient_is_rejected():
    with pytest.raises(ValueError, match=r"its value has no gradient; .*without detach\(\)$"):
        as_test_function((lambda x, y: (x + y).detach(), BOX))


def test_numpy_formula_is_rejected():
    with pytest.raises(ValueError, match="write it with torch functions"):
        as_test_function((lambda x, y: np.sin(x) + y, BOX))


def test_a_run_on_a_pair_starts_at_its_start():
    trajectory = og.run("adamw", (tilted, BOX), steps=3)
    assert trajectory.points[0].tolist() == [1.0, 2.0]


def test_pytest_does_not_collect_test_functions():
    assert og.TestFunction.__test__ is False
