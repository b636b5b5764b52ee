"""Noise is added to the optimizer's gradient only; records are those of the function."""

import math
import pickle
import re

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.functions import noisy, rotated, shifted
from optgallery.runs.batched import run_grid

BEALE = og.FUNCTIONS["beale"]


def test_the_first_step_of_gradient_descent_shows_the_noise():
    fn = noisy("sphere", 0.5, seed=3)
    t = og.run("sgd", fn, lr=0.1, steps=1)
    given = (t.points[0] - t.points[1]) / 0.1
    assert given - t.gradients[0] == pytest.approx(fn.gradient_noise(1), abs=1e-12)
    assert t.gradients[0].tolist() == [2 * c for c in fn.start]


@pytest.mark.parametrize("name", ["sgd", "adam", "lbfgs", "muon", "adahessian"])
def test_values_and_gradients_on_record_are_the_function_s_own(name):
    t = og.run(name, noisy("beale", 0.3), lr=0.01, steps=20)
    assert t.status == "completed"
    for point, value, gradient in zip(t.points, t.values, t.gradients, strict=True):
        p = torch.tensor(point, requires_grad=True)
        exact = BEALE.formula(*p)
        assert value == exact.item()
        assert torch.autograd.grad(exact, p)[0].tolist() == gradient.tolist()


@pytest.mark.parametrize("name", ["sgd", "adam", "lbfgs", "muon", "adahessian"])
@pytest.mark.parametrize("df", [math.inf, 1.5])
def test_noise_of_a_run_does_not_depend_on_earlier_runs(name, df):
    fn = noisy("beale", 0.1, df=df, seed=5)
    one = og.run(name, fn, lr=0.01, steps=30)
    og.run("adam", noisy("sphere", 1.0), steps=7)
    other = og.run(name, pickle.loads(pickle.dumps(fn)), lr=0.01, steps=30)
    np.testing.assert_array_equal(one.points, other.points)
    quiet = og.run(name, "beale", lr=0.01, steps=30)
    assert not np.array_equal(one.points, quiet.points)


def test_two_scalar_parameters_get_the_same_noise_as_one_vector():
    fn = noisy("beale", 0.3)
    one, two = (og.run("adam", fn, lr=0.1, steps=20, coordinates=p) for p in ("vector", "scalars"))
    np.testing.assert_array_equal(one.points, two.points)


def test_repeated_closure_calls_return_the_same_noisy_gradient():
    class Asks(torch.optim.SGD):
        def step(self, closure):
            before = self.param_groups[0]["params"][0].grad.clone()
            closure()
            assert torch.equal(before, self.param_groups[0]["params"][0].grad)
            return super().step()

    t = og.run(Asks, noisy("beale", 0.3), lr=0.001, steps=5)
    assert t.evaluations.tolist() == [0, 1, 2, 3, 4, 5]


def test_noise_differs_between_evaluations_and_between_seeds():
    draws = [noisy("beale", 1, seed=s).gradient_noise(k) for s in (0, 1) for k in (1, 2)]
    assert len({c for draw in draws for c in draw}) == 8


def test_gaussian_noise_has_its_scale_and_student_s_has_heavier_tails():
    gauss, student = (
        np.array([noisy("beale", 2.0, df=df).gradient_noise(k) for k in range(4000)])
        for df in (math.inf, 2)
    )
    assert gauss.mean() == pytest.approx(0, abs=4 * 2 / math.sqrt(8000))
    assert gauss.std() == pytest.approx(2, rel=0.04)
    # beyond five scales: 6e-7 of a Gaussian, 1 - 5 / sqrt(27) = 3.8 % of t with 2 degrees
    assert np.mean(np.abs(gauss) > 10) == 0
    assert np.mean(np.abs(student) > 10) == pytest.approx(1 - 5 / math.sqrt(27), rel=0.2)


def test_noise_works_in_single_precision():
    t = og.run("sgd", noisy("sphere", 0.5), lr=0.1, steps=5, dtype=torch.float32)
    assert t.status == "completed"
    assert t.points[1].tolist() == np.float32(t.points[1]).tolist()


def test_constant_steps_end_in_a_cloud_and_decreasing_steps_converge():
    far, near = (
        og.run("sgd", noisy("sphere", 1.0), lr=lr, steps=2000).points[-500:] for lr in (0.1, 0.01)
    )
    # the stationary variance of x - lr (2 x + noise) is lr / (4 (1 - lr))
    assert np.var(far) == pytest.approx(0.1 / 3.6, rel=0.25)
    assert np.var(near) < np.var(far) / 4


def test_noisy_functions_are_never_batched():
    fn = noisy("beale", 0.1)
    runs = run_grid([og.OPTIMIZERS["adam"]], [BEALE, fn], [0.01, 0.1], steps=5)
    assert {function for _, function, _ in runs} == {"beale"}
    swept = og.sweep("adam", ["beale", fn], [0.01, 0.1], steps=5, jobs=1)
    for lr in (0.01, 0.1):
        alone = og.run("adam", fn, lr=lr, steps=5)
        np.testing.assert_array_equal(swept["adam", fn.name, lr].points, alone.points)


def test_the_code_of_a_run_calls_the_wrappers():
    fn = noisy(rotated("beale", 22.5), 0.5, df=1.5, seed=3)
    t = og.run("adamw", fn, steps=5, lr=0.1)
    line = next(line for line in t.code().splitlines() if line.startswith("trajectory"))
    assert line == (
        'trajectory = og.run("adamw", og.functions.noisy(og.functions.rotated("beale", '
        "degrees=22.5), scale=0.5, df=1.5, seed=3), steps=5, lr=0.1)"
    )
    namespace = {}
    exec(f"import optgallery as og\n{line}", namespace)
    np.testing.assert_array_equal(namespace["trajectory"].points, t.points)


def test_noise_changes_only_the_gradient_of_a_function():
    fn = noisy("beale", 0.5)
    assert fn(0, 0) == 14.203125
    assert (fn.domain, fn.start, fn.minima) == (BEALE.domain, BEALE.start, BEALE.minima)
    assert (fn.variant_of, fn.title) == ("beale", "Noisy Beale (scale 0.5)")
    assert fn == noisy(BEALE, 0.5, df=math.inf, seed=0)
    assert shifted(fn, 1, 2).gradient_noise == fn.gradient_noise


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"scale": 0}, "scale must be a positive finite number, got 0"),
        ({"scale": math.inf}, "scale must be a positive finite number, got inf"),
        ({"scale": 1, "df": 0}, "df must be positive, math.inf for Gaussian noise, got 0"),
        ({"scale": 1, "df": math.nan}, "df must be positive, math.inf for Gaussian noise, got nan"),
        ({"scale": 1, "seed": -1}, "seed must be a whole number >= 0, got -1"),
        ({"scale": 1, "seed": 0.5}, "seed must be a whole number >= 0, got 0.5"),
    ],
)
def test_invalid_noise_is_rejected(arguments, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        noisy("beale", **arguments)


def test_noise_is_not_added_twice():
    with pytest.raises(ValueError, match=r"^the gradient of noisy_beale_1 is noisy already$"):
        noisy(noisy("beale", 1), 1)


def test_name_and_title_include_the_noise_parameters():
    variants = [
        noisy("beale", 0.5),
        noisy("beale", 0.5, df=3),
        noisy("beale", 0.5, seed=3),
        noisy("beale", 0.5, df=3, seed=3),
        noisy("beale", 0.50000001),
        noisy("beale", 0.5, seed=10**12 + 1),
        noisy("beale", 0.5, seed=10**12 + 2),
        noisy("beale", 0.5, df=3.0000001),
    ]
    assert len({fn.name for fn in variants}) == len({fn.title for fn in variants}) == len(variants)
    assert variants[0].name == "noisy_beale_0.5"
    assert variants[3].name == "noisy_beale_0.5_df_3_seed_3"
    assert variants[3].title == "Noisy Beale (scale 0.5, df 3, seed 3)"


def test_a_sweep_s_table_has_a_row_for_each_noise(tmp_path):
    fns = [BEALE, noisy("beale", 0.1), noisy("beale", 2.0), noisy("beale", 2.0, df=1)]
    swept = og.sweep("sgd", fns, [0.001], steps=3, store=tmp_path / "store")
    assert len(str(swept).splitlines()) == 1 + len(fns)
