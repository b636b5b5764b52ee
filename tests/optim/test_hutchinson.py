"""HutchinsonOptimizer: the estimate of the Hessian's diagonal, also of a scaled loss."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from optgallery.optim import AdaHessian
from optgallery.optim.hutchinson import HutchinsonOptimizer

H = torch.tensor([[2.0, 3.0], [3.0, 10.0]], dtype=torch.float64)


class Estimating(HutchinsonOptimizer):
    """Only estimate, with given random vectors."""

    ranges: ClassVar = {}

    def __init__(self, params, draws):
        super().__init__(params, {}, seed=0)
        self.draws = [torch.tensor(draw, dtype=torch.float64) for draw in draws]

    def step(self, closure=None):
        self._evaluate(closure)

    def _draw(self, theta):
        return self.draws.pop(0).to(theta.dtype)


def quadratic(*params):
    p = torch.cat(params)
    return 0.5 * p @ H.to(p.dtype) @ p


def with_gradients(*values, scale=1.0, graph=True, dtype=torch.float64):
    params = [torch.tensor(v, dtype=dtype, requires_grad=True) for v in values]
    grads = torch.autograd.grad(scale * quadratic(*params), params, create_graph=graph)
    for p, grad in zip(params, grads, strict=True):
        p.grad = grad
    return params


@pytest.mark.parametrize("z", [[1.0, 1.0], [1.0, -1.0], [0.5, 2.0]])
def test_the_estimate_is_z_times_hz(z):
    (p,) = with_gradients([1.0, 2.0])
    estimate = Estimating([p], [z])._hessian_diagonal()
    expected = torch.tensor(z, dtype=torch.float64) * (H @ torch.tensor(z, dtype=torch.float64))
    torch.testing.assert_close(estimate[p], expected, rtol=1e-15, atol=0)


def test_parameters_of_several_groups_have_one_hessian():
    p, q = with_gradients([1.0], [2.0])
    optimizer = Estimating([{"params": [p]}, {"params": [q]}], [[1.0], [-1.0]])
    estimate = optimizer._hessian_diagonal()
    assert (estimate[p].item(), estimate[q].item()) == (2 - 3, 10 - 3)


def test_the_estimate_is_the_diagonal_on_average():
    """Over the draws of two signs, z * (Hz) is h_ii plus or minus h_ij."""
    theta = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = set()
    optimizer = AdaHessian([theta])
    for _ in range(20):
        (theta.grad,) = torch.autograd.grad(
            theta[0] ** 2 + 3 * theta[0] * theta[1] + 5 * theta[1] ** 2, [theta], create_graph=True
        )
        seen.add(tuple(optimizer._hessian_diagonal()[theta].tolist()))
    assert seen == {(5.0, 13.0), (-1.0, 7.0)}
    assert tuple(np.mean(list(seen), axis=0)) == (2.0, 10.0)


def test_a_parameter_without_a_gradient_has_no_estimate():
    (p,) = with_gradients([1.0, 2.0])
    unused = torch.ones(3, requires_grad=True)
    assert set(Estimating([unused, p], [[1.0, 1.0]])._hessian_diagonal()) == {p}


def test_the_estimate_of_half_precision_is_in_float32():
    (p,) = with_gradients([1.0, 2.0], dtype=torch.bfloat16)
    estimate = Estimating([p], [[1.0, 1.0]])._hessian_diagonal()[p]
    assert estimate.dtype == torch.float32
    assert estimate.tolist() == [5, 13]


def test_curvature_is_0_without_a_warning_if_gradients_are_0(recwarn):
    p = torch.ones(2, requires_grad=True)
    p.grad = torch.zeros(2)
    assert Estimating([p], [[1.0, 1.0]])._hessian_diagonal()[p].tolist() == [0, 0]
    assert not recwarn


def test_the_warning_points_at_the_call_of_step():
    theta = torch.ones(2, requires_grad=True)
    theta.sum().backward()
    text = r"curvature as 0; unless the loss is linear.*create_graph=True"
    with pytest.warns(UserWarning, match=text) as caught:
        AdaHessian([theta]).step()
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_one_of_two_parameters_may_enter_linearly():
    a, b = (torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimizer = AdaHessian([a, b], lr=0.5, eps=0.25)
    a.grad, b.grad = torch.autograd.grad((3 * a**2 + b).sum(), [a, b], create_graph=True)
    assert not b.grad.requires_grad
    optimizer.step()
    assert [1 - a.item(), 1 - b.item()] == pytest.approx([0.5 * 6 / 6.25, 0.5 / 0.25])


@pytest.mark.parametrize("given", ["grad_scale", "loss_scale"])
def test_the_scale_of_the_loss_is_divided_out(given):
    (p,) = with_gradients([1.0, 2.0], scale=8.0)
    optimizer = Estimating([p], [[1.0, 1.0]])
    scale = torch.tensor(8.0)
    if given == "grad_scale":
        optimizer.grad_scale = scale
    estimate = optimizer._hessian_diagonal(scale if given == "loss_scale" else None)
    assert estimate[p].tolist() == [5, 13]


def test_gradients_are_unscaled_only_if_a_scaler_leaves_that_to_the_optimizer():
    (p,) = with_gradients([1.0, 2.0], scale=8.0)
    optimizer = Estimating([p], [])
    optimizer._unscale_gradients()
    assert p.grad.tolist() == [64, 184]
    optimizer.grad_scale = torch.tensor(8.0)
    optimizer._unscale_gradients()
    assert p.grad.tolist() == [8, 23]


@pytest.mark.parametrize(("found_inf", "skipped"), [(None, False), (0.0, False), (1.0, True)])
def test_a_step_is_skipped_if_a_scaler_has_found_an_overflow(found_inf, skipped):
    optimizer = Estimating([torch.ones(2, requires_grad=True)], [])
    if found_inf is not None:
        optimizer.found_inf = torch.tensor(found_inf)
    assert optimizer._gradients_overflow() == skipped


def test_an_unknown_scale_is_an_error_that_removes_the_scalers_attributes():
    (p,) = with_gradients([1.0, 2.0])
    optimizer = Estimating([p], [[1.0, 1.0]])
    optimizer.found_inf, optimizer.grad_scale = torch.tensor(0.0), None
    with pytest.raises(RuntimeError, match=r"after scaler.unscale_\(\) Estimating cannot tell the"):
        optimizer._hessian_diagonal()
    assert not {"found_inf", "grad_scale"} & vars(optimizer).keys()
