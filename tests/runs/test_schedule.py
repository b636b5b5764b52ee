"""Learning-rate schedules: rates and points equal those of a plain loop, for every class."""

import re
from functools import partial

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adam, AdamW, Optimizer, lr_scheduler
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import SWALR

import optgallery as og
from optgallery import FUNCTIONS, run

STEPS = 60


def decaying(step):
    return 0.95**step


def warm_up_and_cosine(optimizer, warm_up=10):
    return SequentialLR(
        optimizer,
        [
            LinearLR(optimizer, start_factor=0.1, total_iters=warm_up),
            CosineAnnealingLR(optimizer, T_max=STEPS - warm_up),
        ],
        milestones=[warm_up],
    )


CLASSES = {
    LambdaLR: partial(LambdaLR, lr_lambda=decaying),
    MultiplicativeLR: partial(MultiplicativeLR, lr_lambda=lambda step: 1 - 1 / (step + 5)),
    StepLR: partial(StepLR, step_size=7, gamma=0.5),
    MultiStepLR: partial(MultiStepLR, milestones=[5, 20], gamma=0.3),
    ConstantLR: ConstantLR,
    LinearLR: LinearLR,
    ExponentialLR: partial(ExponentialLR, gamma=0.97),
    SequentialLR: warm_up_and_cosine,
    PolynomialLR: partial(PolynomialLR, total_iters=STEPS, power=2.0),
    CosineAnnealingLR: partial(CosineAnnealingLR, T_max=STEPS),
    ChainedScheduler: lambda o: ChainedScheduler([ConstantLR(o, 0.1, 5), ExponentialLR(o, 0.9)]),
    ReduceLROnPlateau: partial(ReduceLROnPlateau, patience=1, threshold=0.2, factor=0.5),
    CyclicLR: partial(CyclicLR, base_lr=0.001, max_lr=0.02, step_size_up=9),
    CosineAnnealingWarmRestarts: partial(CosineAnnealingWarmRestarts, T_0=8, T_mult=2),
    OneCycleLR: partial(OneCycleLR, max_lr=0.02, total_steps=STEPS),
    SWALR: partial(SWALR, swa_lr=0.001, anneal_epochs=20),
}
COMPOSED = {
    "three phases": lambda o: SequentialLR(
        o,
        [LinearLR(o, 0.2, total_iters=5), ConstantLR(o, 1.0), PolynomialLR(o, 30)],
        milestones=[5, 30],
    ),
    "nested": lambda o: SequentialLR(
        o, [ChainedScheduler([LinearLR(o, 0.2), ExponentialLR(o, 0.9)]), StepLR(o, 4)], [12]
    ),
    "then averaged": lambda o: SequentialLR(o, [StepLR(o, 5), SWALR(o, 0.002, 8)], [30]),
    "one cycle, linear": partial(
        OneCycleLR, max_lr=0.02, total_steps=STEPS, anneal_strategy="linear"
    ),
    "one cycle, three phases": partial(
        OneCycleLR, max_lr=0.02, epochs=3, steps_per_epoch=STEPS // 3, three_phase=True
    ),
    "until 0": partial(LinearLR, start_factor=1.0, end_factor=0.0, total_iters=20),
}


def loop(build, make, steps=STEPS, function="booth"):
    """Return the rates and points of a plain training loop with torch's scheduler."""
    f = FUNCTIONS[function].formula
    p = torch.nn.Parameter(torch.tensor(FUNCTIONS[function].start, dtype=torch.float64))
    optimizer = build([p])
    scheduler = make(optimizer)

    def closure():
        optimizer.zero_grad()
        loss = f(*p)
        loss.backward()
        return loss

    needs_closure = isinstance(optimizer, torch.optim.LBFGS)
    lrs, points = [], [p.tolist()]
    for step in range(steps):
        lrs.append(float(optimizer.param_groups[0]["lr"]))
        closure()
        optimizer.step(*([closure] if needs_closure else []))
        points.append(p.tolist())
        if step < steps - 1:
            metric = [f(*p).item()] if isinstance(scheduler, ReduceLROnPlateau) else []
            scheduler.step(*metric)
    return np.array(lrs), np.array(points)


def test_every_scheduler_class_of_torch_is_tested():
    found = {
        cls
        for cls in vars(lr_scheduler).values()
        if isinstance(cls, type) and issubclass(cls, LRScheduler)
    }
    assert found - {LRScheduler, lr_scheduler._LRScheduler} == CLASSES.keys() - {SWALR}


# torch issues this warning without a cause for a chain in a sequence
@pytest.mark.filterwarnings("ignore:Detected call of .lr_scheduler.step")
@pytest.mark.parametrize(
    "build",
    [
        partial(SGD, lr=0.01, momentum=0.9),
        partial(AdamW, lr=0.01),
        partial(Adam, lr=torch.tensor(0.01, dtype=torch.float64)),
    ],
    ids=["SGD", "AdamW", "Adam, tensor"],
)
@pytest.mark.parametrize(
    "make", [*CLASSES.values(), *COMPOSED.values()], ids=[c.__name__ for c in CLASSES] + [*COMPOSED]
)
def test_rates_and_points_equal_those_of_a_plain_loop(make, build, request):
    lr = build.keywords["lr"]
    hparams = {**build.keywords, "lr": lr.clone() if isinstance(lr, torch.Tensor) else lr}
    lrs, points = loop(partial(build.func, **hparams), make)
    t = run(build.func, "booth", steps=STEPS, schedule=make, **build.keywords)
    name, difference = request.node.callspec.id, np.abs(t.lrs - lrs).max()
    print(f"{name:40} {len(lrs)} rates, differing by {difference:g}")  # noqa: T201  (shown with -s)
    np.testing.assert_array_equal(t.lrs, lrs)
    np.testing.assert_array_equal(t.points, points)
    assert len(np.unique(lrs)) > 1
    assert t.lr == pytest.approx(0.01)


@pytest.mark.parametrize(
    "name", ["lbfgs", "adahessian", "schedule_free_adamw", "lookahead", "muon"]
)
def test_a_schedule_changes_the_steps_of_every_kind_of_entry(name):
    constant, halved = (
        run(name, "rosenbrock", steps=10, lr=0.01, schedule=lambda step, k=k: k ** (step > 4))
        for k in (1.0, 0.5)
    )
    np.testing.assert_array_equal(
        constant.points, run(name, "rosenbrock", steps=10, lr=0.01).points
    )
    np.testing.assert_array_equal(constant.points[:6], halved.points[:6])
    assert (constant.points[6] != halved.points[6]).any()
    assert halved.lrs.tolist() == [0.01] * 5 + [0.005] * 5


def test_an_optimizer_with_a_closure_takes_the_path_of_a_plain_loop():
    make = partial(ExponentialLR, gamma=0.8)
    lrs, points = loop(partial(torch.optim.LBFGS, lr=0.5), make, 8)
    t = run(torch.optim.LBFGS, "booth", steps=8, lr=0.5, schedule=make)
    np.testing.assert_array_equal(t.points, points)
    np.testing.assert_array_equal(t.lrs, lrs)


class NamesItsClosure(SGD):
    def step(self, fn):
        with torch.enable_grad():
            fn()
        return super().step()


def test_step_gets_the_same_arguments_as_without_a_schedule():
    plain = run(NamesItsClosure, "beale", steps=5, lr=0.01)
    scheduled = run(NamesItsClosure, "beale", steps=5, lr=0.01, schedule=lambda step: 1.0)
    np.testing.assert_array_equal(plain.points, scheduled.points)
    np.testing.assert_array_equal(plain.evaluations, scheduled.evaluations)


class Counts(StepLR):
    """Count the steps of all objects, without the initial one of the constructor."""

    steps = 0

    def step(self, epoch=None):
        super().step(epoch)
        Counts.steps += not self._is_initial


def test_a_schedule_is_stepped_after_each_update_except_the_last(monkeypatch):
    monkeypatch.setattr(Counts, "steps", 0)
    run("sgd", "booth", steps=9, lr=0.01, schedule=partial(Counts, step_size=3))
    assert Counts.steps == 8


def test_a_function_of_the_step_is_called_once_for_each_update():
    steps = []

    def factor(step):
        steps.append(step)
        return 1 / (1 + step)

    t = run("sgd", "booth", steps=5, lr=0.1, schedule=factor)
    assert steps == [0, 1, 2, 3, 4]
    assert t.lrs.tolist() == [0.1 * (1 / (1 + step)) for step in range(5)]


@pytest.mark.parametrize("number", [np.float64, np.float32, torch.tensor, int, bool, np.bool_])
def test_a_factor_may_be_any_real_number(number):
    t = run("sgd", "booth", steps=4, lr=0.1, schedule=lambda step: number(int(step) < 2))
    np.testing.assert_allclose(t.lrs, [0.1, 0.1, 0, 0])


def test_a_metric_is_the_value_at_the_new_iterate():
    received = []

    class RecordsMetrics(ReduceLROnPlateau):
        def step(self, metrics, epoch=None):
            received.append(metrics)
            super().step(metrics, epoch)

    t = run("sgd", "booth", steps=6, lr=0.1, schedule=RecordsMetrics)
    assert received == t.values[1:6].tolist()


def test_a_run_with_a_schedule_takes_all_steps():
    t = run("sgd", "booth", steps=30, lr=0.01, schedule=lambda step: float(step >= 20))
    assert (t.points[:21] == t.points[0]).all()
    assert (t.points[21] != t.points[0]).any()


@pytest.mark.parametrize(
    "make",
    [partial(StepLR, step_size=2, gamma=0.5), lambda o: StepLR(o, 2, 0.5), decaying],
    ids=["class", "factory", "factor"],
)
def test_every_start_has_its_own_schedule(make):
    starts = [(1.0, 2.0), (-3.0, 0.5), (4.0, 4.0)]
    runs = run("adam", "booth", start=starts, steps=9, lr=0.1, schedule=make)
    for start, t, lrs in zip(starts, runs, runs.lrs, strict=True):
        alone = run("adam", "booth", start=start, steps=9, lr=0.1, schedule=make)
        np.testing.assert_array_equal(t.points, alone.points)
        np.testing.assert_array_equal(t.lrs, alone.lrs)
        np.testing.assert_array_equal(lrs, alone.lrs)
        assert t.title == alone.title
    assert runs.lrs.shape == (3, 9)
    assert runs[1:].lrs.shape == (2, 9)
    with pytest.raises(ValueError, match="read-only"):
        runs.lrs[0, 0] = 1


def test_rates_after_the_end_of_a_run_are_nan():
    starts = [(0.1, 0.1), (3e4, 3e4)]
    runs = run("sgd", "beale", start=starts, steps=5, lr=0.1, schedule=decaying)
    assert len(runs[1]) < 6
    assert np.isfinite(runs.lrs[1]).sum() == len(runs[1].lrs) == len(runs[1]) - 1
    plain = run("sgd", "beale", start=starts, steps=5, lr=0.1)
    np.testing.assert_array_equal(np.isnan(plain.lrs), np.isnan(runs.lrs))


def test_without_a_schedule_lrs_are_the_given_rate():
    assert run("sgd", "booth", steps=3, lr=0.1).lrs.tolist() == [0.1] * 3
    assert run("adam", "booth", steps=3).lrs.tolist() == [0.001] * 3
    assert np.isnan(run(Scheduled, "booth", steps=3, lr=(0.1, 0.2)).lrs).tolist() == [True] * 3
    t = run("sgd", "booth", steps=3, lr=0.1)
    assert t.recorded_lrs is None
    with pytest.raises(ValueError, match="read-only"):
        t.lrs[0] = 1


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (partial(CosineAnnealingLR, T_max=200), "CosineAnnealingLR(T_max=200)"),
        (lambda o: CosineAnnealingLR(o, 200), "CosineAnnealingLR(T_max=200)"),
        (ConstantLR, "ConstantLR"),
        (decaying, "decaying"),
        (partial(warm_up_and_cosine, warm_up=5), "warm_up_and_cosine(warm_up=5)"),
        (lambda step: 0.5**step, "scheduled to 0.025 by a function"),
        (
            lambda o: warm_up_and_cosine(o, 10),
            "LinearLR, then CosineAnnealingLR",
        ),
        (CLASSES[ChainedScheduler], "ConstantLR(factor=0.1) times ExponentialLR(gamma=0.9)"),
    ],
)
def test_titles_captions_and_legends_name_the_schedule(schedule, words):
    t = run("sgd", "booth", steps=3, lr=0.1, schedule=schedule)
    assert t.title == f"SGD on Booth, lr 0.1, {words}"
    assert words in og.animate(t, size=400, frames=2).alt
    legend = og.plot_loss([t, run("sgd", "booth", steps=3, lr=0.1)]).get_legend()
    # long labels are broken into lines
    assert [" ".join(text.get_text().split()) for text in legend.get_texts()] == [
        f"SGD, lr 0.1, {words}",
        "SGD, lr 0.1",
    ]


class Scheduled(Optimizer):
    """Store a rate that is not a number, is missing, or has no effect."""

    def __init__(self, params, lr=0.1, keep=True):
        super().__init__(params, {"lr": lr} if keep else {})
        self.inner = SGD(self.param_groups[0]["params"], lr=0.1)

    def step(self):
        self.inner.step()


class WithoutBase:
    """An optimizer that does not derive from torch's class."""

    def __init__(self, params, lr=0.1):
        self.param_groups = [{"params": list(params), "lr": lr}]

    def zero_grad(self):
        for p in self.param_groups[0]["params"]:
            p.grad = None

    def step(self):
        for p in self.param_groups[0]["params"]:
            p.data -= self.param_groups[0]["lr"] * p.grad


OF_ANOTHER_OPTIMIZER = StepLR(SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.1), 3)


@pytest.mark.parametrize(
    ("schedule", "kind", "words"),
    [
        (
            CosineAnnealingLR,
            TypeError,
            "CosineAnnealingLR needs T_max: give functools.partial(CosineAnnealingLR, T_max=200)",
        ),
        (
            partial(OneCycleLR, max_lr=0.1),
            TypeError,
            "needs total_steps: give functools.partial(OneCycleLR, max_lr=0.1, total_steps=200)",
        ),
        (LambdaLR, TypeError, "give functools.partial(LambdaLR, lr_lambda=...)"),
        (partial(StepLR, 30), TypeError, "the first argument of StepLR is the optimizer"),
        (partial(StepLR, step_size=3, gama=1), TypeError, "StepLR(.*) cannot be made for SGD: "),
        (
            lambda o: OneCycleLR(o, 0.1),
            ValueError,
            "You must define either total_steps .*; give total_steps=200, the steps of this run",
        ),
        (
            partial(OneCycleLR, max_lr=0.1, total_steps=100),
            ValueError,
            "covers 100 updates, and the run has steps=200: give total_steps=200",
        ),
        (
            lambda o: SequentialLR(o, [ConstantLR(o), OneCycleLR(o, 0.1, 50)], [10]),
            ValueError,
            "the 50 updates of OneCycleLR(total_steps=50) are over after 60 of the run's 200",
        ),
        (
            OF_ANOTHER_OPTIMIZER,
            TypeError,
            "a StepLR that was made for another optimizer; .*partial(StepLR",
        ),
        (
            lambda _: OF_ANOTHER_OPTIMIZER,
            ValueError,
            "a StepLR of another optimizer; .*StepLR(optimizer, ",
        ),
        ("cosine", TypeError, "schedule must be a scheduler class .*, got 'cosine'"),
        (0.5, TypeError, "or a function of the step that returns a factor, got 0.5"),
        (SGD([torch.nn.Parameter(torch.zeros(2))]), TypeError, "schedule must be a scheduler"),
        (SGD, TypeError, "SGD"),
        (dict, TypeError, "dict"),
        (
            lambda step: 1 / step,
            ValueError,
            "step 0, it raised ZeroDivisionError: .*; called with the optimizer, it raised TypeE",
        ),
        (lambda step: None, TypeError, "with step 0, it returned None; called with the optimizer"),
        (
            lambda step: 1 - step / 100,
            ValueError,
            "the schedule's factor at step 101 is -0.01.*, which makes the learning rate -0.001",
        ),
        (lambda step: -2, ValueError, "factor at step 0 is -2, which makes the learning rate -0.2"),
        (lambda step: float("nan"), ValueError, "factor at step 0 is nan"),
        (lambda step: float("inf") if step == 7 else 1, ValueError, "factor at step 7 is inf"),
        (lambda step: "x" if step else 1, TypeError, "must return a factor, .*, got x at step 1"),
        (
            lambda o: LambdaLR(o, lambda step: 1 - step / 150),
            ValueError,
            "LambdaLR sets the learning rate to -0.0006.* after 151 updates; .* which are 200",
        ),
    ],
)
def test_an_invalid_schedule_is_rejected_with_advice(schedule, kind, words):
    pattern = re.sub(r"[()]", r"\\\g<0>", words)
    with pytest.raises(kind, match=pattern):
        run("sgd", "booth", lr=0.1, schedule=schedule)


class NeedsAnEpoch(StepLR):
    def step(self, epoch):
        super().step()


@pytest.mark.filterwarnings("ignore")
def test_a_schedule_whose_step_needs_other_arguments_is_rejected():
    def make(optimizer):
        made = StepLR(optimizer, 3)
        made.__class__ = NeedsAnEpoch
        return made

    with pytest.raises(TypeError, match="make needs epoch when it is stepped"):
        run("sgd", "booth", lr=0.1, schedule=make)


@pytest.mark.parametrize(
    ("optimizer", "lr", "words"),
    [
        (Scheduled, lambda step: 0.1, "needs one number .* that of Scheduled is a function"),
        (Scheduled, (0.1, 0.2), r"needs one number .* that of Scheduled is \(0.1, 0.2\)"),
        (partial(Scheduled, keep=False), 0.1, "it keeps none in its param_groups"),
        (Scheduled, 0.1, "its steps do not depend on the lr in its param_groups"),
        (WithoutBase, 0.1, "WithoutBase does not derive from it"),
    ],
)
def test_a_class_whose_rate_a_schedule_cannot_change_is_rejected(optimizer, lr, words):
    with pytest.raises(ValueError, match=words):
        run(optimizer, "booth", lr=lr, schedule=decaying)
    assert run(optimizer, "booth", steps=2, lr=0.1).status == "completed"


def test_an_exception_of_a_schedule_is_attributed_to_it():
    def breaks(step):
        if step == 3:
            raise RuntimeError("no more")
        return 1.0

    with pytest.raises(RuntimeError, match="no more") as raised:
        run("sgd", "booth", lr=0.1, schedule=breaks)
    assert raised.value.__notes__ == ["raised by the schedule at step 4 on Booth, lr 0.1"]


def test_a_rate_slightly_below_0_by_rounding_is_accepted():
    make = partial(LinearLR, start_factor=0.1, end_factor=0.0, total_iters=4)
    assert -1e-15 < run("sgd", "booth", steps=6, lr=0.1, schedule=make).lrs[-1] < 0


def test_a_hyper_parameter_named_schedule_is_passed_in_hparams():
    class NamedLikeRun(SGD):
        def __init__(self, params, lr=0.1, schedule=1.0, prepare=0, grad_clip=0):
            super().__init__(params, lr=lr * schedule)

    t = run(NamedLikeRun, "booth", steps=3, hparams={"lr": 0.1, "schedule": 0.5})
    assert t.title == "NamedLikeRun on Booth, lr 0.1, schedule 0.5"
    assert 'hparams={"schedule": 0.5}' in t.code()
    np.testing.assert_array_equal(t.points, run("sgd", "booth", steps=3, lr=0.05).points)


@pytest.mark.parametrize(
    ("name", "way"), [("scheduler", "schedule"), ("max_norm", "grad_clip"), ("hooks", "prepare")]
)
def test_an_error_about_a_name_of_other_libraries_suggests_the_argument_of_run(name, way):
    with pytest.raises(TypeError, match=f"SGD has no hyper-parameter '{name}'; run.. takes {way}="):
        run("sgd", "booth", lr=0.1, **{name: 1})
