"""Claims about runs on the pages of AdamW, NAdam, QHAdam, SWATS and Yogi."""

import numpy as np
import pytest
from pages import away, cell, moves, runs, solves, step_lengths, turns

import optgallery as og
from optgallery.optim import SWATS

HIMMELBLAU = min(og.FUNCTIONS["himmelblau"].minima, key=lambda p: np.hypot(p[0] - 3.6, p[1] + 1.8))


def test_the_decay_pulls_adam_past_easoms_hole_and_adamw_falls_into_it():
    adam, adamw = runs("opt_adamw")
    pull = np.linalg.norm(0.1 * adam.points[0]) / np.linalg.norm(adam.gradients[0])
    assert pull == pytest.approx(10, rel=0.05)
    assert np.abs(moves(adam)[:10]).mean() == pytest.approx(adam.lr, rel=0.05)
    assert away(adam, (0, 0))[-1] < 1e-3
    assert adam.values.min() > -0.01
    assert (adamw.points[-1] < np.pi).all()
    assert 0.01 < away(adamw)[-1] < 0.05


def test_the_decay_helps_towards_the_origin_and_hinders_elsewhere():
    shown = [fn for fn in og.FUNCTIONS.values() if fn.variant_of is None]
    at_origin = [fn for fn in shown if fn.minima and np.hypot(*fn.minima[0]) == 0]
    assert len(at_origin) / len(shown) == pytest.approx(1 / 3, abs=0.04)
    ackley = cell("adam", "ackley", 0.3)
    assert step_lengths(ackley)[-1] < 1e-3
    assert ackley.outcome.kind == "unsolved"
    assert og.run("adamw", "rosenbrock", lr=1.0, weight_decay=0).outcome.kind == "solved"
    decayed = cell("adamw", "rosenbrock", 1)
    left = moves(decayed)[-1]
    assert (left > 0).all()
    assert (left < 0.2 * 0.01 * decayed.points[-2]).all()


def test_weight_decay_bounds_the_coordinates_and_leads_to_another_minimum():
    decays = og.sweep("adamw", "himmelblau", across={"weight_decay": [0, 0.1, 0.3, 1]}, jobs=1)
    for (_, _, lr, decay), run in decays.items():
        if decay and lr >= 0.1:
            assert step_lengths(run)[-1] < 0.02 * lr
            assert np.abs(run.points[-1]).max() < 1.1 / decay
        if decay == 1 and lr >= 0.1:
            assert run.points[-1] == pytest.approx((1, 1), abs=0.1)
    minima = og.FUNCTIONS["himmelblau"].minima
    assert np.abs(minima).max(axis=1).min() > 2
    plain, decayed = (decays["adamw", "himmelblau", 0.3, decay] for decay in (0, 0.1))
    assert decayed.evaluations_to_solve() < plain.evaluations_to_solve() / 2
    plain_end, decayed_end = (
        min(minima, key=lambda place: away(run, place)[-1]) for run in (plain, decayed)
    )
    assert np.hypot(*decayed_end) < np.hypot(*plain_end)


def test_adam_circles_himmelblaus_minimum_and_nadam_does_not():
    adam, nadam = runs("opt_nadam")
    assert turns(adam, HIMMELBLAU) > 2
    assert turns(nadam, HIMMELBLAU) < 1
    assert step_lengths(nadam)[-1] < 1e-3
    for function, lr in (("himmelblau", 0.3), ("booth", 1)):
        assert (
            cell("nadam", function, lr).evaluations_to_solve()
            < cell("adam", function, lr).evaluations_to_solve()
        )


def test_nadam_jumps_between_walls_at_a_large_rate_and_stays_in_a_local_minimum():
    points = cell("nadam", "himmelblau", 1).points[20:]
    assert np.abs(points[2:] - points[:-2]).max() < 0.05
    assert np.linalg.norm(points[1:] - points[:-1], axis=1).min() > 0.7
    nadam, adam = (cell(name, "goldstein_price", 0.3) for name in ("nadam", "adam"))
    assert np.abs(nadam.gradients[-1]).max() < 1e-6
    # gradient descent in small steps from where Adam comes closest ends there
    place = tuple(adam.points[away(adam, nadam.points[-1]).argmin()])
    creep = og.run("sgd", "goldstein_price", lr=2e-5, start=place, steps=2000)
    assert creep.points[-1] == pytest.approx(nadam.points[-1], abs=1e-3)
    assert adam.outcome.kind == "solved"


def test_qhadam_turns_in_time_with_a_share_of_the_newest_gradient():
    long_average, default, adam = runs("opt_qhadam")
    same = og.run("adam", "himmelblau", lr=0.3, steps=100, betas=(0.995, 0.999))
    assert np.abs(long_average.points - same.points).max() < 1e-9
    assert long_average.points[:, 0].max() > HIMMELBLAU[0] + 0.5
    assert step_lengths(long_average)[-1] > 0.02
    assert turns(default, HIMMELBLAU) < 1
    assert away(default)[-1] < 1e-3
    same = og.run("adam", "himmelblau", lr=0.3, steps=100)
    assert np.abs(adam.points - same.points).max() < 1e-12
    assert turns(adam, HIMMELBLAU) > 2


def test_qhadam_beside_adam_at_large_rates_and_on_the_way_back():
    assert not solves("adam", "beale", 1)
    himmelblau = [cell(name, "himmelblau", 1).evaluations_to_solve() for name in ("qhadam", "adam")]
    assert himmelblau[1] > 3 * himmelblau[0]
    far = [cell(name, "sphere", 0.1).points[:, 0].max() for name in ("adam", "qhadam")]
    assert far[1] > 10 * far[0]


def switched(function, **options):
    """Run SWATS, and return the run with the step and the rate of its switch, or None."""
    found = []

    class Watched(SWATS):
        def step(self, closure=None):
            before = self.param_groups[0]["phase"]
            loss = super().step(closure)
            group = self.param_groups[0]
            if group["phase"] != before:
                found.append((group["step"], group["sgd_lr"]))
            return loss

    trajectory = og.run(Watched, function, **options)
    return trajectory, found[0] if found else None


def test_swats_stays_adam_at_its_default_and_switches_with_a_wider_test():
    default, wider, _ = runs("opt_swats")
    assert switched("himmelblau", lr=0.3, steps=60)[1] is None
    adam = og.run("adam", "himmelblau", lr=0.3, steps=60)
    assert np.abs(default.points - adam.points).max() < 1e-6
    assert turns(default, HIMMELBLAU) > 2
    same, (step, _) = switched("himmelblau", lr=0.3, steps=60, eps=1e-4)
    assert (same.points == wider.points).all()
    assert step == 20
    assert step_lengths(wider)[20] < 0.2 * step_lengths(wider)[19]  # the momentum is gone
    first, g = moves(wider)[20], wider.gradients[20]
    assert -first @ g / np.hypot(*first) / np.hypot(*g) == pytest.approx(1)
    x, y = (wider.points[25:] - np.array(HIMMELBLAU)).T
    assert np.abs(y).max() < 0.03
    assert x.min() < -0.1 < 0.1 < x.max()


def test_a_negative_rate_makes_swats_climb():
    *_, climbing = runs("opt_swats")
    same, (step, rate) = switched("beale", lr=0.3, eps=1e-3)
    assert (same.points[: len(climbing)] == climbing.points).all()
    assert step == 49
    assert rate < 0
    assert climbing.values[49] > climbing.values[48]
    assert (np.diff(climbing.values[49:]) > 0).all()
    assert same.stopped_at == len(moves(climbing)) + 9


def test_of_91_runs_of_swats_two_switch_and_end_higher_than_adam():
    functions = ["ackley", "beale", "booth", "bukin_n6", "easom", "flower", "goldstein_price"]
    functions += ["himmelblau", "levi_n13", "matyas", "rastrigin", "rosenbrock", "sphere"]
    tried = [(function, lr) for function in functions for lr in og.LEARNING_RATES]
    found = {(function, lr): switched(function, lr=lr) for function, lr in tried}
    steps = {key: switch[0] for key, (_, switch) in found.items() if switch}
    assert len(tried) == 91
    assert steps == {("himmelblau", 0.001): 3, ("goldstein_price", 0.001): 2}
    assert all(found[key][0].values[-1] > cell("adam", *key).values[-1] for key in steps)


def test_yogis_steps_shrink_where_adam_forgets_and_on_a_floor_too():
    adam, yogi, adam_on_the_floor, slow = runs("opt_yogi")
    assert np.linalg.norm(adam.points - yogi.points, axis=1)[:11].max() < 0.3
    assert step_lengths(adam)[-50:].mean() > 0.05
    assert step_lengths(yogi)[-50:].max() < 1e-3
    assert adam_on_the_floor.outcome.kind == "solved"
    assert slow.outcome.kind == "unsolved"
    assert step_lengths(slow)[30:100].mean() < step_lengths(adam_on_the_floor)[30:100].mean() / 2
    easom = [cell(name, "easom", 1) for name in ("yogi", "adam")]
    assert step_lengths(easom[0])[0] < 0.6 * step_lengths(easom[1])[0]
