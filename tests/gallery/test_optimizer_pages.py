"""Claims that all pages of optimizers share: successes and failures, defaults, steps."""

import re
from inspect import signature

import numpy as np
import pytest
import torch
from pages import SCRIPTS, cell, moves, text

import optgallery as og
from optgallery import optim

OTHERWISE = {
    "ademamix zakharov 0.03": "only ends lower than Adam",
    "asgd sphere 1": "only comes closer than SGD",
    "muon rosenbrock 0.1": "is solved, and left again",
    "radam ackley 0.1": "is told beside the rate that shines",
}
"""Cells mentioned for other reasons than success or failure; other tests cover them."""


def claims():
    """Yield each cell that shines or fails according to its page, and its comparison."""
    for name in SCRIPTS:
        prose = re.sub(r"\n# ?", "\n", text(name))
        for paragraph in re.split(r"\n\s*\n", prose) if name.startswith("opt_") else ():
            kind = re.match(r"\*\*It (shines|fails)\*\*", paragraph)
            if not kind or "and **it fails**" in paragraph:  # both as another optimizer does
                continue
            peers = {
                tuple(rest): peer
                for peer, *rest in re.findall(r":\w+:`(\w+) (\w+) ([\d.]+)`", paragraph)
                if peer != name.removeprefix("opt_")
            }
            for asked in re.findall(r":cell:`([^`]+)`", paragraph):
                if asked in OTHERWISE:
                    continue
                optimizer, *rest = asked.split()
                function, value = rest if len(rest) == 2 else (*rest, None)
                shines, peer = kind[1] == "shines", peers.get(tuple(rest))
                yield pytest.param(optimizer, function, value, shines, peer, id=asked)


@pytest.mark.parametrize(("optimizer", "function", "value", "shines", "peer"), list(claims()))
def test_a_cell_that_shines_is_solved_and_one_that_fails_is_not_or_is_slower(
    optimizer, function, value, shines, peer
):
    value = None if value is None else float(value)
    run = cell(optimizer, function, value)
    cost = run.evaluations_to_solve() or np.inf
    rival = (cell(peer, function, value).evaluations_to_solve() or np.inf) if peer else np.inf
    if shines:
        assert run.outcome.kind == "solved"
        assert cost < rival or not peer
    else:
        assert run.outcome.kind != "solved" or cost > rival


DEFAULTS = [
    (torch.optim.Adam, "betas", (0.9, 0.999)),
    (torch.optim.Adadelta, "rho", 0.9),
    (torch.optim.Adadelta, "eps", 1e-6),
    (torch.optim.Adagrad, "lr_decay", 0),
    (torch.optim.AdamW, "weight_decay", 0.01),
    (torch.optim.ASGD, "t0", 1e6),
    (torch.optim.ASGD, "lambd", 1e-4),
    (torch.optim.Muon, "momentum", 0.95),
    (torch.optim.Muon, "weight_decay", 0.1),
    (torch.optim.NAdam, "momentum_decay", 0.004),
    (torch.optim.RMSprop, "alpha", 0.99),
    (torch.optim.RMSprop, "momentum", 0),
    (torch.optim.Rprop, "etas", (0.5, 1.2)),
    (torch.optim.Rprop, "step_sizes", (1e-6, 50)),
    (optim.AdaMod, "beta3", 0.999),
    (optim.Adan, "betas", (0.98, 0.92, 0.99)),
    (optim.Adan, "weight_decay", 0),
    (optim.AdEMAMix, "alpha", 2),
    (optim.AdEMAMix, "betas", (0.9, 0.999, 0.9999)),
    (optim.AdEMAMix, "alpha_warmup", 0),
    (optim.ADOPT, "betas", (0.9, 0.9999)),
    (optim.AggMo, "betas", (0.0, 0.9, 0.99)),
    (optim.CautiousAdamW, "xi", 0),
    (optim.DAdaptAdam, "lr", 1),
    (optim.DAdaptAdam, "d0", 1e-6),
    (optim.DoG, "lr", 1),
    (optim.DoG, "reps_rel", 1e-6),
    (optim.LARS, "trust_coefficient", 0.001),
    (optim.Lion, "betas", (0.9, 0.99)),
    (optim.Lookahead, "k", 5),
    (optim.Lookahead, "alpha", 0.5),
    (optim.MARS, "gamma", 0.025),
    (optim.MARS, "betas", (0.95, 0.99)),
    (optim.NovoGrad, "betas", (0.95, 0.98)),
    (optim.Prodigy, "lr", 1),
    (optim.Prodigy, "d0", 1e-6),
    (optim.PSGDKron, "max_rms", 1.1),
    (optim.QHAdam, "nus", (0.7, 1)),
    (optim.QHAdam, "betas", (0.995, 0.999)),
    (optim.QHM, "momentum", 0.999),
    (optim.QHM, "nu", 0.7),
    (optim.ScheduleFreeAdamW, "warmup_steps", 0),
    (optim.ScheduleFreeSGD, "momentum", 0.9),
    (optim.ScheduleFreeSGD, "warmup_steps", 0),
    (optim.Signum, "momentum", 0.9),
    (optim.Signum, "weight_decay", 0),
    (optim.SOAP, "betas", (0.95, 0.95)),
    (optim.Sophia, "betas", (0.96, 0.99)),
    (optim.Sophia, "gamma", 0.01),
    (optim.Sophia, "update_period", 10),
    (optim.StableAdamW, "betas", (0.9, 0.99)),
    (optim.SWATS, "eps", 1e-9),
    (optim.Tiger, "beta", 0.965),
    (optim.Tiger, "weight_decay", 0.01),
]


@pytest.mark.parametrize(("cls", "name", "value"), DEFAULTS)
def test_a_default_is_what_its_page_says(cls, name, value):
    assert signature(cls).parameters[name].default == value


def test_the_gallery_departs_from_two_defaults_as_the_pages_say():
    assert og.OPTIMIZERS["sophia"].defaults["gamma"] == 1
    assert og.OPTIMIZERS["lars"].defaults["trust_coefficient"] == 1


def on_a_plane(name, slope=1.0, **options):
    """Run on a plane, where the gradient is constant, and return the steps along x."""
    box = {"x0": 1, "y0": 1, "xmin": -1, "xmax": 2, "ymin": -1, "ymax": 2}
    trajectory = og.run(name, ((lambda x, y: slope * (x + y)), box), **options)
    return -moves(trajectory)[:, 0]


STEADY = [
    ("adam", {}, {1: 1, 200: 1}),
    ("adabelief", {"steps": 1000}, {1: 1 / 0.9, 100: 5, 1000: 20}),
    ("adagrad", {}, {1: 1, 100: 1 / 10}),
    ("adamod", {}, {1: 0.001, 106: 0.1, 200: 0.18}),
    ("rmsprop", {}, {1: 10, 100: 1.25}),
    ("momentum", {}, {1: 1, 200: 10}),
    ("aggmo", {"steps": 1500}, {1500: 37}),
    ("qhm", {"nu": 1}, {200: 0.18}),
    ("novograd", {}, {200: 20 / np.sqrt(2)}),
    ("diffgrad", {}, {200: 0.5}),
]


@pytest.mark.parametrize(("name", "options", "multiples"), STEADY, ids=[s[0] for s in STEADY])
def test_on_a_steady_slope_steps_grow_or_shrink_as_the_page_says(name, options, multiples):
    steps = on_a_plane(name, lr=0.01, **options) / 0.01
    for number, multiple in multiples.items():
        assert steps[number - 1] == pytest.approx(multiple, rel=0.02)


def test_the_distance_covered_with_equal_gradients():
    assert on_a_plane("adagrad", lr=0.01).sum() / 0.01 == pytest.approx(27, abs=0.2)
    assert on_a_plane("adadelta", lr=1.0).sum() < 1
    assert on_a_plane("adam", lr=0.1).sum() == pytest.approx(20, rel=1e-3)


@pytest.mark.parametrize(("name", "factor"), [("madgrad", 10), ("adam", 1), ("sgd", 1000)])
def test_the_first_step_where_the_gradient_is_a_thousand_times_as_large(name, factor):
    low, high = (on_a_plane(name, slope, lr=0.1, steps=1)[0] for slope in (1.0, 1000.0))
    assert high / low == pytest.approx(factor, rel=1e-3)


def test_what_limits_adabelief_adabound_and_adahessian_on_a_plane():
    for options, weight in (({}, 3.2e-7), ({"eps": 1e-8}, 0.0032)):
        steps = on_a_plane("adabelief", 1e-14, lr=1, steps=50, **options)
        assert 1e-14 / steps == pytest.approx(weight, rel=0.02)
    for slope, rate in ((1e-6, 0.6), (1e6, 0.017)):  # at the upper bound, and at the lower
        steps = on_a_plane("adabound", slope, lr=1.0)
        assert steps[-1] / slope == pytest.approx(rate, rel=0.03)


@pytest.mark.filterwarnings("ignore:no gradient depends on the parameters")
def test_adahessian_divides_by_its_epsilon_on_a_plane():
    assert on_a_plane("adahessian", 2.0, steps=3) == pytest.approx(1500 * 2.0)
