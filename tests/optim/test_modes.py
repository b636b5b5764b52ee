"""Every mode over every entry, compositions of modes, and what is refused."""

import copy
from itertools import product

import numpy as np
import pytest
import torch
from replay import random_gradients, replay
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ExponentialLR

import optgallery as og
from optgallery import MODES, OPTIMIZERS
from optgallery.optim import (
    MARS,
    Cautious,
    CautiousAdamW,
    Lookahead,
    MARSCorrection,
    ScheduleFreeSGD,
    ScheduleFreeWrapper,
)
from optgallery.optim.decay import has_decoupled_decay
from optgallery.optim.modes import meaningless, without_modes

PAIRS = list(product(OPTIMIZERS.values(), MODES.values()))

bowl = og.functions.shifted("sphere", dx=1.0, dy=-2.0)  # its minimum is not on a ray to the start


@pytest.mark.parametrize(
    ("spec", "mode"), PAIRS, ids=[f"{spec.name}-{mode.name}" for spec, mode in PAIRS]
)
def test_every_mode_over_every_entry_descends_or_is_refused_with_a_reason(spec, mode):
    reason = meaningless(mode, spec)
    if reason:
        with pytest.raises(ValueError, match=spec.title.replace("(", r"\(")):
            og.with_modes(spec, mode.name)
        return
    trajectory = og.run(spec, bowl, steps=20, modes=mode.name)
    assert trajectory.status == "completed"
    assert trajectory.values.min() < trajectory.values[0]
    assert trajectory.title.startswith(f"{spec.title} + {mode.title} on ")


def refused(mode):
    return {spec.name for spec in OPTIMIZERS.values() if meaningless(MODES[mode], spec)}


def test_what_each_mode_refuses():
    """Some of each: the reasons are capabilities of the entries, so that no list is complete."""
    averaging = {"schedule_free_sgd", "schedule_free_adamw", "lookahead"}
    for mode in ("cautious", "hyperball", "lookahead", "schedule_free"):
        assert refused(mode) >= averaging | {"lbfgs"}
    for mode in ("sam", "asam", "mars"):
        assert refused(mode) >= {"adahessian", "sophia", "lbfgs"}
        assert not refused(mode) & averaging
    assert refused("hyperball") >= {"prodigy", "dadapt_adam", "dog"}
    assert "rprop" in refused("cautious_decay")
    assert "newton" in refused("hyperball") & refused("schedule_free")
    assert {"adam", "lion"} <= refused("gradient_centralization")
    assert "muon" not in refused("gradient_centralization")
    for mode in MODES:
        if mode != "gradient_centralization":
            assert not refused(mode) & {"sgd", "adam", "adamw", "lion", "adabelief"}


# -- equal to the entries that exist -------------------------------------------------------------


@pytest.mark.parametrize("hparams", [{}, {"weight_decay": 0.0}, {"weight_decay": 0.3}])
@pytest.mark.parametrize("xi", [0.0, 1.0])
def test_cautious_over_adamw_is_cautious_adamw(hparams, xi):
    gradients = random_gradients(200, size=5)
    start = np.linspace(-2, 3, 5)
    ours = replay(lambda p: Cautious(AdamW(p, lr=0.1, **hparams), xi=xi), gradients, start)
    entry = replay(lambda p: CautiousAdamW(p, lr=0.1, xi=xi, **hparams), gradients, start)
    np.testing.assert_allclose(ours, entry, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.025, 1.0])
def test_mars_over_adamw_is_mars(gamma):
    gradients = random_gradients(200, size=4)
    hparams = {"lr": 0.03, "betas": (0.95, 0.99), "weight_decay": 0.1}
    start = np.linspace(-2, 3, 4)
    ours = replay(lambda p: MARSCorrection(AdamW(p, **hparams), gamma=gamma), gradients, start)
    entry = replay(lambda p: MARS(p, gamma=gamma, **hparams), gradients, start)
    np.testing.assert_allclose(ours, entry, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 1.0])
def test_schedule_free_over_sgd_is_schedule_free_sgd(beta):
    gradients = random_gradients(200)
    ours = replay(lambda p: ScheduleFreeWrapper(SGD(p, lr=0.1), beta=beta), gradients)
    entry = replay(lambda p: ScheduleFreeSGD(p, lr=0.1, momentum=beta), gradients)
    np.testing.assert_allclose(ours, entry, rtol=1e-12, atol=1e-12)


def test_schedule_free_on_a_function_has_the_path_of_the_entry():
    ours = og.run("sgd", "rosenbrock", lr=0.001, modes="schedule_free")
    entry = og.run("schedule_free_sgd", "rosenbrock", lr=0.001)
    np.testing.assert_allclose(ours.points, entry.points, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(ours.evaluations, entry.evaluations)


def test_lookahead_over_adam_is_the_entry_bit_for_bit():
    ours = og.run("adam", "beale", lr=0.1, modes="lookahead")
    entry = og.run("lookahead", "beale", lr=0.1)
    np.testing.assert_array_equal(ours.points, entry.points)


# -- composition ---------------------------------------------------------------------------------


def test_the_first_mode_is_the_innermost():
    spec = og.with_modes("adamw", ("mars", "cautious", "lookahead", "sam"))
    built = spec.build([torch.ones(2, requires_grad=True)])
    names = []
    while hasattr(built, "optimizer"):
        names.append(type(built).__name__)
        built = built.optimizer
    assert names == ["SAM", "Lookahead", "Cautious", "MARSCorrection"]
    assert isinstance(built, AdamW)


def test_the_order_of_a_gradient_and_an_update_matters():
    """Inside, MARS corrects the gradient of the step; outside, also that of the mask."""
    paths = [
        og.run("adamw", "rosenbrock", lr=0.1, modes=modes).points
        for modes in (("mars", "cautious"), ("cautious", "mars"))
    ]
    assert not np.array_equal(*paths)


def test_modes_may_be_added_one_by_one():
    once = og.with_modes("adamw", ("cautious", "schedule_free"))
    assert og.with_modes(og.with_modes("adamw", "cautious"), "schedule_free") == once


def test_no_modes_change_nothing():
    assert og.with_modes("adamw", ()) is OPTIMIZERS["adamw"]
    assert without_modes(OPTIMIZERS["adamw"]) == (OPTIMIZERS["adamw"], ())


def test_settings_are_in_name_and_title():
    spec = og.with_modes("adamw", ("cautious", ("lookahead", {"k": 10, "alpha": 0.8})))
    assert spec.title == "AdamW + cautious + Lookahead(k=10, alpha=0.8)"
    assert spec.name == "adamw+cautious+lookahead_k_10_alpha_0.8"
    run = og.run("lookahead", "sphere", steps=2, modes="sam", optimizer=SGD, lr=0.1)
    assert run.optimizer.title_with(run.hparams) == "Lookahead over SGD + SAM"


def test_capabilities_follow_from_those_of_the_parts():
    lookahead, cautious, sam = (og.with_modes("adam", m) for m in ("lookahead", "cautious", "sam"))
    assert lookahead.elementwise
    assert cautious.layerwise
    assert not sam.elementwise
    assert not sam.layerwise
    assert (sam.needs_closure, sam.evaluations_per_step) == (True, 2)
    assert og.run(sam, "booth", steps=10, lr=0.1).evaluations[-1] == 20
    assert og.run(cautious, "booth", steps=10, lr=0.1).evaluations[-1] == 10


@pytest.mark.parametrize("modes", ["lookahead", "cautious", "cautious_decay", "mars", "hyperball"])
def test_many_starts_have_the_bits_of_single_runs(modes):
    starts = [(1.0, 2.0), (-3.0, 0.5), (2.5, -1.0)]
    together = og.run("adamw", "himmelblau", start=starts, steps=30, lr=0.1, modes=modes)
    for start, run in zip(starts, together, strict=True):
        alone = og.run("adamw", "himmelblau", start=start, steps=30, lr=0.1, modes=modes)
        np.testing.assert_array_equal(run.points, alone.points)


def test_modes_of_an_entry_in_a_sweep_are_those_of_a_run(tmp_path):
    swept = og.sweep(
        ["sgd", "adamw"], "booth", [0.01, 0.1], modes="cautious", steps=30, store=tmp_path, jobs=1
    )
    for (name, fn, lr), run in swept.items():
        alone = og.run(name.removesuffix("+cautious"), fn, lr=lr, steps=30, modes="cautious")
        np.testing.assert_array_equal(run.points, alone.points)
    again = og.sweep(
        ["sgd", "adamw"], "booth", [0.01, 0.1], modes="cautious", steps=30, store=tmp_path, jobs=1
    )
    assert [run.title for run in again.values()] == [run.title for run in swept.values()]
    plain = og.sweep("adamw", "booth", [0.1], steps=30, store=tmp_path, jobs=1)
    assert not np.array_equal(
        plain["adamw", "booth", 0.1].points, swept["adamw+cautious", "booth", 0.1].points
    )


def test_the_code_repeats_the_run_and_a_file_keeps_the_modes(tmp_path):
    modes = ("cautious", ("lookahead", {"k": 10}))
    run = og.run("adamw", "beale", lr=0.1, modes=modes)
    call = (
        'og.run("adamw", "beale", modes=("cautious", ("lookahead", {"k": 10})), steps=200, lr=0.1)'
    )
    assert call in run.code()
    loaded = og.Trajectory.load(run.save(tmp_path / "run.npz"))
    assert loaded.optimizer == run.optimizer
    assert loaded.code() == run.code()


def test_a_schedule_reaches_the_innermost_optimizer():
    run = og.run(
        "sgd", "booth", lr=0.1, modes=("mars", "lookahead"), schedule=lambda step: 0.5**step
    )
    np.testing.assert_allclose(run.lrs[:3], [0.1, 0.05, 0.025])
    p = torch.ones(2, requires_grad=True)
    optimizer = og.with_modes("sgd", ("cautious", "sam")).build([p], lr=0.1)
    ExponentialLR(optimizer, 0.5)
    assert optimizer.optimizer.optimizer.param_groups[0] is optimizer.param_groups[0]


@pytest.mark.parametrize(
    "modes",
    [
        ("mars", "cautious", "lookahead"),
        ("cautious_decay", "schedule_free"),
        ("hyperball", "asam"),
        ("cautious", "schedule_free", "sam"),
    ],
)
def test_a_loaded_state_continues_bit_for_bit(modes):
    torch.manual_seed(0)
    spec = og.with_modes("adamw", modes)
    params = [torch.randn(2, 3, requires_grad=True), torch.randn(3, requires_grad=True)]
    copies = [p.detach().clone().requires_grad_() for p in params]

    def closure_of(ps, optimizer):
        def closure():
            optimizer.zero_grad()
            loss = torch.cosh(ps[0] - ps[1]).sum() + ps[1].square().sum()
            loss.backward()
            return loss

        return closure

    optimizer = spec.build(params, lr=0.05)
    for _ in range(7):
        optimizer.step(closure_of(params, optimizer))
    other = spec.build(copies, lr=0.3)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    with torch.no_grad():
        for p, copied in zip(params, copies, strict=True):
            copied.copy_(p)
    for _ in range(7):
        optimizer.step(closure_of(params, optimizer))
        other.step(closure_of(copies, other))
    assert all(torch.equal(a, b) for a, b in zip(params, copies, strict=True))


# -- weight decay --------------------------------------------------------------------------------


def test_which_weight_decay_is_decoupled():
    decoupled = {
        spec.name
        for spec in OPTIMIZERS.values()
        if spec.takes("weight_decay")
        and has_decoupled_decay(spec.build([torch.ones(spec.parameter_shape, requires_grad=True)]))
    }
    assert decoupled >= {"adamw", "lion", "cautious_adamw", "mars", "muon", "sgd"}
    assert not decoupled & {"momentum", "adam", "adan", "rmsprop", "lamb"}


def test_cautious_leaves_decay_in_the_gradient_where_it_is():
    """Adam's penalty is part of its update, which is masked as a whole."""
    gradients = random_gradients(30)
    points = replay(lambda p: Cautious(Adam(p, lr=0.1, weight_decay=0.5)), gradients)
    p = torch.tensor([2.0, 1.7], dtype=torch.float64, requires_grad=True)
    adam = Adam([p], lr=0.1, weight_decay=0.5)
    for k, g in enumerate(torch.from_numpy(gradients)):
        w = p.detach().clone()
        p.grad = g.clone()
        adam.step()
        u = w - p.detach()
        mask = (u * g > 0).double()
        with torch.no_grad():
            p.copy_(w - u * mask * 2 / mask.sum().clamp(min=2e-3))
        np.testing.assert_allclose(points[k + 1], p.detach(), rtol=1e-12)


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        (("cautious", "cautious"), "the mode 'cautious' is given twice"),
        (("lookahead", "schedule_free"), "contradict each other: both average the iterates"),
        (("sam", "asam"), "both choose where the gradient is evaluated"),
        (("cautious_decay", "hyperball"), "Hyperball keeps the norm, so that nothing decays"),
        (("hyperball", "lookahead"), "on a sphere, which an average leaves"),
        (("schedule_free", "cautious"), "'cautious' must come before 'schedule_free'"),
        (("sam", "lookahead"), "'lookahead' must come before 'sam'"),
        ("lookahed", "unknown mode 'lookahed'; did you mean 'lookahead'?"),
        (("lookahead", {"k": 0}), "k must be a whole number >= 1, got 0"),
        (("sam", {"rho": -1}), "rho must be >= 0, got -1"),
    ],
)
def test_modes_that_cannot_be_combined_are_refused(modes, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        og.run("adamw", "sphere", steps=2, modes=modes)


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        (
            ("lookahead", {"steps": 5}),
            "the mode 'lookahead' has no setting 'steps'; it takes k, al",
        ),
        (("hyperball", {"radius": 5}), "has no setting 'radius'; it takes none"),
        (3, "modes must be names in MODES, such as"),
        ((3,), "a mode must be a name in MODES, or a name with settings"),
        ((Lookahead(SGD([torch.ones(1)], lr=0.1)),), "a mode must be a name in MODES"),
    ],
)
def test_what_is_no_mode_is_refused(modes, message):
    with pytest.raises(TypeError, match=message):
        og.with_modes("adamw", modes)


def test_settings_of_an_optimizer_that_is_constructed_already_are_refused():
    inner = SGD([torch.ones(1, requires_grad=True)], lr=0.1)
    with pytest.raises(TypeError, match="SGD is constructed already, with its own settings; got m"):
        Cautious(inner, momentum=0.9)
    with pytest.raises(ValueError, match="has none"):
        og.optim.CautiousDecay(torch.optim.Rprop([torch.ones(1, requires_grad=True)]))
