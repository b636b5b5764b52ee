"""run() and Trajectory: arguments, recorded arrays, reproducibility, outcomes and errors."""

import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
import pytorch_optimizer
import torch
from bs4 import BeautifulSoup

from optgallery import (
    FUNCTIONS,
    OPTIMIZERS,
    OptimizerSpec,
    TestFunction,
    Trajectory,
    animate,
    run,
    sweep,
)
from optgallery.render.caption import status
from optgallery.runs.run import attempt


def paraboloid(x, y):
    return (x - 1) ** 2 + 2 * (y + 0.5) ** 2


DOMAIN = {"x0": 2.0, "y0": 1.5, "xmin": -3, "xmax": 3, "ymin": -2, "ymax": 2}


def assert_same_run(one, other):
    """Assert that two trajectories hold the same bits."""
    for name in ("points", "values", "gradients", "evaluations"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.status, one.stopped_at, one.reason) == (
        other.status,
        other.stopped_at,
        other.reason,
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_has_the_start_and_one_point_for_each_step(name):
    trajectory = run(name, "himmelblau", steps=7, lr=0.01)
    assert trajectory.status == "completed"
    assert len(trajectory) == 8
    assert trajectory.points.shape == trajectory.gradients.shape == (8, 2)
    assert trajectory.values.shape == trajectory.evaluations.shape == (8,)
    assert tuple(trajectory.points[0]) == FUNCTIONS["himmelblau"].start
    assert trajectory.evaluations[0] == 0
    assert (np.diff(trajectory.evaluations) >= 1).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_values_and_gradients_are_those_at_the_iterates(name):
    trajectory = run(name, "himmelblau", steps=5, start=(0.3, -0.7))
    fn = FUNCTIONS["himmelblau"]
    for point, value, gradient in zip(
        trajectory.points, trajectory.values, trajectory.gradients, strict=True
    ):
        p = torch.tensor(point, requires_grad=True)
        expected = fn(*p)
        expected.backward()
        assert value == expected.item()
        assert gradient.tolist() == p.grad.tolist()
    assert len({*trajectory.values}) > 1


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_same_call_gives_the_same_bits(name):
    assert_same_run(run(name, "beale", steps=30), run(name, "beale", steps=30))


def test_a_run_equals_a_plain_torch_loop():
    trajectory = run("adamw", "rosenbrock", steps=25, lr=0.05, betas=(0.8, 0.95))
    p = torch.tensor(FUNCTIONS["rosenbrock"].start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.AdamW([p], lr=0.05, betas=(0.8, 0.95))
    for expected in trajectory.points:
        assert p.tolist() == expected.tolist()
        optimizer.zero_grad()
        FUNCTIONS["rosenbrock"](*p).backward()
        optimizer.step()


@pytest.mark.parametrize(
    "optimizer", ["adamw", OPTIMIZERS["adamw"], torch.optim.AdamW], ids=["name", "entry", "class"]
)
def test_an_optimizer_may_be_a_name_an_entry_or_a_class(optimizer):
    trajectory = run(optimizer, "beale", steps=3)
    assert trajectory.optimizer is OPTIMIZERS["adamw"]
    assert_same_run(trajectory, run("adamw", "beale", steps=3))


THIRD_PARTY = ("ADOPT", "AdaBelief", "Adan", "Lion", "MADGRAD", "Prodigy", "SOAP", "SPlus", "Tiger")


@pytest.mark.parametrize("name", [*THIRD_PARTY, "ScheduleFreeAdamW"])
def test_a_third_party_class_runs_unchanged(name):
    trajectory = run(getattr(pytorch_optimizer, name), "himmelblau", steps=20)
    assert trajectory.status == "completed"
    assert trajectory.optimizer.title == name
    assert not np.array_equal(trajectory.points[0], trajectory.points[-1])
    assert np.isfinite(trajectory.values).all()


def test_the_points_of_an_averaging_optimizer_are_its_averages():
    lr, cls = 0.02, pytorch_optimizer.ScheduleFreeAdamW
    p = torch.tensor([2.0, 1.5], dtype=torch.float64, requires_grad=True)
    optimizer = cls([p], lr=lr)
    averages = [p.tolist()]
    for _ in range(6):
        optimizer.train()
        optimizer.zero_grad()
        paraboloid(*p).backward()
        optimizer.step()
        optimizer.eval()
        averages.append(p.tolist())
    assert run(cls, (paraboloid, DOMAIN), steps=6, lr=lr).points.tolist() == averages


def third_party_adahessian():
    return OptimizerSpec(
        name="third_party_adahessian",
        title="AdaHessian",
        cls=pytorch_optimizer.AdaHessian,
        create_graph=True,
    )


def test_the_global_generator_is_seeded_for_a_run_and_restored():
    # Rosenbrock has mixed second derivatives, so that the estimate depends on the draw
    torch.manual_seed(7)
    before = torch.get_rng_state()
    one = run(third_party_adahessian(), "rosenbrock", steps=10, lr=0.1, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(5)
    assert_same_run(one, run(third_party_adahessian(), "rosenbrock", steps=10, lr=0.1, seed=1))
    other = run(third_party_adahessian(), "rosenbrock", steps=10, lr=0.1, seed=2)
    assert not np.array_equal(one.points, other.points)


@pytest.mark.parametrize("domain", [DOMAIN, lambda: DOMAIN], ids=["mapping", "function"])
def test_a_function_is_passed_with_its_domain(domain):
    trajectory = run("adamw", (paraboloid, domain), steps=4, lr=0.1)
    assert trajectory.test_fn.name == "paraboloid"
    assert tuple(trajectory.points[0]) == (2.0, 1.5)
    assert trajectory.values[0] == 1.0 + 2 * 4.0
    assert trajectory.test_fn.domain == (-3, 3, -2, 2)


def test_a_test_function_object_is_used_unchanged():
    fn = TestFunction(
        name="mine", title="Mine", formula=paraboloid, domain=(-3, 3, -2, 2), start=(2.0, 1.5)
    )
    trajectory = run("adamw", fn, steps=4, lr=0.1)
    assert trajectory.test_fn is fn
    assert_same_run(trajectory, run("adamw", (paraboloid, DOMAIN), steps=4, lr=0.1))


@pytest.mark.parametrize("name", [name for name, spec in OPTIMIZERS.items() if spec.elementwise])
def test_scalars_and_vector_give_the_same_path_for_an_elementwise_optimizer(name):
    assert_same_run(
        run(name, "beale", steps=50), run(name, "beale", steps=50, coordinates="scalars")
    )


def test_scalars_and_vector_give_different_paths_for_an_optimizer_with_norms():
    vector = run("adafactor", "beale", steps=5, lr=0.1)
    scalars = run("adafactor", "beale", steps=5, lr=0.1, coordinates="scalars")
    assert scalars.coordinates == "scalars"
    assert not np.array_equal(vector.points, scalars.points)


def test_a_float32_run_is_recorded_in_float64():
    trajectory = run("adamw", "beale", steps=20, dtype=torch.float32)
    assert trajectory.dtype == "float32"
    assert trajectory.points.dtype == trajectory.values.dtype == np.float64
    for array in (trajectory.points, trajectory.values, trajectory.gradients):
        np.testing.assert_array_equal(array, array.astype(np.float32))
    assert not np.array_equal(trajectory.points, run("adamw", "beale", steps=20).points)


def test_lr_is_the_given_rate_or_the_default():
    assert run("adamw", "sphere", steps=1).lr == 1e-3
    assert run("adamw", "sphere", steps=1, lr=0.25).lr == 0.25


def test_a_notebook_shows_outcome_and_code():
    trajectory = run("adamw", "beale", lr=0.1)
    page = BeautifulSoup(trajectory._repr_html_(), "html.parser")
    assert page.caption.get_text() == trajectory.title
    facts = {row.th.get_text(): row.td.get_text() for row in page.find_all("tr")}
    assert facts["outcome"] == str(trajectory.outcome)
    assert facts["gradient evaluations"] == "200"
    x, y = trajectory.points[-1]
    assert facts["end"] == f"({x:.6g}, {y:.6g}), f = {trajectory.values[-1]:.6g}"
    assert page.pre.get_text() == trajectory.code()


def test_arrays_are_read_only_also_after_pickling():
    trajectory = run("adamw", "beale", steps=3)
    for one in (trajectory, pickle.loads(pickle.dumps(trajectory))):
        for array in (one.points, one.values, one.gradients, one.evaluations):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


@pytest.mark.parametrize("function", ["beale", "log_beale", "flower"])
def test_a_trajectory_can_be_pickled(function):
    trajectory = run("lbfgs", function, steps=3, lr=0.5)
    copy = pickle.loads(pickle.dumps(trajectory))
    assert_same_run(copy, trajectory)
    assert copy.optimizer == trajectory.optimizer
    assert copy.test_fn == trajectory.test_fn
    assert copy.hparams == {"lr": 0.5}
    assert copy.summary == trajectory.summary


def with_values(values, minimum, evaluations=None):
    """Return a trajectory with these values; everything else is arbitrary."""
    n = len(values)
    return Trajectory(
        optimizer=OPTIMIZERS["adamw"],
        test_fn=replace(FUNCTIONS["sphere"], minimum=minimum),
        hparams={},
        lr=0.1,
        points=np.zeros((n, 2)),
        values=np.array(values, dtype=float),
        gradients=np.zeros((n, 2)),
        evaluations=np.arange(n) if evaluations is None else np.array(evaluations),
        steps=n - 1,
    )


@pytest.mark.parametrize(
    ("values", "minimum", "tau", "cost"),
    [
        ([10, 5, 0.0625, 0], 0.0, 0.5, 1),  # equality is enough: 10 - 5 >= .5 (10 - 0)
        ([10, 5.0625, 0.0625, 0], 0.0, 0.5, 2),
        ([10, 0.0101, 0.01, 0.02], 0.0, 1e-3, 2),  # 10 - f >= .999 * 10
        ([6, -1, -1.99, -1.993], -2.0, 1e-3, 3),  # 6 - f >= .999 * 8
        ([10, 5, 3], 0.0, 1e-3, None),
        ([10, 0, 0], None, 1e-3, None),
        ([0, 1, 2], 0.0, 1e-3, 0),  # the start is the minimum
        ([10, np.nan, 0], 0.0, 1e-3, 2),
    ],
)
def test_evaluations_to_solve_apply_the_test_of_more_and_wild(values, minimum, tau, cost):
    assert with_values(values, minimum).evaluations_to_solve(tau) == cost


def test_a_run_from_the_minimum_is_solved_after_0_evaluations():
    assert str(run("adamw", "levi_n13", steps=1, start=(1.0, 1.0)).outcome) == (
        "solved after 0 gradient evaluations"
    )
    assert with_values([0.0, 1.0], 0.0).evaluations_to_solve() == 0


def test_the_cost_counts_gradient_evaluations_not_steps():
    assert with_values([10, 1, 0], 0.0, evaluations=[0, 7, 31]).evaluations_to_solve() == 31


def test_lower_values_outside_the_domain_do_not_count_as_solved():
    table = FUNCTIONS["holder_table"]  # falls without bound beyond its corners
    t = run("rmsprop", table, lr=1.0)
    assert table.lower_outside
    assert np.abs(t.points[1]).max() > 10
    assert t.values[1] < table.minimum
    assert t.evaluations_to_solve() is None
    enlarged = replace(t, test_fn=replace(table, domain=(-1e9, 1e9, -1e9, 1e9)))
    assert enlarged.evaluations_to_solve() == 1


@pytest.mark.parametrize("tau", [0, 1, -0.1, 2])
def test_a_tolerance_outside_its_range_is_rejected(tau):
    with pytest.raises(ValueError, match=f"tau must lie between 0 and 1, got {tau}"):
        with_values([1, 0], 0.0).evaluations_to_solve(tau)


@pytest.mark.parametrize(
    ("values", "kind"),
    [([10, 0], "solved"), ([10, 0, 99], "solved"), ([10, 9], "unsolved"), ([10, 11], "climbed")],
)
def test_the_kind_of_outcome_depends_on_the_last_value_unless_the_function_was_solved(values, kind):
    assert with_values(values, 0.0).outcome.kind == kind


def test_a_diverged_run_has_the_kind_diverged():
    assert run("sgd", "beale", lr=1.0).outcome.kind == "diverged"


def test_outcomes_are_described_in_words():
    assert str(with_values([10, 0], 0.0).outcome) == "solved after 1 gradient evaluation"
    assert str(with_values([10, 5, 0], 0.0).outcome) == "solved after 2 gradient evaluations"
    assert str(with_values([10, 5, 6], 0.0).outcome) == "not solved in 2 steps, f from 10 to 6"
    assert str(with_values([10, 5, 1e70], 0.0).outcome) == "climbed from 10 to 1e+70 in 2 steps"
    trajectory = run("adamw", "beale", steps=2, lr=0.1)
    assert trajectory.title == "AdamW on Beale, lr 0.1"
    assert trajectory.summary == f"{trajectory.title}: {trajectory.outcome}"
    assert repr(trajectory) == f"<Trajectory: {trajectory.summary}>"


PAIR = (lambda x, y: torch.stack([x, y]), DOMAIN)


@pytest.mark.parametrize(
    ("optimizer", "test_fn", "options", "error", "text"),
    [
        ("adamv", "beale", {}, ValueError, "unknown optimizer 'adamv'; did you mean 'adam' or"),
        ("adamw", "Beal", {}, ValueError, "unknown test function 'Beal'; did you mean 'beale'"),
        (dict, "beale", {}, TypeError, "must be a name, an OptimizerSpec or a torch.optim.Optim"),
        (None, "beale", {}, TypeError, "optimizer must be a name.*got None"),
        ("adamw", 3, {}, TypeError, r"test_fn must be a name.*got int: 3"),
        ("adamw", "beale", {"steps": 0}, ValueError, "steps must be a whole number >= 1, got 0"),
        ("adamw", "beale", {"steps": -5}, ValueError, "steps must be .* got -5"),
        ("adamw", "beale", {"steps": 2.5}, ValueError, "steps must be .* got 2.5"),
        ("adamw", "beale", {"steps": True}, ValueError, "steps must be .* got True"),
        (
            "adamw",
            "beale",
            {"start": (np.nan, 0)},
            ValueError,
            r"start must be finite, got \(nan, 0.0\)",
        ),
        (
            "adamw",
            "beale",
            {"start": (0, np.inf)},
            ValueError,
            r"start must be finite, got \(0.0, inf\)",
        ),
        (
            "adamw",
            "beale",
            {"start": (1e39, 0), "dtype": torch.float32},
            ValueError,
            r"start must be finite in torch.float32, got \(1e\+39, 0.0\)",
        ),
        ("adamw", "beale", {"start": (1, 2, 3)}, ValueError, "start must be two numbers"),
        ("adamw", "beale", {"start": "ab"}, ValueError, "start must be two numbers.*got 'ab'"),
        ("adamw", "beale", {"dtype": torch.int64}, ValueError, "floating point.*got torch.int64"),
        ("adamw", "beale", {"dtype": "float32"}, ValueError, "floating point.*got 'float32'"),
        (
            "adamw",
            "beale",
            {"coordinates": "tensors"},
            ValueError,
            '"vector" or "scalars", got .tens',
        ),
        ("adamw", "beale", {"lr": -1.0}, ValueError, "AdamW refuses lr=-1.0"),
        ("adamw", "beale", {"betas": (2, 0)}, ValueError, r"AdamW refuses betas=\(2, 0\)"),
        ("adamw", "beale", {"beta": (0, 0)}, TypeError, "no hyper-parameter 'beta'; did you mean"),
        ("adamw", "beale", {"zeal": 1}, TypeError, "no hyper-parameter 'zeal'; it takes lr, betas"),
        ("adamw", (paraboloid, {**DOMAIN, "xmin": 3}), {}, ValueError, "xmin < xmax"),
        ("adamw", (paraboloid, {**DOMAIN, "ymin": 5}), {}, ValueError, "ymin < ymax"),
        (
            "adamw",
            (paraboloid, {**DOMAIN, "x0": np.nan}),
            {},
            ValueError,
            "must be finite, got .nan",
        ),
        ("adamw", (paraboloid, {"xmin": 0}), {}, ValueError, "domain lacks x0, y0, xmax, ymin"),
        ("adamw", (paraboloid, [0, 1]), {}, TypeError, "domain of a .* pair must be a mapping"),
        ("adamw", PAIR, {}, ValueError, "one value for each point"),
        ("adamw", (lambda *_: 3.0, DOMAIN), {}, TypeError, "must return a tensor, got float"),
        (
            "adamw",
            (lambda x, y: x.detach() + y.detach(), DOMAIN),
            {},
            ValueError,
            r"must depend on x and y in a way that autograd can follow.*without detach\(\)",
        ),
        (
            pytorch_optimizer.AdaHessian,
            "beale",
            {},
            ValueError,
            "AdaHessian differentiates the gradient once more; run OptimizerSpec.*create_graph",
        ),
        (
            pytorch_optimizer.SAM,
            "beale",
            {},
            ValueError,
            "SAM refuses its defaults: .*base_optimizer",
        ),
    ],
)
def test_invalid_arguments_are_rejected_with_advice(optimizer, test_fn, options, error, text):
    with pytest.raises(error, match=text):
        run(optimizer, test_fn, **options)


def test_an_optimizer_object_is_rejected_with_the_advice_to_pass_its_class():
    optimizer = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=0.1)
    with pytest.raises(TypeError, match="pass the class and its hyper-parameters instead"):
        run(optimizer)


def entry(formula):
    domain = (-2.0, 2.0, -2.0, 2.0)
    return TestFunction(name="mine", title="Mine", formula=formula, domain=domain, start=(1, 1))


@pytest.mark.parametrize(
    ("formula", "error", "text"),
    [
        (lambda x, y: torch.stack([x, y]), ValueError, "mine.* must return one value for each"),
        (lambda x, y: 1.0, TypeError, "must return a tensor, got float"),
        (None, TypeError, "the formula of mine must be a function of x and y, got None"),
        (lambda x, y: x + 1j * y, TypeError, "must return real numbers, got torch.complex128"),
        (lambda x: x**2, ValueError, r"must return one value for each point, but .* shape \(2,\)"),
        (lambda x, y, z: x, TypeError, "mine must take two arguments, x and y: missing a required"),
    ],
)
def test_an_invalid_formula_of_a_test_function_is_rejected(formula, error, text):
    with pytest.raises(error, match=text):
        run("adamw", entry(formula), steps=1)


@pytest.mark.parametrize("seed", ["a", None, 1.5, -1, 2**63, True])
def test_a_seed_must_be_a_whole_number(seed):
    text = re.escape(f"seed must be a whole number from 0 to {2**63 - 1}, got {seed!r}")
    with pytest.raises(ValueError, match=text):
        run("adamw", steps=1, seed=seed)


def test_an_optimizer_of_matrices_rejects_scalars():
    with pytest.raises(ValueError, match=r'Muon needs one parameter of shape \(1, 2\).*"vector"'):
        run("muon", "sphere", steps=1, coordinates="scalars")


def test_a_linear_function_causes_no_warning_about_curvature():
    trajectory = run("adahessian", entry(lambda x, y: x + 2 * y), steps=2, lr=1e-5)
    assert trajectory.values[-1] < trajectory.values[0]


class FailsAtStep(torch.optim.SGD):
    """SGD that raises a given exception at a given step."""

    def __init__(self, params, lr=0.1, error=None, at=0):
        super().__init__(params, lr=lr)
        self.error, self.left = error, at
        if error and not at:
            raise error

    def step(self, closure=None):
        self.left -= 1
        if self.error and not self.left:
            raise self.error
        return super().step(closure)


def failing(error=None, at=0):
    defaults = {"error": error, "at": at}
    return OptimizerSpec(name="failing", title="FailsAtStep", cls=FailsAtStep, defaults=defaults)


@pytest.mark.parametrize("spec", [OPTIMIZERS["adahessian"], OPTIMIZERS["lbfgs"], failing()])
@pytest.mark.parametrize(("function", "lr"), [("beale", 0.1), ("himmelblau", 30.0)])
def test_an_attempt_that_succeeds_equals_a_run(spec, function, lr):
    fn = FUNCTIONS[function]
    attempted, expected = attempt(spec, fn, steps=9, lr=lr), run(spec, fn, steps=9, lr=lr)
    assert_same_run(attempted, expected)
    assert (attempted.hparams, attempted.lr, attempted.steps) == (
        expected.hparams,
        expected.lr,
        expected.steps,
    )


@pytest.mark.parametrize("at", [1, 2, 6])
def test_an_attempt_that_fails_keeps_the_path_up_to_the_exception(at):
    error = LookupError("  nothing there\nbut more lines  ")
    failed = attempt(failing(error, at), FUNCTIONS["beale"], steps=9, lr=0.01)
    whole = run("sgd", "beale", steps=9, lr=0.01)
    assert len(failed) == at
    for name in ("points", "values", "gradients", "evaluations"):
        np.testing.assert_array_equal(getattr(failed, name), getattr(whole, name)[:at])
    assert (failed.status, failed.outcome.kind, failed.stopped_at) == ("failed", "failed", at)
    assert str(failed.outcome) == f"failed at step {at}: LookupError: nothing there"
    assert failed.summary == f"FailsAtStep on Beale, lr 0.01: {failed.outcome}"
    assert failed.outcome.mark == f"! step {at}"
    assert failed.steps == 9
    with pytest.raises(LookupError, match="nothing there"):
        run(failing(error, at), "beale", steps=9, lr=0.01)


def test_a_failed_run_is_failed_even_if_it_had_solved_the_function():
    failed = attempt(failing(LookupError("late"), 60), FUNCTIONS["sphere"], steps=80, lr=0.1)
    assert failed.evaluations_to_solve() == 16
    assert failed.outcome.kind == "failed"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("no memory"), "RuntimeError: no memory"),
        (AssertionError(), "AssertionError"),
        (ValueError("lr is too large"), "ValueError: lr is too large"),
    ],
)
def test_the_reason_includes_type_and_message_of_the_exception(error, reason):
    assert attempt(failing(error, 2), FUNCTIONS["beale"], steps=9, lr=0.01).reason == reason


CONSTRUCTION_ERROR = (
    "ValueError: FailsAtStep refuses error=KeyError('lr'), at=0, lr=0.5: KeyError: 'lr'"
)


def test_an_attempt_that_fails_at_construction_has_only_its_start():
    fn = FUNCTIONS["himmelblau"]
    failed = attempt(failing(KeyError("lr")), fn, steps=9, lr=0.5)
    assert failed.points.tolist() == [list(fn.start)]
    assert failed.values.tolist() == [fn(*fn.start)]
    assert failed.evaluations.tolist() == [0]
    assert str(failed.outcome) == f"failed at step 0: {CONSTRUCTION_ERROR}"
    assert (failed.lr, failed.hparams) == (0.5, {"lr": 0.5})


def test_the_reason_is_the_exception_even_if_the_function_is_undefined_at_the_start():
    fn = replace(FUNCTIONS["log_beale"], start=FUNCTIONS["beale"].minima[0])
    failed = attempt(failing(KeyError("lr")), fn, steps=9, lr=0.5)
    assert str(failed.outcome) == f"failed at step 0: {CONSTRUCTION_ERROR}"
    assert failed.values[0] == -np.inf


def undefined_at_two(x, y):
    if bool((x == 2.0).any()):
        raise ArithmeticError("not at two")
    return x**2 + y**2


def test_a_formula_that_raises_at_its_start_diverges_in_an_attempt_and_is_rejected_by_run():
    fn = TestFunction(
        name="undefined_at_two",
        title="Undefined",
        formula=undefined_at_two,
        domain=(-3, 3, -3, 3),
        start=(2.0, 1.0),
    )
    failed = attempt(OPTIMIZERS["sgd"], fn, steps=3, lr=0.1)
    assert (
        str(failed.outcome) == "diverged at step 0: the function raised ArithmeticError: not at two"
    )
    assert failed.points.tolist() == [[2.0, 1.0]]
    assert np.isnan(failed.values).all()
    text = "failed at its start .*: not at two; start it where it is defined"
    with pytest.raises(ValueError, match=text):
        run("sgd", fn, steps=3, lr=0.1)
    with pytest.raises(ValueError, match=text):
        sweep("sgd", [fn, "sphere"], [0.1], steps=3)


def test_keyboard_interrupt_propagates():
    with pytest.raises(KeyboardInterrupt):
        attempt(failing(KeyboardInterrupt(), 2), FUNCTIONS["beale"], steps=9, lr=0.01)


def test_a_failed_run_has_a_caption_and_can_be_pickled_and_animated():
    failed = attempt(failing(LookupError("lost"), 3), FUNCTIONS["beale"], steps=9, lr=0.01)
    assert "failed" not in status(failed, 1)
    for step in (2, 9):
        assert status(failed, step) == "failed at step 3: LookupError: lost"
        assert status(failed, step, 1) == "failed at step 3"
    assert pickle.loads(pickle.dumps(failed)).summary == failed.summary
    assert len(list(animate(failed, size=120).frames())) >= 3


def test_a_division_by_zero_in_an_update_is_a_divergence():
    trajectory = attempt(
        failing(ZeroDivisionError("by 0"), 2), FUNCTIONS["beale"], steps=9, lr=0.01
    )
    assert str(trajectory.outcome) == "diverged at step 2: the update failed: by 0"
