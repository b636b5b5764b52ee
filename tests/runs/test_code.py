"""Trajectory.code(): the lines that repeat a run."""

import enum
import math
import pickle
from collections import OrderedDict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath

import matplotlib as mpl
import numpy as np
import pytest
import pytorch_optimizer
import torch

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run

DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}


def bowl(x, y):
    return x**2 + y**2


def executed(code, **names):
    """Execute code as a script of its own and return its trajectory."""
    namespace = {"__name__": "script", **names}
    with mpl.rc_context():
        exec(code, namespace)
    return namespace["trajectory"]


def assert_repeats(trajectory, **names):
    again = executed(trajectory.code(), **names)
    np.testing.assert_array_equal(again.points, trajectory.points)
    np.testing.assert_array_equal(again.values, trajectory.values)
    np.testing.assert_array_equal(again.evaluations, trajectory.evaluations)
    assert (again.status, again.reason, again.lr) == (
        trajectory.status,
        trajectory.reason,
        trajectory.lr,
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_entry_is_repeated_by_its_name(name):
    trajectory = run(name, "himmelblau", steps=4, lr=0.01)
    assert f'og.run("{name}", "himmelblau", steps=4, lr=0.01)' in trajectory.code()
    assert_repeats(trajectory)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_repeated_by_its_name(name):
    trajectory = run("adamw", name, steps=4, lr=0.1)
    assert f'og.run("adamw", "{name}", steps=4, lr=0.1)' in trajectory.code()
    assert_repeats(trajectory)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("adamw", {"start": (0.1, 1 / 3)}),
        ("adamw", {"betas": (0.8, 0.99), "eps": 1e-12, "amsgrad": True}),
        ("adamw", {"lr": np.float64(0.1), "eps": np.float32(1e-3)}),
        ("adamw", {"dtype": torch.float32}),
        ("adamw", {"dtype": torch.float32, "start": (0.1, 0.2)}),
        ("adamw", {"coordinates": "scalars"}),
        ("adahessian", {"seed": 5}),
        ("lbfgs", {"line_search_fn": None, "lr": 0.01, "max_eval": None}),
        ("sgd", {"lr": 10.0}),
        ("sgd", {"lr": 1e-3, "maximize": False, "weight_decay": 0}),
        (torch.optim.AdamW, {"lr": 0.1}),
    ],
)
def test_numbers_tuples_and_options_are_repeated(optimizer, options):
    assert_repeats(run(optimizer, "rosenbrock", steps=12, **options))


def test_a_diverged_run_is_repeated_to_its_end():
    trajectory = run("sgd", "beale", lr=1.0)
    assert trajectory.status == "diverged"
    assert_repeats(trajectory)


def test_what_is_as_it_always_is_stays_out_of_the_code():
    code = run("adamw", "beale", dtype=torch.float32, seed=0, start=FUNCTIONS["beale"].start).code()
    assert "start" not in code
    assert "seed" not in code


def test_a_third_party_class_is_imported_from_where_its_users_do():
    trajectory = run(pytorch_optimizer.Lion, "beale", steps=5, lr=0.01)
    lines = trajectory.code().splitlines()
    assert lines[1] == "from pytorch_optimizer import Lion"
    assert lines[3] == 'trajectory = og.run(Lion, "beale", steps=5, lr=0.01)'
    assert_repeats(trajectory)


def test_an_entry_of_ones_own_is_written_out_with_what_it_can_do():
    spec = OptimizerSpec(
        name="theirs",
        title="Theirs",
        cls=pytorch_optimizer.AdaHessian,
        defaults={"hessian_power": 0.5},
        create_graph=True,
        summary="not part of the run",
    )
    trajectory = run(spec, "rosenbrock", steps=5, lr=0.1, seed=3)
    assert (
        'og.OptimizerSpec(name="theirs", title="Theirs", cls=AdaHessian, '
        'defaults={"hessian_power": 0.5}, create_graph=True)'
    ) in trajectory.code()
    assert_repeats(trajectory)


def test_a_function_that_can_be_imported_is():
    trajectory = run("adamw", (bowl, DOMAIN), steps=5, lr=0.1)
    assert f"from {__name__} import bowl" in trajectory.code()
    assert_repeats(trajectory)


def test_a_function_that_cannot_be_imported_is_asked_for():
    def mine(x, y):
        return x**2 + y**2

    trajectory = run("adamw", (mine, DOMAIN), steps=5, lr=0.1)
    code = trajectory.code()
    assert code.splitlines()[0] == "# define mine first"
    assert (
        "(mine, {'x0': 2.0, 'y0': 1.5, 'xmin': -3.0, 'xmax': 3.0, 'ymin': -2.0, 'ymax': 2.0})"
        in code
    )
    assert_repeats(trajectory, mine=mine)


def test_a_lambda_and_a_class_of_ones_own_are_asked_for():
    class Mine(torch.optim.SGD):
        pass

    square = lambda x, y: x**2 + y**2  # noqa: E731
    trajectory = run(Mine, (square, DOMAIN), steps=5, lr=0.1)
    assert trajectory.code().splitlines()[0] == "# define Mine, formula first"
    assert_repeats(trajectory, Mine=Mine, formula=square)


def test_an_entry_that_was_changed_is_not_taken_for_the_original():
    raised = replace(FUNCTIONS["sphere"], formula=bowl, start=(1.0, 2.0))
    trajectory = run("adamw", raised, steps=5, lr=0.1)
    assert 'og.run("adamw", "sphere"' not in trajectory.code()
    assert_repeats(trajectory)


def test_a_tensor_is_written_with_its_numbers():
    rate = torch.tensor(0.1, dtype=torch.float64)
    trajectory = run("adamw", "beale", steps=3, lr=rate)
    assert "lr=torch.tensor(0.1, dtype=torch.float64)" in trajectory.code()
    assert_repeats(trajectory)


class Scheduled(torch.optim.SGD):
    """Take a learning rate that is a function of the step."""

    def __init__(self, params, lr, **others):
        super().__init__(params, lr=lr(0), **others)


def test_a_value_without_a_literal_is_asked_for():
    def rate(step):
        return 0.1 / (1 + step)

    trajectory = run(Scheduled, "beale", steps=3, lr=rate)
    assert trajectory.code().splitlines()[0] == "# define rate first"
    assert_repeats(trajectory, rate=rate)


def test_a_class_is_imported_and_a_clash_of_names_avoided():
    trajectory = run(
        "lookahead", "beale", steps=9, optimizer=torch.optim.SGD, hparams={"lr": 0.01, "k": 3}
    )
    assert "from torch.optim import SGD" in trajectory.code().splitlines()
    assert_repeats(trajectory)


class Mode(enum.Enum):
    FAST = 1


class Given(torch.optim.SGD):
    """Take whatever it is given, and remember it."""

    def __init__(self, params, lr=0.01, **given):
        super().__init__(params, lr=lr)
        self.given = given


@pytest.mark.parametrize(
    "value",
    [
        torch.bfloat16,
        torch.device("cpu"),
        np.array([[0.1, 2.0]], dtype=np.float32),
        torch.zeros((0, 2)),
        Fraction(1, 100),
        Decimal("0.1"),
        frozenset({3}),
        range(3),
        PurePosixPath("a/b"),
        Mode.FAST,
        OrderedDict(a=1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_can_be_written_is_written(value):
    trajectory = run(Given, "beale", steps=2, hparams={"dtype": value})
    code = trajectory.code()
    again = executed(code, Given=Given, Mode=Mode)
    (written,) = again.hparams.values()
    assert type(written) is type(value)
    assert str(written) == str(value)


def seeded_sgd(params, lr, seed):
    return torch.optim.SGD(params, lr=lr * seed)


def test_a_hyper_parameter_named_like_one_of_run_s_is_given_in_the_mapping():
    trajectory = run(seeded_sgd, "beale", steps=3, hparams={"lr": 0.01, "seed": 2}, seed=7)
    assert 'seed=7, lr=0.01, hparams={"seed": 2}' in trajectory.code()
    assert_repeats(trajectory)


def test_infinity_has_a_literal():
    trajectory = run("lbfgs", "beale", steps=2, tolerance_change=-math.inf)
    assert 'tolerance_change=float("-inf")' in trajectory.code()
    assert_repeats(trajectory)


@pytest.mark.parametrize("function", ["beale", "log_beale"])
def test_the_code_survives_pickling(function):
    trajectory = run("lbfgs", function, steps=3)
    assert pickle.loads(pickle.dumps(trajectory)).code() == trajectory.code()


def test_the_picture_is_shown_at_the_end():
    assert run("adamw", "beale", steps=1).code().splitlines()[-1] == "og.animate(trajectory).show()"
    assert callable(og.animate)
