"""What run and sweep take as a problem, a problem of one's own, and clear errors."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

import optgallery as og
from optgallery.problems import MatrixProblem, as_minimised


@dataclass(frozen=True, kw_only=True)
class Bowl(MatrixProblem):
    """A mean square of a matrix."""

    shape: tuple[int, ...] = (2, 3)
    flat: bool = True
    wrong_targets: bool = False

    @property
    def start(self):
        return (np.ones(self.shape),)

    def loss(self, *parameters, batch=None):
        (w,) = parameters
        return w.square().mean() if self.flat else w.square()

    def outputs(self, *parameters):
        return parameters[0].T

    @property
    def targets(self):
        return np.zeros((1, 2)) if self.wrong_targets else None


def test_a_problem_of_ones_own_runs_and_is_drawn():
    trajectory = og.run("muon", Bowl(name="bowl", title="Bowl"), lr=0.1, steps=10, weight_decay=0)
    assert trajectory.values[-1] < trajectory.values[0]
    assert next(og.animate(trajectory, size=120).frames()).shape[1] == 120
    assert "define Bowl first" in trajectory.code() or "import Bowl" in trajectory.code()
    with pytest.raises(ValueError, match="Bowl states no targets"):
        trajectory.steps_until()


@pytest.mark.parametrize(
    ("problem", "error", "message"),
    [
        ({"shape": (3,)}, ValueError, r"must be matrices .* got shapes \[\(3,\)\]"),
        ({"shape": (2, 0)}, ValueError, "at least one row and one column"),
        ({"shape": (3, 2)}, ValueError, r"outputs of Bowl must have the shape \(k, 2\)"),
        ({"flat": False}, TypeError, "the loss of Bowl must be a tensor of one number"),
        ({"wrong_targets": True}, ValueError, r"targets of Bowl must have the shape \(3, 2\)"),
    ],
)
def test_a_problem_that_does_not_fit_is_refused(problem, error, message):
    with pytest.raises(error, match=message):
        og.run("sgd", Bowl(name="bowl", title="Bowl", **problem))


def test_names_of_problems_and_functions_are_found():
    assert as_minimised("factorisation") is og.PROBLEMS["factorisation"]
    assert as_minimised("beale") is og.FUNCTIONS["beale"]
    with pytest.raises(ValueError, match="did you mean 'associative_memory', among the problems"):
        as_minimised("asociative_memory")
    with pytest.raises(ValueError, match="did you mean 'beale'"):
        as_minimised("beele")


def test_what_makes_a_problem_is_not_a_problem():
    with pytest.raises(TypeError, match=r"call associative_memory\(\)"):
        as_minimised(og.problems.associative_memory)
    with pytest.raises(TypeError, match=r"got the class Bowl; give Bowl\(\.\.\.\)"):
        as_minimised(Bowl)


def test_a_comparison_is_over_functions_only():
    with pytest.raises(TypeError, match="test_fn must be a name, a TestFunction"):
        og.compare(["sgd", "adam"], [og.PROBLEMS["factorisation"]])


def test_an_optimizer_that_needs_a_vector_raises_its_own_error_with_a_note():
    class NeedsVectors(torch.optim.SGD):
        def step(self, closure=None):
            for p in self.param_groups[0]["params"]:
                if p.ndim != 1:
                    raise ValueError(f"a vector is needed, got shape {tuple(p.shape)}")
            return super().step(closure)

    with pytest.raises(ValueError, match=r"a vector is needed, got shape \(2, 8\)") as raised:
        og.run(NeedsVectors, "associative_memory", lr=0.1)
    assert "raised by NeedsVectors at step 1 on Associative memory" in raised.value.__notes__[0]
