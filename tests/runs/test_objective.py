"""The objective of an optimizer: evaluations, their count, and the gradients that are set."""

import pytest
import torch

from optgallery import FUNCTIONS
from optgallery.functions import noisy
from optgallery.runs.clipping import GradClip
from optgallery.runs.objective import Objective, ValueDifferentiatedError, has_own_hooks

BEALE = FUNCTIONS["beale"]
START = (0.5, -1.75)


def objective_at(point, fn=BEALE, shape=(2,), *, closure=False, **settings):
    """Return an objective and its parameter, attached to SGD."""
    param = torch.tensor(point, dtype=torch.float64).reshape(shape).requires_grad_()
    objective = Objective(fn, [param], **settings)
    objective.attach(torch.optim.SGD([param], lr=0.1), closure=closure)
    return objective, param


def gradient_of(fn, point):
    p = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    value = fn.formula(*p)
    (grad,) = torch.autograd.grad(value, p)
    return value.item(), grad


@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 1)])
def test_evaluate_sets_the_gradient_in_the_shape_of_the_parameter(shape):
    objective, param = objective_at(START, shape=shape)
    value, gradient = objective.evaluate()
    expected, grad = gradient_of(BEALE, START)
    assert (value, gradient) == (expected, tuple(grad.tolist()))
    assert torch.equal(param.grad, grad.reshape(shape))
    assert objective.evaluations == 1


def test_two_parameters_get_a_gradient_each():
    params = [torch.tensor([c], dtype=torch.float64, requires_grad=True) for c in START]
    objective = Objective(BEALE, params)
    objective.attach(torch.optim.SGD(params, lr=0.1), closure=False)
    objective.evaluate()
    _, grad = gradient_of(BEALE, START)
    assert [p.grad.item() for p in params] == grad.tolist()


def test_the_first_call_of_a_closure_at_the_same_point_costs_nothing():
    objective, param = objective_at(START, closure=True)
    value, _ = objective.evaluate()
    assert objective().item() == value
    assert objective.evaluations == 1
    assert objective().item() == value
    assert objective.evaluations == 2
    with torch.no_grad():
        param += 1
    assert objective().item() == gradient_of(BEALE, (1.5, -0.75))[0]
    assert objective.evaluations == 3
    assert torch.equal(param.grad, gradient_of(BEALE, (1.5, -0.75))[1])


def test_a_gradient_that_the_optimizer_overwrites_is_set_again():
    objective, param = objective_at(START, closure=True)
    objective.evaluate()
    expected = param.grad.clone()
    for _ in range(3):
        objective()
        assert torch.equal(param.grad, expected)
        param.grad.zero_()


def test_a_value_that_is_differentiated_already_says_so():
    objective, _ = objective_at(START, closure=True)
    objective.evaluate()
    with pytest.raises(ValueDifferentiatedError):
        objective().backward()
    with pytest.raises(ValueDifferentiatedError):
        objective.loss().backward()


def test_without_backward_a_closure_only_evaluates():
    objective, param = objective_at(START, closure=True)
    value = objective(backward=False)
    assert param.grad is None
    value.backward()
    assert torch.equal(param.grad, gradient_of(BEALE, START)[1])


def test_the_function_s_own_gradient_is_recorded_under_noise():
    objective, param = objective_at(START, noisy("beale", 1.0))
    _, gradient = objective.evaluate()
    _, grad = gradient_of(BEALE, START)
    assert gradient == tuple(grad.tolist())
    assert 0 < (param.grad - grad).abs().max() < 10


def test_gradients_are_clipped_and_recorded_unclipped():
    objective, param = objective_at(START, clip=GradClip("norm", 0.5))
    _, gradient = objective.evaluate()
    assert torch.linalg.vector_norm(param.grad).item() == pytest.approx(0.5)
    assert gradient == tuple(gradient_of(BEALE, START)[1].tolist())


def test_evaluating_elsewhere_counts_nothing_and_moves_nothing():
    objective, param = objective_at(START)
    assert objective.at((3.0, 0.5)) == (0.0, (0.0, 0.0))
    assert (objective.evaluations, param.tolist(), param.grad) == (0, list(START), None)


def test_an_exception_of_the_formula_is_kept():
    class Raising(Exception):
        pass

    def formula(x, y):
        raise Raising(x, y)

    fn = BEALE.__class__(
        name="raising", title="Raising", formula=formula, domain=(-1, 1, -1, 1), start=(0.5, 0.5)
    )
    objective, _ = objective_at(START, fn)
    with pytest.raises(Raising):
        objective.evaluate()
    assert isinstance(objective.raised, Raising)


def test_release_removes_hooks_and_gradients():
    objective, param = objective_at(START)
    objective.evaluate()
    objective.release()
    assert param.grad is None
    assert not param._backward_hooks


def test_hooks_of_an_optimizer_are_told_from_the_objective_s():
    objective, param = objective_at(START)
    assert not has_own_hooks(param)
    param.register_post_accumulate_grad_hook(lambda p: None)
    assert has_own_hooks(param)
    objective.release()
