"""Trajectory.code(): Python code that repeats a run."""

import enum
import math
import pickle
import re
from collections import OrderedDict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import PurePosixPath

import matplotlib as mpl
import numpy as np
import pytest
import pytorch_optimizer
import torch
from forking import run_code

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS, OptimizerSpec, run
from optgallery.functions import rotated

DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}


def bowl(x, y):
    return x**2 + y**2


def executed(code, **names):
    """Execute code as a script, and return its trajectory."""
    namespace = {"__name__": "script", **names}
    with mpl.rc_context():
        exec(code, namespace)
    return namespace["trajectory"]


def assert_repeats(trajectory, **names):
    repeated = executed(trajectory.code(), **names)
    np.testing.assert_array_equal(repeated.points, trajectory.points)
    np.testing.assert_array_equal(repeated.values, trajectory.values)
    np.testing.assert_array_equal(repeated.evaluations, trajectory.evaluations)
    assert (repeated.status, repeated.reason, repeated.lr) == (
        trajectory.status,
        trajectory.reason,
        trajectory.lr,
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_code_names_every_optimizer_entry(name):
    settings = OPTIMIZERS[name].at_rate(0.01)
    written = "".join(f", {key}={value}" for key, value in settings.items())
    trajectory = run(name, "himmelblau", steps=4, hparams=settings)
    assert f'og.run("{name}", "himmelblau", steps=4{written}' in trajectory.code()
    assert_repeats(trajectory)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_code_names_every_function_entry(name):
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
def test_code_repeats_numbers_tuples_and_options(optimizer, options):
    assert_repeats(run(optimizer, "rosenbrock", steps=12, **options))


def test_code_repeats_a_diverged_run():
    trajectory = run("sgd", "beale", lr=1.0)
    assert trajectory.status == "diverged"
    assert_repeats(trajectory)


def test_defaults_are_left_out_of_the_code():
    code = run("adamw", "beale", dtype=torch.float32, seed=0, start=FUNCTIONS["beale"].start).code()
    assert "start" not in code
    assert "seed" not in code


def test_a_third_party_class_is_imported_from_its_public_module():
    trajectory = run(pytorch_optimizer.Lion, "beale", steps=5, lr=0.01)
    lines = trajectory.code().splitlines()
    assert lines[1] == "from pytorch_optimizer import Lion"
    assert lines[3] == 'trajectory = og.run(Lion, "beale", steps=5, lr=0.01)'
    assert_repeats(trajectory)


def test_a_custom_entry_is_written_out_with_its_capabilities():
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


def test_an_importable_function_is_imported():
    trajectory = run("adamw", (bowl, DOMAIN), steps=5, lr=0.1)
    assert f"from {__name__} import bowl" in trajectory.code()
    assert_repeats(trajectory)


def test_a_comment_names_a_function_that_cannot_be_imported():
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


def test_a_comment_names_a_lambda_and_a_local_class():
    class Mine(torch.optim.SGD):
        pass

    square = lambda x, y: x**2 + y**2  # noqa: E731
    trajectory = run(Mine, (square, DOMAIN), steps=5, lr=0.1)
    assert trajectory.code().splitlines()[0] == "# define Mine, formula first"
    assert_repeats(trajectory, Mine=Mine, formula=square)


def test_a_changed_entry_is_not_written_as_the_original():
    raised = replace(FUNCTIONS["sphere"], formula=bowl, start=(1.0, 2.0))
    trajectory = run("adamw", raised, steps=5, lr=0.1)
    assert 'og.run("adamw", "sphere"' not in trajectory.code()
    assert_repeats(trajectory)


def test_a_tensor_is_written_out():
    rate = torch.tensor(0.1, dtype=torch.float64)
    trajectory = run("adamw", "beale", steps=3, lr=rate)
    assert "lr=torch.tensor(0.1, dtype=torch.float64)" in trajectory.code()
    assert_repeats(trajectory)


class Scheduled(torch.optim.SGD):
    """Take a learning rate that is a function of the step."""

    def __init__(self, params, lr, **others):
        super().__init__(params, lr=lr(0), **others)


def test_a_comment_names_a_value_without_a_literal():
    def rate(step):
        return 0.1 / (1 + step)

    trajectory = run(Scheduled, "beale", steps=3, lr=rate)
    assert trajectory.code().splitlines()[0] == "# define rate first"
    assert_repeats(trajectory, rate=rate)


def test_a_class_among_the_hyper_parameters_is_imported():
    trajectory = run(
        "lookahead", "beale", steps=9, optimizer=torch.optim.SGD, hparams={"lr": 0.01, "k": 3}
    )
    assert "from torch.optim import SGD" in trajectory.code().splitlines()
    assert_repeats(trajectory)


class Mode(enum.Enum):
    FAST = 1


class Given(torch.optim.SGD):
    """Accept any keyword, and store it."""

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
def test_values_of_many_types_are_written(value):
    trajectory = run(Given, "beale", steps=2, hparams={"dtype": value})
    code = trajectory.code()
    repeated = executed(code, Given=Given, Mode=Mode)
    (written,) = repeated.hparams.values()
    assert type(written) is type(value)
    assert str(written) == str(value)


def seeded_sgd(params, lr, seed):
    return torch.optim.SGD(params, lr=lr * seed)


def test_a_hyper_parameter_with_the_name_of_a_parameter_of_run_is_in_hparams():
    trajectory = run(seeded_sgd, "beale", steps=3, hparams={"lr": 0.01, "seed": 2}, seed=7)
    assert 'seed=7, lr=0.01, hparams={"seed": 2}' in trajectory.code()
    assert_repeats(trajectory)


def test_infinity_is_written_as_a_call_of_float():
    trajectory = run("lbfgs", "beale", steps=2, tolerance_change=-math.inf)
    assert 'tolerance_change=float("-inf")' in trajectory.code()
    assert_repeats(trajectory)


@pytest.mark.parametrize("function", ["beale", "log_beale"])
def test_the_code_survives_pickling(function):
    trajectory = run("lbfgs", function, steps=3)
    assert pickle.loads(pickle.dumps(trajectory)).code() == trajectory.code()


PRIVATE_MODULE = """
    import dataclasses
    import torch

    class Sharp(torch.optim.SGD):
        def __init__(self, params, base=None, lr=0.01, **given):
            super().__init__(params, lr=lr)
            self.given = base, given

        class Nested(torch.optim.SGD):
            pass

    class og:
        pass

    def trajectory(x, y):
        return x**2 + 3 * y**2

    def bowl(x, y):
        return x**2 + 2 * y**2

    class Family:
        @staticmethod
        def of(x, y):
            return x**2 + 4 * y**2

    @dataclasses.dataclass(frozen=True)
    class Ravine:
        k: float

        def __call__(self, x, y):
            return x**2 + self.k * y**2

    def scaled_sgd(params, factor, lr):
        return torch.optim.SGD(params, lr=lr * factor)
"""


@pytest.fixture
def package(modules):
    """Import a package that exports the objects of its private module."""
    name = modules.fresh("pieces")
    modules.write(f"{name}.__init__", f"from {name}._private import *", load=False)
    modules.write(f"{name}._private", PRIVATE_MODULE)
    return modules.reimport(name)


RUNS = [
    lambda p: run(p.Sharp, "beale", steps=3, base=torch.optim.SGD, lr=0.01),
    lambda p: run(p.Sharp.Nested, "beale", steps=3, lr=0.01),
    lambda p: run(p.Sharp, (p.bowl, DOMAIN), steps=3, base=p.Sharp.Nested, others=[math.cos]),
    lambda p: run(p.Sharp, (p.trajectory, DOMAIN), steps=3, base=p.og, inf=math.inf),
    lambda p: run("adam", (p.Family.of, DOMAIN), steps=3),
    lambda p: run("adam", (p.Ravine(3.0), DOMAIN), steps=3),
    lambda p: run("adam", (partial(p.bowl), {**DOMAIN, "name": "b", "title": "B"}), steps=3),
    lambda p: run(partial(p.scaled_sgd, factor=2), "beale", steps=3, lr=0.01),
    lambda p: run(partial(p.Sharp, base=p.og), "beale", steps=3, lr=0.01),
    lambda p: run(p.scaled_sgd, rotated((p.bowl, DOMAIN), 30), steps=3, factor=2, lr=0.01),
    lambda p: run(p.Sharp, "beale", steps=3, hparams={"lambda": p.bowl, "a b": 1, "steps": 2}),
]


def test_another_process_repeats_runs_of_importable_objects(package, modules):
    runs = [make_run(package) for make_run in RUNS]
    codes = [trajectory.code() for trajectory in runs]
    assert not [code for code in codes if code.startswith("#") or "_private" in code]
    lines = ["import sys", f"sys.path.insert(0, {str(modules.folder)!r})"]
    for code in codes:
        lines += [
            "namespace = {}",
            f"exec({code.removesuffix('og.animate(trajectory).show()')!r}, namespace)",
            "t = namespace['trajectory']",
            "print(t.title, t.points.tobytes().hex(), t.values.tobytes().hex())",
        ]
    done = run_code("\n".join(lines))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{t.title} {t.points.tobytes().hex()} {t.values.tobytes().hex()}" for t in runs
    ]


@pytest.mark.parametrize("make_run", RUNS)
def test_this_process_repeats_runs_of_importable_objects(make_run, package):
    assert_repeats(make_run(package))


def test_the_known_minima_of_a_function_are_written():
    fn = og.TestFunction(
        name="bb",
        title="B b",
        formula=bowl,
        domain=(-3, 3, -3, 3),
        start=(1, 1),
        minima=((0, 0),),
        minimum=0.0,
        scale="log",
        gradient_noise=og.functions.noisy("sphere", 0.1, df=3).gradient_noise,
    )
    trajectory = run("adam", fn, steps=200, lr=0.1)
    assert "og.TestFunction(" in trajectory.code()
    repeated = executed(trajectory.code())
    assert repeated.test_fn == fn
    assert str(repeated.outcome) == str(trajectory.outcome)
    assert_repeats(trajectory)


@pytest.fixture
def added():
    """Add user entries, and remove them afterwards."""
    spec = OptimizerSpec(name="theirs", title="Theirs", cls=torch.optim.SGD)
    fn = replace(FUNCTIONS["sphere"], name="theirs")
    OPTIMIZERS.add(spec)
    FUNCTIONS.add(fn)
    yield run("theirs", "theirs", steps=3, lr=0.1)
    del OPTIMIZERS._entries["theirs"], FUNCTIONS._entries["theirs"]


def test_a_comment_says_that_user_entries_must_be_added_first(added):
    assert added.code().splitlines()[:2] == [
        '# add "theirs" to OPTIMIZERS first',
        '# add "theirs" to FUNCTIONS first',
    ]
    assert_repeats(added)


def test_objects_without_a_name_are_described():
    network = torch.nn.Linear(2, 1, dtype=torch.float64)
    trajectory = run(lambda params, lr: torch.optim.SGD(params, lr=lr), (network, DOMAIN), lr=0.01)
    head = trajectory.code().splitlines()[:3]
    assert head[0] == "# define MyOptimizer, formula first"
    assert head[1].startswith("# MyOptimizer: a lambda, line ")
    assert head[2] == "# formula: of type Linear"


POINTS = [(1.0, 2.0), (0.5, -0.1), (1 / 3, 0.0)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"label": 'BFGS "quoted"', "hparams": {"lr": 0.1, "odd name": (1, math.inf)}},
        {"evaluations": [0, 4, 9]},
        {"values": [3.0, 2.0, 1.0]},
        {"gradients": [(1, 2), (3, 4), (5, 6)], "test_fn": (bowl, DOMAIN)},
        {"points": torch.tensor(POINTS, dtype=torch.bfloat16)},
        {"points": [(1, 2)] * 20},
    ],
)
def test_a_short_path_from_elsewhere_is_written_out(options):
    given = {"points": POINTS, "test_fn": "beale", **options}
    trajectory = og.Trajectory.from_points(**given)
    repeated = executed(trajectory.code())
    assert (repeated.title, repeated.dtype, repeated.steps) == (
        trajectory.title,
        trajectory.dtype,
        trajectory.steps,
    )
    assert repeated.hparams == trajectory.hparams
    np.testing.assert_array_equal(repeated.gradients, trajectory.gradients)
    assert_repeats(trajectory)


@pytest.mark.parametrize("points", [[(1, 2)] * 21, [(1, 2), (math.nan, 0)]])
@pytest.mark.parametrize("fn", ["beale", og.functions.noisy("beale", 0.1), (bowl, DOMAIN)])
def test_a_long_or_diverged_path_from_elsewhere_is_loaded_from_a_file(
    points, fn, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    trajectory = og.Trajectory.from_points(points, fn, label="L-BFGS-B (SciPy)")
    code = trajectory.code()
    comment = re.match(r"# the path was taken elsewhere; (trajectory.save\(.*?\)) keeps it", code)
    assert comment
    exec(comment[1], {"trajectory": trajectory})
    assert next(tmp_path.iterdir()).name.startswith("l-bfgs-b-scipy-on-")
    assert_repeats(trajectory)


def test_the_last_line_shows_the_animation():
    assert run("adamw", "beale", steps=1).code().splitlines()[-1] == "og.animate(trajectory).show()"
    assert callable(og.animate)
