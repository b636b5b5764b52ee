"""What the pages of schedules say: their formulas, their surprises, and their runs in words."""

import ast
import re
import textwrap
import warnings
from math import cos, pi

import numpy as np
import pytest
import torch
from pages import GALLERY, away, page, slopes, step_lengths, text
from torch.optim import SGD, AdamW, lr_scheduler
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

NAMES = sorted(path.stem.removeprefix("plot_lr_") for path in GALLERY.glob("schedules/*.py"))


def variables(name):
    """Return the variables of a schedule's page."""
    return page(f"lr_{name}").variables


def optimizer(lr=0.1, cls=SGD, **hparams):
    return cls([torch.nn.Parameter(torch.zeros(1))], lr=lr, **hparams)


def rates(make, updates=30, metric=None, of=None):
    """Return the rates of the usual loop: a step of the schedule after each update."""
    of = of or optimizer()
    scheduler, found = make(of), []
    for _ in range(updates):
        found.append(float(of.param_groups[0]["lr"]))
        of.step()
        scheduler.step(*([] if metric is None else [metric]))
    return np.array(found)


def test_every_schedule_of_torch_has_a_page():
    classes = {
        name
        for name, cls in vars(lr_scheduler).items()
        if isinstance(cls, type) and issubclass(cls, LRScheduler) and not name.startswith("_")
    }
    assert set(NAMES) == classes - {"LRScheduler"} | {"SWALR"}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_titled_as_its_class_and_says_what_is_to_be_known(name):
    words = ast.get_docstring(ast.parse(text(f"lr_{name}")))
    assert words.startswith(f"{name}\n{'=' * len(name)}\n")
    module = "swa_utils" if name == "SWALR" else "lr_scheduler"
    assert f":Class: `torch.optim.{module}.{name}\n" in words
    assert "\n:Needs to know: " in words
    assert ".. math::" in words


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_sections_in_order(name):
    headings = re.findall(r"^# (.+)\n# -+$", text(f"lr_{name}"), re.MULTILINE)
    assert headings == ["What surprises", "At work", "In a training loop"]


SCHEDULED = {
    "ChainedScheduler": "warmed",
    "ConstantLR": "warmed",
    "CosineAnnealingLR": "falling",
    "CosineAnnealingWarmRestarts": "restarted",
    "CyclicLR": "cycled",
    "ExponentialLR": "enough",
    "LambdaLR": "falling",
    "LinearLR": "warmed",
    "MultiStepLR": "falling",
    "OneCycleLR": "cycled",
    "PolynomialLR": "squared",
    "ReduceLROnPlateau": "falling",
    "SWALR": "kept",
    "SequentialLR": "warmed",
    "StepLR": "runs[1]",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_of_a_page_give_a_training_loop_the_rates_of_its_curve(name):
    (lines,) = re.findall(
        r"^# \.\. code-block:: python\n#\n((?:#    .*\n)+)", text(f"lr_{name}"), re.MULTILINE
    )
    if name in SCHEDULED:
        run = eval(SCHEDULED[name], variables(name))
        expected, values, lr = run.lrs, run.values, run.lr
    else:
        assert name == "MultiplicativeLR"
        expected, values, lr = 0.1 * 0.98 ** np.arange(100), np.zeros(101), 0.1
    trained, found = optimizer(lr, momentum=0.9), []

    def update(number):
        found.append(trained.param_groups[0]["lr"])
        trained.step()
        return values[number + 1]

    scope = {**vars(lr_scheduler), "SWALR": SWALR, "optimizer": trained, "update": update}
    scope["batches"] = range(len(expected))
    with warnings.catch_warnings(action="error"):
        exec(textwrap.dedent(re.sub("^#", "", lines, flags=re.MULTILINE)), scope)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def cosine(t, base, length, low=0.0):
    return low + (base - low) / 2 * (1 + cos(pi * t / length))


def triangle(t, low, high, half):
    x = abs(t / half - 2 * np.floor(1 + t / (2 * half)) + 1)
    return low + (high - low) * max(0, 1 - x)


def one_cycle(t, high, total):
    top, end = 0.3 * total - 1, total - 1
    if t <= top:
        return high + (high / 25 - high) / 2 * (1 + cos(pi * t / top))
    low = high / 250_000
    return low + (high - low) / 2 * (1 + cos(pi * (t - top) / (end - top)))


def product(t):
    return np.prod([1 / (1 + i / 10) for i in range(1, t + 1)])


def plateau(run, lr=0.1, factor=0.5):
    """Return the rates of a run whose values it knows, by the rule on the page."""
    best, bad, found = np.inf, 0, [lr]
    for value in run.values[1:-1]:
        better = value < (1 - 1e-4) * best
        best, bad = (value, 0) if better else (best, bad + 1)
        if bad == 11:
            lr, bad = lr * factor, 0
        found.append(lr)
    return found


def warm(t):
    return min(0.01 + 0.99 * t / 20, 1)


FORMULAS = [
    ("ChainedScheduler", "warmed", lambda t: 0.02 * warm(t) * 0.98**t),
    ("ConstantLR", "warmed", lambda t: 0.02 * (0.1 if t < 10 else 1)),
    ("CosineAnnealingLR", "falling", lambda t: cosine(t, 0.3, 200)),
    ("CosineAnnealingLR", "longer", lambda t: cosine(t, 0.3, 200)),
    ("CosineAnnealingWarmRestarts", "restarted", lambda t: cosine(t % 25, 0.5, 25)),
    (
        "CosineAnnealingWarmRestarts",
        "doubled",
        lambda t: next(cosine(t - s, 0.5, n) for s, n in ((75, 100), (25, 50), (0, 25)) if t >= s),
    ),
    ("CyclicLR", "cycled", lambda t: triangle(t, 0.003, 0.3, 20)),
    ("ExponentialLR", "short", lambda t: 0.1 * 0.95**t),
    ("LambdaLR", "falling", lambda t: 0.05 / (1 + t / 10)),
    ("LinearLR", "warmed", lambda t: 0.02 * (1 / 3 + 2 / 3 * min(t / 5, 1))),
    ("LinearLR", "decayed", lambda t: 0.02 * (1 - t / 200)),
    ("MultiStepLR", "falling", lambda t: 0.1 * 0.1 ** ((t >= 50) + (t >= 100))),
    ("MultiplicativeLR", "of_last", lambda t: 0.1 * product(t)),
    ("OneCycleLR", "cycled", lambda t: one_cycle(t, 0.03, 200)),
    ("PolynomialLR", "default", lambda t: 0.3 * (1 - min(t / 5, 1))),
    ("PolynomialLR", "squared", lambda t: 0.3 * (1 - t / 200) ** 2),
    ("SWALR", "kept", lambda t: cosine(min(t, 50), 0.1, 50, 0.02)),
    ("SequentialLR", "warmed", lambda t: 0.005 * (warm(t) if t < 20 else cosine(t - 20, 1, 180))),
    ("SequentialLR", "twice", lambda t: 0.002 * 0.98 ** (t % 100)),
    ("StepLR", "runs[2]", lambda t: 0.3 * 0.5 ** (t // 50)),
]


@pytest.mark.parametrize(
    ("name", "run", "rate"), FORMULAS, ids=[f"{n}, {r}" for n, r, _ in FORMULAS]
)
def test_the_rates_are_those_of_the_pages_formula(name, run, rate):
    trajectory = eval(run, variables(name))
    expected = [rate(t) for t in range(len(trajectory) - 1)]
    np.testing.assert_allclose(trajectory.lrs, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("run", ["falling", "kept"])
def test_a_plateau_ends_as_the_page_says(run):
    trajectory = variables("ReduceLROnPlateau")[run]
    np.testing.assert_allclose(trajectory.lrs, plateau(trajectory))


def test_the_cosine_rises_again():
    longer, falling = (variables("CosineAnnealingLR")[run] for run in ("longer", "falling"))
    assert (np.diff(longer.lrs[:201]) < 0).all()
    assert (np.diff(longer.lrs[200:]) > 0).all()
    assert longer.lrs[-1] == pytest.approx(0.3, rel=1e-3)
    assert away(longer)[200] == away(falling)[200]
    assert away(longer)[-50:].min() > 20 * away(longer)[200]


def test_restarts_find_better_minima_and_an_unfinished_cycle_finds_none():
    once, restarted, doubled = page("lr_CosineAnnealingWarmRestarts").runs
    ends = restarted.points[[25, 50, 75, 100]]
    assert np.abs(ends - ends.round()).max() < 0.05
    assert len(np.unique(ends.round(), axis=0)) == 4
    assert (np.diff(restarted.values[[25, 50, 75, 100]]) < 0).all()
    assert np.abs(once.points[-1] - once.points[-1].round()).max() < 0.05
    assert once.values[-1] > 100 * restarted.values[-1]
    assert doubled.lrs[-1] > 0.8 * doubled.lrs[0]
    assert doubled.values[-1] > once.values[-1]


@pytest.mark.parametrize(
    ("make", "first", "low"),
    [
        (lambda o, **k: OneCycleLR(o, max_lr=0.1, total_steps=100, **k), 0.95, 0.85),
        (lambda o, **k: CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=50, **k), 0.9, 0.8),
    ],
    ids=["OneCycleLR", "CyclicLR"],
)
def test_a_cycle_overwrites_rate_and_momentum(make, first, low):
    plain = optimizer(lr=7.0)
    assert plain.param_groups[0]["momentum"] == 0
    with warnings.catch_warnings(action="error"):
        scheduler = make(plain)
    momenta = []
    for _ in range(99):
        momenta.append(plain.param_groups[0]["momentum"])
        plain.step()
        scheduler.step()
    assert momenta[0] == first
    assert min(momenta) == pytest.approx(low, abs=2e-3)
    assert max(rates(make, 99, of=optimizer(lr=7.0))) <= 0.1 + 1e-12
    adam = optimizer(cls=AdamW, betas=(0.5, 0.999))
    make(adam)
    assert adam.param_groups[0]["betas"] == (first, 0.999)
    kept = optimizer()
    make(kept, cycle_momentum=False)
    assert kept.param_groups[0]["momentum"] == 0


def test_one_cycle_is_left_by_one_step_after_each_update():
    plain = optimizer()
    scheduler = OneCycleLR(plain, max_lr=0.1, total_steps=50, anneal_strategy="linear")
    for _ in range(50):
        plain.step()
        scheduler.step()
    assert plain.param_groups[0]["lr"] < 0
    with pytest.raises(ValueError, match="Tried to step 51 times"):
        scheduler.step()


def test_a_state_of_cyclic_lr_is_loaded_once():
    state = CyclicLR(optimizer(), 0.01, 0.1).state_dict()
    CyclicLR(optimizer(), 0.01, 0.1).load_state_dict(state)
    with pytest.raises(KeyError, match="_scale_fn_custom"):
        CyclicLR(optimizer(), 0.01, 0.1).load_state_dict(state)


def test_adam_leaves_a_local_minimum_in_a_cycle():
    constant, cycled = page("lr_CyclicLR").runs
    assert constant.outcome.kind == "unsolved"
    assert np.hypot(*constant.gradients[-1]) < 0.1
    assert cycled.outcome.kind == "solved"


@pytest.mark.parametrize(
    "name", ["ChainedScheduler", "ConstantLR", "LinearLR", "OneCycleLR", "SequentialLR"]
)
def test_momentum_diverges_without_a_warm_up_and_solves_the_function_with_it(name):
    constant, warmed, *_ = page(f"lr_{name}").runs
    assert constant.outcome.kind == "diverged"
    assert warmed.outcome.kind == "solved"
    assert constant.lr == warmed.lr


def test_below_zero_there_are_no_plateaus():
    def make(o, **options):
        return ReduceLROnPlateau(o, patience=3, factor=0.5, **options)

    assert rates(make, metric=1.0)[-1] < 0.01
    assert (rates(make, metric=-1.0) == 0.1).all()
    assert rates(lambda o: make(o, threshold_mode="abs"), metric=-1.0)[-1] < 0.01
    worse = iter(-1 + 5e-5 * np.arange(100))
    plain = optimizer()
    scheduler = make(plain)
    for value in worse:  # a little worse each time
        plain.step()
        scheduler.step(value)
    assert plain.param_groups[0]["lr"] == 0.1
    falling, kept = (variables("ReduceLROnPlateau")[run] for run in ("falling", "kept"))
    assert falling.lrs[-1] < 1e-4
    lowest = kept.values.argmin()
    assert len(kept) - lowest > 5 * 10  # updates without an improvement
    assert (kept.lrs[lowest:] == 0.0125).all()
    same = np.flatnonzero(falling.lrs != kept.lrs)[0]
    np.testing.assert_allclose(falling.points[: same + 1], kept.points[: same + 1], atol=1e-9)


def test_a_falling_rate_lets_signum_and_lion_come_close():
    for name, constant, falling in (
        ("ReduceLROnPlateau", "constant", "falling"),
        ("CosineAnnealingLR", "constant", "falling"),
        ("StepLR", "runs[0]", "runs[1]"),
        ("MultiStepLR", "constant", "falling"),
    ):
        still, close = (eval(run, variables(name)) for run in (constant, falling))
        assert away(close)[-1] < away(still)[-1] / 20
        assert step_lengths(still)[-1] > 0.5 * still.lr
    runs = variables("StepLR")["runs"]
    assert away(runs[1])[-1] < away(runs[2])[-1] < away(runs[0])[-1]


def test_a_milestone_that_is_no_whole_number_is_passed_by():
    assert set(rates(lambda o: MultiStepLR(o, [200 / 3]), 200)) == {0.1}
    assert rates(lambda o: MultiStepLR(o, [5, 5]), 10)[-1] == pytest.approx(0.001)


def test_a_constant_rate_is_a_third_for_five_updates_and_0_cannot_end():
    np.testing.assert_allclose(rates(ConstantLR, 7), [0.1 / 3] * 5 + [0.1] * 2)
    plain = optimizer()
    scheduler = ConstantLR(plain, factor=0, total_iters=2)
    plain.step()
    scheduler.step()
    with pytest.raises(ZeroDivisionError):
        scheduler.step()


def test_the_slope_is_less_when_the_full_rate_begins():
    for name, begins in (("ConstantLR", 10), ("LinearLR", 5), ("SequentialLR", 20)):
        constant, warmed, *_ = page(f"lr_{name}").runs
        assert constant.values[1] > constant.values[0]
        assert warmed.lrs[begins] == pytest.approx(warmed.lr)
        assert slopes(warmed)[begins] < slopes(warmed)[0] / 2
    _, cycled = page("lr_OneCycleLR").runs
    assert cycled.lrs.argmax() == 59
    assert cycled.values[60] < 0.01 * cycled.values[0]
    assert slopes(cycled)[60] < 0.01 * slopes(cycled)[0]
    warmed = variables("ChainedScheduler")["warmed"]
    assert warmed.lrs.max() < 0.02


def test_another_warm_up_diverges():
    def longer(o):
        return LinearLR(o, start_factor=0.1, total_iters=10)

    assert og.run("momentum", "beale", lr=0.02, schedule=longer).outcome.kind == "diverged"
    with pytest.raises(ValueError, match="Starting multiplicative factor"):
        LinearLR(optimizer(), start_factor=0.0)
    ended = rates(lambda o: LinearLR(o, 1.0, 0.0, total_iters=10), 20)
    np.testing.assert_allclose(ended[10:], 0, atol=1e-15)


def test_an_exponential_decay_goes_only_so_far():
    short, enough = (variables("ExponentialLR")[run] for run in ("short", "enough"))
    assert short.lrs.sum() == pytest.approx(0.1 / (1 - 0.95), rel=1e-3)
    np.testing.assert_allclose(short.points[-1] - short.points[0], 2, rtol=1e-3)
    np.testing.assert_allclose(enough.points[-1], (3, 2), atol=2e-3)
    assert np.abs(enough.points[-1] - enough.points[0]) == pytest.approx([3, 4.5], abs=2e-3)
    assert enough.lrs.sum() == pytest.approx(5, rel=0.02)


def test_a_polynomial_ends_after_five_updates_unless_told():
    default, squared = (variables("PolynomialLR")[run] for run in ("default", "squared"))
    assert (default.points[5:] == default.points[5]).all()
    assert (np.diff(default.points[:6], axis=0) != 0).any(axis=1).all()
    assert squared.evaluations_to_solve() < 40
    assert step_lengths(squared)[-1] < 1e-4


def test_a_function_is_a_factor_of_the_base_rate_or_of_the_last():
    plain = optimizer()
    scheduler = LambdaLR(plain, lambda t: 1.0)
    plain.param_groups[0]["lr"] = 7.0
    plain.step()
    scheduler.step()
    assert plain.param_groups[0]["lr"] == 0.1
    assert LambdaLR(optimizer(), lambda t: 0.5).state_dict()["lr_lambdas"] == [None]
    asked = []
    rates(lambda o: MultiplicativeLR(o, lambda t: asked.append(t) or 1.0), 4)
    assert asked == [1, 2, 3, 4]
    ratio = rates(lambda o: MultiplicativeLR(o, lambda t: (10 + t - 1) / (10 + t)))
    np.testing.assert_allclose(ratio, rates(lambda o: LambdaLR(o, lambda t: 1 / (1 + t / 10))))
    of_base, of_last = (variables("MultiplicativeLR")[run] for run in ("of_base", "of_last"))
    assert of_base.outcome.kind == "solved"
    assert (of_last.points[40:] == of_last.points[-1]).all()


def test_a_falling_rate_removes_noise():
    constant, falling = page("lr_LambdaLR").runs
    late = slice(100, None)
    assert away(falling)[late].max() < away(constant)[late].mean()
    constant, kept = page("lr_SWALR").runs
    averaged = variables("SWALR")["averaged"]
    assert away(averaged)[-1] < away(kept)[-1] < away(constant)[-1]
    np.testing.assert_allclose(averaged.points[-1], kept.points[100:].mean(axis=0))
    assert step_lengths(averaged)[-50:].max() < step_lengths(kept)[-50:].mean()


def test_swalr_without_annealing_sets_the_rate_when_it_is_made():
    plain = optimizer()
    SWALR(plain, swa_lr=0.02, anneal_epochs=0)
    assert plain.param_groups[0]["lr"] == 0.02
    np.testing.assert_allclose(rates(lambda o: SWALR(o, 0.02), 12)[-2:], 0.02)


def test_a_sequence_begins_each_schedule_from_the_base_rate():
    twice = variables("SequentialLR")["twice"]
    assert twice.lrs[100] == pytest.approx(twice.lrs[0])
    assert twice.lrs[99] < 0.2 * twice.lrs[100]

    def warm_up_and_cycle(o):
        warm_up = LinearLR(o, start_factor=0.1, total_iters=4)
        return SequentialLR(o, [warm_up, OneCycleLR(o, 0.5, total_steps=20)], [4])

    assert rates(warm_up_and_cycle, 10)[0] == pytest.approx(0.1 * 0.5 / 25)


SETTERS = {
    LambdaLR: lambda o: LambdaLR(o, lambda t: 0.9**t),
    CyclicLR: lambda o: CyclicLR(o, 0.01, 0.1, step_size_up=7),
    OneCycleLR: lambda o: OneCycleLR(o, 0.1, total_steps=40),
    CosineAnnealingWarmRestarts: lambda o: CosineAnnealingWarmRestarts(o, 7),
}


@pytest.mark.parametrize("make", SETTERS.values(), ids=[cls.__name__ for cls in SETTERS])
def test_a_chain_forgets_what_stands_before_a_schedule_that_sets_the_rate(make):
    chained = rates(lambda o: ChainedScheduler([ExponentialLR(o, 0.9), make(o)]))
    np.testing.assert_allclose(chained[1:], rates(make)[1:])


def test_a_chain_multiplies_the_factors_of_the_others():
    others = [
        lambda o: StepLR(o, 7),
        lambda o: MultiStepLR(o, [5, 11]),
        lambda o: LinearLR(o, 0.1, total_iters=9),
        lambda o: ConstantLR(o, 0.1, total_iters=9),
        lambda o: PolynomialLR(o, total_iters=40),
        lambda o: CosineAnnealingLR(o, 40),
        lambda o: MultiplicativeLR(o, lambda t: 0.95),
    ]
    for make in others:
        chained = rates(lambda o, make=make: ChainedScheduler([make(o), ExponentialLR(o, 0.9)]))
        np.testing.assert_allclose(chained, rates(make) * 0.9 ** np.arange(30))


def test_a_warm_up_behind_a_lambda_jumps_above_the_base_rate():
    warmed, spiked = (variables("ChainedScheduler")[run] for run in ("warmed", "spiked"))
    assert spiked.lrs[0] == warmed.lrs[0]
    assert spiked.lrs[1] > 5 * spiked.lr
    assert (warmed.lrs < warmed.lr).all()
