from dataclasses import replace

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.functions.facts import UnknownFactError
from optgallery.runs.handed import handed_over
from optgallery.sweeps.trajectory_cache import key

POLYAK = OPTIMIZERS["polyak_step"]
SQUARE = {"x0": 4.0, "y0": 3.0, "xmin": -5, "xmax": 5, "ymin": -5, "ymax": 5}


def square(x, y):
    return x**2 + y**2


class Keeps(torch.optim.SGD):
    """SGD that keeps the numbers that it was handed."""

    def __init__(self, params, lr=0.1, *, low=0.0, high=1.0):
        super().__init__(params, lr)
        self.handed = low, high


def keeps(**changes):
    facts = {"low": "smallest_curvature", "high": "largest_curvature"}
    return og.OptimizerSpec(
        **{"name": "keeps", "title": "Keeps", "cls": Keeps, "from_function": facts, **changes}
    )


def handed_in_a_run(spec, fn, **settings):
    built = []
    og.run(spec, fn, steps=1, prepare=lambda optimizer: built.append(optimizer.handed), **settings)
    return built[-1]


def test_run_hands_over_each_fact_under_the_name_of_its_hyper_parameter():
    assert handed_in_a_run(keeps(), "booth") == pytest.approx((2, 18))


def test_a_given_hyper_parameter_wins():
    assert handed_in_a_run(keeps(), "booth", high=7.0) == pytest.approx((2, 7))
    own = keeps(defaults={"low": 3.0})
    assert handed_in_a_run(own, "booth") == pytest.approx((3, 18))


def test_the_start_of_the_run_chooses_the_minimum():
    near = [handed_in_a_run(keeps(), "himmelblau", start=at) for at in ((2.9, 2.1), (-3.7, -3.2))]
    assert near[0] != pytest.approx(near[1], rel=0.1)


def test_runs_from_many_starts_are_those_from_each_alone():
    starts = [(1.0, 1.0), (-3.0, 2.0), (3.0, -2.5)]
    together = og.run("polyak_step", "six_hump_camel", start=starts, steps=20)
    for start, run in zip(starts, together, strict=True):
        alone = og.run("polyak_step", "six_hump_camel", start=start, steps=20)
        assert np.array_equal(run.points, alone.points)


def test_a_function_that_lacks_the_fact_is_refused_by_name():
    expected = (
        "^Polyak's step takes f_star from the function, but square declares no minimum; "
        r"pass f_star=\.\.\.$"
    )
    with pytest.raises(UnknownFactError, match=expected):
        og.run("polyak_step", (square, SQUARE))
    assert og.run("polyak_step", (square, SQUARE), f_star=0.0).values[-1] < 1e-9


def test_in_a_sweep_such_a_run_fails_with_the_reason(tmp_path):
    with pytest.warns(RuntimeWarning, match="2 of 4 runs failed"):
        sweep = og.sweep(
            "polyak_step", [(square, SQUARE), "booth"], [0.1, 1.0], steps=5, store=tmp_path
        )
    refused = sweep["polyak_step", "square", 1.0]
    assert refused.status == "failed"
    assert "square declares no minimum; pass f_star=..." in refused.reason
    assert refused.points.tolist() == [[4, 3]]
    assert refused.lr == 1.0
    assert sweep["polyak_step", "booth", 1.0].status == "completed"
    assert "f_star" not in refused.code()


def test_a_sweep_of_all_functions_does_not_report_those_that_lack_the_fact(tmp_path, monkeypatch):
    lacking = replace(FUNCTIONS["booth"], minimum=None)
    monkeypatch.setattr("optgallery.sweeps.sweep.grid_functions", lambda: [lacking])
    sweep = og.sweep("polyak_step", lrs=[1.0], steps=5, store=tmp_path)  # warnings are errors
    assert sweep["polyak_step", "booth", 1.0].status == "failed"


def test_the_code_states_what_was_handed_over_and_repeats_the_run():
    trajectory = og.run("polyak_step", "branin", steps=30, start=(1.0, 2.0))
    code = trajectory.code()
    assert f"f_star={FUNCTIONS['branin'].minimum!r}" in code
    names = {}
    exec(code.replace("og.animate(trajectory).show()", ""), names)
    assert np.array_equal(names["trajectory"].points, trajectory.points)


def test_the_title_names_only_what_was_given():
    assert og.run("polyak_step", "booth", steps=1).title == "Polyak's step on Booth, lr 1"


def test_the_key_of_a_stored_run_covers_what_was_handed_over():
    booth = FUNCTIONS["booth"]
    lower = replace(booth, minimum=-1.0)
    assert key(POLYAK, booth, 1.0, 50) != key(POLYAK, lower, 1.0, 50)
    given = ("f_star", 0.0)
    assert key(POLYAK, booth, 1.0, 50, hparam=given) == key(POLYAK, lower, 1.0, 50, hparam=given)
    assert key(POLYAK, replace(booth, minimum=None), 1.0, 50) is None
    adam = OPTIMIZERS["adam"]
    assert key(adam, booth, 1.0, 50) == key(adam, lower, 1.0, 50)


def test_most_optimizers_are_handed_nothing():
    booth = FUNCTIONS["booth"]
    assert handed_over(OPTIMIZERS["adam"], booth, booth.start, {}) == {}


def test_an_unknown_name_of_a_fact_is_an_error_of_the_entry():
    with pytest.raises(ValueError, match="no fact is called 'slope'"):
        og.run(keeps(from_function={"low": "slope"}), "booth", steps=1)
