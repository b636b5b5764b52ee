"""Old public names still work until 1.0, with a warning that names the new ones."""

import pickle

import numpy as np
import pytest

import optgallery as og

STARTS = [(1.0, 2.0), (-3.0, 0.5), (4.0, 4.0)]


@pytest.fixture(scope="module")
def one():
    return og.run("adamw", "sphere", lr=0.1)


@pytest.fixture(scope="module")
def many():
    return og.run("adamw", "sphere", start=STARTS, lr=0.1)


def test_solved_is_a_bool_that_can_still_be_called(one):
    assert one.solved
    assert repr(one.solved) == str(one.solved) == "True"
    assert pickle.loads(pickle.dumps(one.solved)) is True
    with pytest.warns(DeprecationWarning, match="evaluations_to_solve") as warned:
        assert one.solved(1e-6) == one.evaluations_to_solve(1e-6)
    assert warned[0].filename == __file__


def test_solved_of_many_starts_is_an_array_that_can_still_be_called(many):
    assert many.solved.tolist() == [True] * 3
    assert len(many[many.solved]) == 3
    with pytest.warns(DeprecationWarning, match="evaluations_to_solve") as warned:
        np.testing.assert_array_equal(many.solved(1e-6), many.evaluations_to_solve(1e-6))
    assert warned[0].filename == __file__
    with pytest.raises(TypeError, match="not callable"):
        np.ones(3, bool).view(type(many.solved))()


def test_verdicts_are_the_kinds_of_outcomes(one, many):
    with pytest.warns(DeprecationWarning, match=r"Trajectory\.outcome\.kind") as warned:
        assert one.verdict == one.outcome.kind
    with pytest.warns(DeprecationWarning, match=r"Trajectories\.kinds"):
        assert many.verdicts.tolist() == many.kinds.tolist()
    assert warned[0].filename == __file__
