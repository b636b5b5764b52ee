"""Claims about runs on the pages of Adam's successors, from AdEMAMix to StableAdamW."""

import numpy as np
import pytest
from pages import away, cell, moves, runs, solves, step_lengths

import optgallery as og


def second_moments(trajectory, beta2):
    """Return Adam's corrected second moment before each step."""
    v, found = np.zeros(2), []
    for t, g in enumerate(trajectory.gradients[:-1], start=1):
        v = beta2 * v + (1 - beta2) * g**2
        found.append(v / (1 - beta2**t))
    return np.array(found)


def test_ademamixs_slow_average_speeds_up_on_a_floor_and_does_not_stop():
    adam, default, slow, _, overshooting = runs("opt_ademamix")
    same = og.run("adam", "rosenbrock", lr=0.1)
    assert np.abs(adam.points - same.points).max() < 1e-12
    assert 0 < default.points[-1, 0] - adam.points[-1, 0] < 0.05
    early, late = slice(0, 50), slice(100, 200)
    lengths = [step_lengths(t) for t in (adam, slow)]
    assert 1 < lengths[1][early].sum() / lengths[0][early].sum() < 1.2
    assert lengths[1][late].sum() > 1.5 * lengths[0][late].sum()
    beyond = away(overshooting)[overshooting.evaluations_to_solve() :]
    assert beyond.max() > 1
    assert 0.5 < beyond[-1] < beyond.max() - 0.5


def test_ademamix_is_a_little_ahead_of_adam_and_fails_as_it_does():
    zakharov = [cell(name, "zakharov", 0.03).values[-1] for name in ("ademamix", "adam")]
    assert zakharov[0] < zakharov[1]
    assert (
        cell("ademamix", "leon", 0.3).evaluations_to_solve()
        < cell("adam", "leon", 0.3).evaluations_to_solve()
    )
    ackley = [cell(name, "ackley", 0.1).points[-1] for name in ("ademamix", "adam")]
    assert ackley[0] == pytest.approx(ackley[1], abs=1e-3)
    assert not solves("adam", "ackley", 0.1)
    assert not solves("adam", "booth", 0.01)


def test_beales_first_gradient_counts_twice_in_adam_and_once_in_laprop():
    adam, laprop, *_ = runs("opt_laprop")
    assert moves(adam)[0] == pytest.approx(moves(laprop)[0], rel=1e-6)
    first = abs(adam.gradients[0, 1])
    assert np.abs(adam.gradients[1:4, 1]).max() < 0.3 * first
    assert np.sqrt(second_moments(adam, 0.999)[3, 1]) / first == pytest.approx(0.5, abs=0.05)
    assert adam.points[4, 1] > 1.4
    assert adam.points[9, 0] < 0
    assert laprop.points[:, 1].max() < 1
    assert away(laprop)[9] < away(laprop)[0] / 2
    assert laprop.outcome.kind == "solved"


def test_laprop_stays_in_a_local_minimum_that_adam_leaves():
    _, _, adam, laprop = runs("opt_laprop")
    assert away(laprop, (-0.6, -0.4))[-1] < 1e-3
    assert away(adam, (-0.6, -0.4)).min() < 0.2
    assert adam.outcome.kind == "solved"
    assert solves("adam", "drop_wave", 0.3)
    rosenbrock = [cell(name, "rosenbrock", 1).evaluations_to_solve() for name in ("laprop", "adam")]
    assert rosenbrock[0] < rosenbrock[1]


def test_cautious_adamw_holds_a_coordinate_where_momentum_and_gradient_disagree():
    adamw, held, *_ = runs("opt_cautious_adamw")
    x, y = held.points.T
    crossed = int((y < 0).argmax())
    assert held.points[: crossed + 1] == pytest.approx(adamw.points[: crossed + 1], abs=1e-12)
    assert np.abs(y[crossed:]).max() < 0.01
    doubled = np.diff(x)[crossed : crossed + 3] / np.diff(x)[crossed - 2 : crossed].mean()
    assert (doubled > 1.5).all()
    past = int((x > 0).argmax())
    assert past == crossed + 3
    shrunk = held.points[past + 1 :] / held.points[past:-1]
    assert shrunk[:23] == pytest.approx(1 - 0.3 * 0.01)
    assert shrunk[23, 0] < 0.98
    assert adamw.points[:, 1].min() < -0.7


def test_cautious_adamw_never_goes_uphill_which_adamw_does_to_solve_ackley():
    *_, adamw, held = runs("opt_cautious_adamw")
    assert (np.diff(adamw.values[:20]) > 0).any()
    assert adamw.outcome.kind == "solved"
    assert away(held, held.points[-1])[20:].max() < 0.1
    for function, lr in (("ackley", 0.3), ("goldstein_price", 0.1), ("drop_wave", 0.3)):
        assert solves("adamw", function, lr)


def test_grams_goes_back_by_the_step_that_carried_it_past():
    adam, grams, *_ = runs("opt_grams")
    assert np.abs(adam.points[:11] - grams.points[:11]).max() < 1e-4
    y = grams.points[:, 1]
    assert y[9] > 0 > y[10]
    assert 0.8 < (y[11] - y[10]) / (y[9] - y[10]) < 1
    assert abs(y[11]) < 0.01
    assert adam.points[11, 1] < adam.points[10, 1] - 0.1
    assert np.abs(y[40:]).max() < np.abs(y[11:20]).max()


def test_grams_creeps_in_a_slanting_valley_and_does_not_circle():
    *_, adam, grams = runs("opt_grams")
    assert adam.outcome.kind == "solved"
    assert away(grams)[-1] > away(grams)[0] / 2
    across = grams.points[20:] @ np.array([3, -4])
    assert (np.diff(np.sign(across)) != 0).mean() > 0.3
    for function in ("sphere", "easom"):
        assert (
            cell("grams", function, 0.3).evaluations_to_solve()
            < cell("adam", function, 0.3).evaluations_to_solve()
        )
    assert not solves("adam", "six_hump_camel", 1)


def test_stable_adamw_shortens_its_steps_while_easoms_gradients_grow():
    adamw, stable, *_ = runs("opt_stable_adamw")
    root = np.sqrt((stable.gradients[:-1] ** 2 / second_moments(stable, 0.99)).mean(axis=1))
    assert root[3:16].min() > 1.5
    assert root[3:16].max() < 2
    first = [away(t)[:28].argmin() for t in (adamw, stable)]
    assert first[0] < first[1]
    assert away(stable)[first[1]] < away(adamw)[first[0]] / 2
    beyond = [away(t)[step + 1 :].max() for t, step in zip((adamw, stable), first, strict=True)]
    assert beyond[1] == pytest.approx(beyond[0], rel=0.1)


def test_stable_adamw_comes_late_out_of_gramacys_plain():
    *_, adamw, stable = runs("opt_stable_adamw")
    assert adamw.points[:24] == pytest.approx(stable.points[:24], abs=1e-3)
    late = away(stable)[:65].argmin() - away(adamw)[:50].argmin()
    assert late == pytest.approx(15, abs=2)
    for function, lr in (("easom", 0.1), ("drop_wave", 0.3)):
        costs = [
            cell(name, function, lr).evaluations_to_solve() for name in ("adamw", "stable_adamw")
        ]
        assert costs[0] / costs[1] == pytest.approx(2, abs=0.3)
    assert solves("adamw", "gramacy_lee", 1)
    assert solves("adamw", "gramacy_lee", 0.01)


def test_the_difference_keeps_mars_on_the_floor_where_the_others_oscillate():
    adamw, bound, mars, *_ = runs("opt_mars")
    across = [t.points @ (-0.6, 0.8) for t in (adamw, bound, mars)]
    assert across[0].max() > 0.3
    assert across[1].max() > 0.3
    assert np.abs(across[2][2:]).max() < 0.05
    along = mars.points @ (0.8, 0.6)
    assert along.max() > 1
    assert along[-1] < along.max() / 2
    assert bound.outcome.kind == "unsolved"


def test_mars_bound_matters_on_rosenbrock_and_the_overshoot_of_adamw_elsewhere():
    *_, adamw, bound, mars = runs("opt_mars")
    assert [t.outcome.kind for t in (adamw, bound, mars)] == ["unsolved", "solved", "solved"]
    for function, lr in (("bohachevsky_1", 0.1), ("goldstein_price", 0.3)):
        assert solves("adamw", function, lr)


def test_diffgrad_takes_half_of_adams_steps_where_the_gradient_is_constant():
    adam, diffgrad = runs("opt_diffgrad")
    assert np.abs(moves(adam)[:9]) == pytest.approx(adam.lr, rel=1e-6)
    assert np.abs(moves(diffgrad)[1:10]) == pytest.approx(adam.lr / 2, rel=1e-6)
    assert abs(moves(diffgrad)[0, 1]) == pytest.approx(adam.lr, rel=0.05)
    assert adam.points[10, 1] < 0 < diffgrad.points[10, 1]
    gone = [away(t, adam.points[0])[10] for t in (adam, diffgrad)]
    assert gone[1] / gone[0] == pytest.approx(0.5, abs=0.05)
    deep = [t.points[:, 1].min() for t in (adam, diffgrad)]
    assert deep[1] / deep[0] > 0.9


def test_diffgrad_beside_adam():
    assert not solves("adam", "abs_ravine", 0.1)
    assert not solves("adam", "bohachevsky_1", 0.3)
    for function, lr in (("booth", 0.1), ("matyas", 0.3)):
        change = np.abs(np.diff(cell("diffgrad", function, lr).gradients[1:], axis=0))
        assert (change < 1).mean() > 0.9

    def booth(x, y):
        return 1000 * ((x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2)

    box = {"x0": -6, "y0": 8, "xmin": -10, "xmax": 10, "ymin": -10, "ymax": 10}
    adam, diffgrad = (og.run(name, (booth, box), lr=0.1) for name in ("adam", "diffgrad"))
    assert np.abs(adam.points - diffgrad.points).max() < 0.05


def test_adamod_begins_a_thousand_times_slower_and_turns_in_time():
    adam, quick, slow = runs("opt_adamod")
    assert adam.points[4, 1] > 1
    assert adam.outcome.kind == "unsolved"
    assert step_lengths(slow)[0] / step_lengths(adam)[0] == pytest.approx(1e-3)
    assert quick.points[:, 0].max() > 3
    assert away(quick)[-1] < 0.01
    for function in ("beale", "six_hump_camel", "shubert"):
        assert not solves("adam", function, 1)
    sphere = away(cell("adamod", "sphere", 0.1))
    assert sphere[-1] > sphere[0] / 2
