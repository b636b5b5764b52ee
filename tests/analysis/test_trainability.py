"""trainability(): the measure of a pixel, and the boundary on quadratics."""

import numpy as np
import pytest
import torch
from quadratics import edge

import optgallery as og
from optgallery import OptimizerSpec, trainability
from optgallery.analysis.outcomes import Course
from optgallery.analysis.trainability import CAP, Axis, convergence, map_trainability
from optgallery.runs.record import Record


def measure_of(run, least):
    """Compute the measure of one run in a loop."""
    first = run.values[0] - least
    v = [(value - least) / first for value in run.values.tolist()]
    v = [x if np.isfinite(x) and x < CAP else CAP for x in v]
    v += [CAP] * (run.steps + 1 - len(v))
    return -sum(v) if sum(v[-20:]) / 20 < 1 else sum(1 / max(x, 1 / CAP) for x in v)


@pytest.mark.parametrize(
    ("optimizer", "axes"),
    [
        ("sgd", ("lr", "1 - momentum")),
        ("adam", ("lr", "1 - betas[0]")),
        ("rprop", ("lr", "etas[1]")),
    ],
)
def test_random_pixels_equal_single_runs(optimizer, axes):
    ylim = (1.1, 2.0) if optimizer == "rprop" else None
    found = trainability(optimizer, "rosenbrock", *axes, n=12, budget=60, ylim=ylim)
    rng = np.random.default_rng(1)
    for row, column in rng.integers(0, 12, (20, 2)).tolist():
        scope = {}
        exec(found.code(row, column).rsplit("\n", 1)[0], scope)
        run = scope["trajectory"]
        expected = measure_of(run, 0.0)
        assert found.measure[row, column] == pytest.approx(expected, rel=1e-12)
        assert found.converged[row, column] == (expected < 0)
        np.testing.assert_array_equal(found.run(row, column).points, run.points)


def test_maps_that_are_computed_together_are_those_of_each_function(tmp_path):
    names = ["bukin_n6", "saddle", "beale"]  # with minima at 0, below 0 and at 0
    together = map_trainability("sgd", names, n=16, store=tmp_path / "together")
    for name, found in zip(names, together, strict=True):
        alone = trainability("sgd", name, n=16, store=tmp_path / name)
        np.testing.assert_array_equal(found.measure, alone.measure)
    assert together[1].converged[0].any()


@pytest.mark.parametrize(
    ("optimizer", "axes", "fn"),
    [
        ("sgd", ("lr", "1 - momentum"), "himmelblau"),
        ("adam", ("lr", "1 - betas[1]"), "rosenbrock"),
        ("rmsprop", ("lr", "1 - alpha"), "six_hump_camel"),
    ],
)
def test_a_hundred_and_seventy_random_pixels_have_the_bits_of_single_runs(optimizer, axes, fn):
    found = trainability(optimizer, fn, *axes, n=16, budget=60)
    for i in np.random.default_rng(2).permutation(16 * 16)[:170].tolist():
        row, column = divmod(i, 16)
        run = og.run(optimizer, fn, steps=60, **found.setting(row, column))
        alone = Course(Record.gather([run]), [found.problem], 60, np.array([False]))
        assert convergence(alone)["measure"][0] == found.measure[row, column]


def test_the_boundary_of_gradient_descent_with_weight_decay_is_the_closed_form():
    found = trainability("sgd", "sphere", "lr", "weight_decay", n=24, xlim=(0.2, 2), ylim=(0.1, 5))
    ratio = found.x[1] / found.x[0]
    for i, decay in enumerate(found.y):
        exact = edge("sgd", 0.0, 2.0 + decay)
        last = found.x[found.converged[i]].max()
        assert last <= exact * ratio
        assert last * ratio**2 >= exact


def test_where_no_minimum_is_known_values_below_zero_are_progress():
    window = {"x0": 2, "y0": 1, "xmin": -3, "xmax": 3, "ymin": -3, "ymax": 3}
    found = trainability("sgd", (lambda x, y: x**2 + y**2 - 1, window), n=8)
    assert found.problem.minimum is None
    row, column = int(found.y.argmax()), 4
    values = found.run(row, column).values
    assert values[-1] < 0 < values[0]
    assert found.converged[row, column]


def test_a_run_that_ends_below_the_minimum_outside_the_domain_has_not_converged():
    fn = og.FUNCTIONS["mccormick"]
    assert fn.lower_outside
    found = trainability("sgd", fn, n=8)
    below = 0
    for row, column in np.ndindex(8, 8):
        run = found.run(row, column)
        last = run.values[-20:]
        if (last < fn.minimum - 1e-3).any():
            below += 1
            assert not found.converged[row, column]
        elif len(run) == 201:
            assert found.converged[row, column] == (last.mean() < run.values[0])
    assert below > 3


@pytest.mark.parametrize("kind", ["momentum", "nesterov"])
def test_the_boundary_on_a_quadratic_matches_the_closed_form_to_a_pixel(kind):
    spec = OptimizerSpec(
        name=kind,
        title=kind,
        cls=torch.optim.SGD,
        defaults={"momentum": 0.9, "nesterov": kind == "nesterov"},
        elementwise=True,
    )
    found = trainability(spec, "sphere", n=16, xlim=(0.4, 4.0), ylim=(0.05, 0.9), budget=400)
    ratio = found.x[1] / found.x[0]
    for i, distance in enumerate(found.y):
        exact = edge(kind, 1 - distance, 2.0)
        last = found.x[found.converged[i]].max()
        assert last / ratio <= exact <= last * ratio**2, (distance, exact, last)
        assert found.converged[i, found.x < exact / ratio].all()
        assert not found.converged[i, found.x > exact * ratio].any()


def test_ranks_are_ordered_within_each_side():
    found = trainability("sgd", "sphere", n=8)
    ranks, measure = found.ranks, found.measure
    assert (ranks[found.converged] < 0).all()
    assert (ranks[~found.converged] > 0).all()
    assert np.abs(ranks).max() < 1.0 or ranks.max() <= 1
    own = np.argsort(ranks[found.converged], kind="stable")
    # the run that converges fastest has the smallest sum of values, and the lowest rank
    assert (np.diff(np.abs(measure[found.converged])[own]) >= 0).all()


def test_axes_are_parsed_from_their_names():
    assert Axis.of("lr") == ("lr", None, False)
    assert Axis.of("1 - betas[1]") == ("betas", 1, True)
    hparams = {}
    Axis.of("1 - betas[1]").put(0.25, hparams, og.OPTIMIZERS["adam"])
    assert hparams == {"betas": (0.9, 0.75)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": "momentun"}, "SGD has no hyper-parameter 'momentun'"),
        ({"x": "lr + 1"}, 'an axis is a hyper-parameter such as "lr"'),
        ({"x": "lr", "y": "lr"}, "two hyper-parameters, got 'lr' twice"),
        (
            {"optimizer": "adam", "y": "betas"},
            r"betas of Adam has several numbers: give one, as in betas\[0\]",
        ),
        ({"optimizer": "adam", "y": "betas[2]"}, r"Adam has no betas\[2\], it has \(0.9, 0.999\)"),
        ({"xlim": (1, 0.1)}, "0 < low < high, got"),
        ({"ylim": (0, 1)}, "0 < low < high, got"),
        ({"ylim": 3}, "must be two numbers, got 3"),
        ({"n": 1}, "n must be a whole number >= 2"),
        ({"budget": 0}, "budget must be"),
        ({"y": "1 - momentum", "ylim": (0.1, 3)}, "momentum"),
        ({"start": (99, 0)}, "starts must lie in the domain"),
    ],
)
def test_invalid_arguments_are_rejected(arguments, message):
    given = {"optimizer": "sgd", "n": 4, **arguments}
    with pytest.raises(ValueError, match=message):
        trainability(given.pop("optimizer"), "booth", **given)


def test_a_function_below_zero_needs_a_minimum():
    fn = og.TestFunction(
        name="low",
        title="Low",
        formula=lambda x, y: x * y - 5,
        domain=(-1, 1, -1, 1),
        start=(0.5, 0.5),
    )
    with pytest.raises(ValueError, match="Low must be above 0"):
        trainability("sgd", fn, n=4)
