"""Formulas at many points: bounded memory, the same bits, own random numbers."""

import random
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions import as_test_function, evaluation
from optgallery.functions.evaluation import at_points, max_points_per_call

BOX = {"x0": 0.5, "y0": 0.5, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}


def random_state():
    legacy = np.random.get_state()[1].tolist()  # noqa: NPY002
    return torch.get_rng_state().tolist(), legacy, random.getstate()


def with_noise(x, y):
    shift = random.random() + np.random.random()  # noqa: NPY002
    return x**2 + y**2 + torch.rand_like(x) + shift


def test_random_functions_do_not_change_the_caller_s_generators():
    before = random_state()
    fn = as_test_function((with_noise, BOX))
    fn.grid(9)
    fn(0.5, 1.0)
    fn(np.linspace(0, 1, 5), 1.0)
    fn(torch.ones(3, requires_grad=True), 1.0)
    with torch.no_grad():
        fn(torch.ones(3), 1.0)
    assert random_state() == before


def test_random_functions_have_the_same_picture_each_time():
    fn = as_test_function((with_noise, BOX))
    first = fn.grid(80)[2]
    torch.manual_seed(5)
    random.random()
    np.random.random()  # noqa: NPY002
    again = fn.grid(80)[2]
    np.testing.assert_array_equal(first, again)
    assert fn(0.5, 1.0) == fn(0.5, 1.0)
    x = torch.tensor([0.5, 0.5])
    assert torch.equal(fn(x, 1.0), fn(x, 1.0))
    assert fn(x, 1.0)[0] != fn(x, 1.0)[1]  # each point has its own random number


def test_function_with_dropout_can_be_drawn_and_run():
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(2, 40), torch.nn.Dropout(0.5), torch.nn.Linear(40, 1)
    ).double()
    before = random_state()
    t = og.run("sgd", (network, BOX), lr=0.01, steps=5)
    np.testing.assert_array_equal(t.test_fn.grid(20)[2], t.test_fn.grid(20)[2])
    assert og.run("sgd", (network, BOX), lr=0.01, steps=5).points.tolist() == t.points.tolist()
    assert random_state() == before


@pytest.mark.parametrize("fn", og.FUNCTIONS.values(), ids=lambda fn: fn.name)
def test_blocks_have_the_bits_of_one_call(fn, monkeypatch):
    x, y = (torch.as_tensor(c) for c in fn.grid(97)[:2])
    whole = at_points(fn.formula, x, y, x.numel())
    for most in (1024, 2048):
        np.testing.assert_array_equal(at_points(fn.formula, x, y, most), whole)
    monkeypatch.setattr(evaluation, "_MEMORY", 2**17)
    most = max_points_per_call(fn.formula, fn.start, torch.float64)
    assert most < 1024 or most % 1024 == 0


def test_points_per_call_depend_on_the_memory_of_the_formula():
    samples = torch.linspace(-1, 1, 500, dtype=torch.float64)

    def loss(a, b):
        return ((a[..., None] * samples + b[..., None]) ** 2).mean(-1)

    many = max_points_per_call(lambda x, y: x**2 + y**2, (0.0, 0.0), torch.float64)
    few = max_points_per_call(loss, (0.0, 0.0), torch.float64)
    assert many > 160_000
    assert 500 <= few <= 3000
    assert max_points_per_call(loss, (0.0, 0.0), torch.float32) >= few


@pytest.mark.skipif(sys.platform == "win32", reason="no ru_maxrss there")
def test_picture_of_a_loss_over_300_samples_needs_less_than_300_mb():
    code = """
        import resource, sys, torch
        import optgallery as og
        x = torch.linspace(-2, 2, 300, dtype=torch.float64)
        def loss(a, b):
            return ((b[..., None] * torch.tanh(a[..., None] * x) - torch.sin(x)) ** 2).mean(-1)
        box = {"x0": -2.0, "y0": 2.5, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
        fn = og.functions.as_test_function((loss, box))
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        before = peak()
        fn.grid(400)
        print((peak() - before) / (2**20 if sys.platform == "darwin" else 2**10))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 300


def test_values_are_nan_where_a_formula_raises_and_only_there():
    def disc(x, y):
        if (x**2 + y**2 > 1).any():
            raise ValueError("outside")
        return x + y

    for n in (40, (33, 21)):
        x, y, z = as_test_function((disc, BOX)).grid(n)
        inside = x**2 + y**2 <= 1
        np.testing.assert_array_equal(np.isfinite(z), inside)
        np.testing.assert_array_equal(z[inside], (x + y)[inside])


@pytest.mark.parametrize("error", [ArithmeticError, ZeroDivisionError, torch.linalg.LinAlgError])
def test_arithmetic_errors_count_as_outside_too(error):
    def half(x, y):
        if (x < 0).any():
            raise error("outside")
        return x + y

    x, _, z = as_test_function((half, BOX)).grid(30)
    np.testing.assert_array_equal(np.isnan(z), x < 0)


def test_the_domain_of_a_formula_is_found_in_a_few_thousand_calls():
    calls = 0

    def square(x, y):
        nonlocal calls
        calls += 1
        if ((x.abs() > 1) | (y.abs() > 1)).any():
            raise ValueError("outside")
        return x * y

    z = as_test_function((square, BOX)).grid(400)[2]
    assert np.isfinite(z).mean() == pytest.approx(1 / 9, abs=0.01)
    assert calls < 20_000


def test_formula_defined_only_at_its_start_needs_no_more_calls():
    calls = 0

    def speck(x, y):
        nonlocal calls
        calls += 1
        if ((x - 0.5).abs() > 1e-9).any():
            raise ValueError("outside")
        return x + y

    z = as_test_function((speck, BOX)).grid(400)[2]
    assert np.isnan(z).all()
    assert calls < 20_000


def test_other_errors_of_a_formula_are_raised():
    def broken(x, y):
        if x.numel() > 30:
            raise KeyError("mine")
        return x + y

    with pytest.raises(KeyError, match="mine"):
        as_test_function((broken, {**BOX, "name": "broken"})).grid(40)
