import numpy as np
import pytest
import torch
from replay import random_gradients, replay
from torch.optim import LBFGS, SGD, Adam
from torch.optim.lr_scheduler import StepLR

import optgallery as og
from optgallery.optim import Lookahead, ScheduleFreeSGD


def algorithm_1(phi, gradients, *, k, alpha, lr):
    """The paper's algorithm for one coordinate over SGD; returns the fast weight of every step."""
    theta = phi
    for i, g in enumerate(gradients, start=1):
        theta = theta - lr * g
        if i % k == 0:
            phi = phi + alpha * (theta - phi)
            theta = phi
        yield theta


@pytest.mark.parametrize(("k", "alpha"), [(5, 0.5), (1, 0.3), (4, 1.0), (3, 0.0)])
def test_agrees_with_the_paper_line_by_line(k, alpha):
    gradients = random_gradients(50)
    points = replay(lambda p: Lookahead(p, SGD, k=k, alpha=alpha, lr=0.1), gradients)
    for i in range(2):
        coordinate = gradients[:, i].tolist()
        twin = algorithm_1(points[0, i], coordinate, k=k, alpha=alpha, lr=0.1)
        np.testing.assert_allclose(points[1:, i], list(twin), rtol=1e-11)


def test_first_rounds():
    """Steps of 1 with k = 2 and alpha 1/2: 0, -1, then -2 is taken back to -1, and so on."""
    points = replay(
        lambda p: Lookahead(p, SGD, k=2, alpha=0.5, lr=1.0), np.ones((4, 1)), start=(0.0,)
    )
    assert points[:, 0].tolist() == [0, -1, -1, -2, -2]


def test_at_alpha_1_it_is_the_inner_optimizer_bit_for_bit():
    for optimizer in (SGD, Adam):
        gradients = random_gradients(20)
        wrapped = replay(lambda p, o=optimizer: Lookahead(p, o, k=3, alpha=1.0, lr=0.1), gradients)
        bare = replay(lambda p, o=optimizer: o(p, lr=0.1), gradients)
        np.testing.assert_allclose(wrapped, bare, rtol=1e-14)


def test_state_of_the_inner_optimizer_is_not_reset():
    """Momentum continues past the end of a round: 1, 3/2, 7/4 for a factor of 1/2."""
    built = []
    replay(
        lambda p: built.append(Lookahead(p, SGD, k=2, lr=1.0, momentum=0.5)) or built[0],
        np.ones((3, 1)),
        start=(0.0,),
    )
    (state,) = built[0].optimizer.state.values()
    assert state["momentum_buffer"].tolist() == [1.75]


def test_wraps_every_class_of_the_registry():
    for spec in og.OPTIMIZERS.values():
        if spec.cls is Lookahead or hasattr(spec.cls, "eval"):
            continue
        wrapped = og.OptimizerSpec(
            name=f"lookahead_{spec.name}",
            title=f"Lookahead over {spec.title}",
            # an instance, since a setting of the inner class may be called alpha, too
            cls=lambda params, spec=spec: Lookahead(spec.cls(params, **spec.defaults)),
            create_graph=spec.create_graph,
            parameter_shape=spec.parameter_shape,
        )
        trajectory = og.run(wrapped, "sphere", steps=12)
        assert trajectory.status == "completed", spec.name
        assert trajectory.values[-1] < trajectory.values[0], spec.name


def test_a_closure_is_called_as_often_as_the_inner_optimizer_asks():
    trajectory = og.run(
        og.OptimizerSpec(
            name="x", title="X", cls=Lookahead, defaults={"optimizer": LBFGS}, needs_closure=True
        ),
        "rosenbrock",
        steps=3,
    )
    assert trajectory.evaluations[-1] > 6


def test_a_schedule_reaches_the_inner_optimizer_before_and_after_loading():
    p = torch.zeros(1, requires_grad=True)
    optimizer = Lookahead([p], SGD, lr=1.0, alpha=1.0)
    for _ in range(2):
        schedule = StepLR(optimizer, step_size=1, gamma=0.5)
        before = p.item()
        p.grad = torch.ones(1)
        optimizer.step()
        schedule.step()
        assert p.item() == before - optimizer.param_groups[0]["initial_lr"] * 1
        optimizer.load_state_dict(optimizer.state_dict())
        assert optimizer.optimizer.param_groups[0]["lr"] == 0.5
        optimizer.param_groups[0]["lr"] = optimizer.param_groups[0]["initial_lr"] = 1.0
        assert optimizer.optimizer.param_groups[0]["lr"] == 1.0


def test_group_added_later_takes_part_in_lookahead():
    first, later = (torch.zeros(1, requires_grad=True) for _ in range(2))
    optimizer = Lookahead([first], SGD, k=1, alpha=0.5, lr=1.0)
    optimizer.add_param_group({"params": [later], "lr": 2.0})
    first.grad, later.grad = torch.ones(1), torch.ones(1)
    optimizer.step()
    assert (first.item(), later.item()) == (-0.5, -1.0)
    assert len(optimizer.optimizer.param_groups) == len(optimizer.param_groups) == 2


@pytest.mark.parametrize("k", [0, -1, 2.0, True])
def test_a_k_that_is_not_a_positive_whole_number_is_rejected(k):
    with pytest.raises(ValueError, match=r"k must be a whole number >= 1, got"):
        Lookahead([torch.ones(1, requires_grad=True)], k=k)


def test_an_instance_in_place_of_a_class_is_rejected():
    p = torch.ones(1, requires_grad=True)
    with pytest.raises(TypeError, match=r"must be a torch.optim.Optimizer class, whose settings"):
        Lookahead([p], SGD([p], lr=0.1))


def test_schedule_free_continues_from_written_parameters():
    """Its sequences adopt values written to the parameters."""
    gradients = np.ones((5, 1))
    wrapped = replay(
        lambda p: Lookahead(p, ScheduleFreeSGD, k=4, alpha=0.0, lr=0.1), gradients, start=(0.0,)
    )
    assert wrapped[4, 0] == 0
    # by the authors' formula: y moves to z by 1/t, and along the gradient
    z, c, beta = -0.4, 1 / 5, 0.9
    x = (0.0 - (1 - beta) * z) / beta
    x = (1 - c) * x + c * (z - 0.1)
    assert wrapped[5, 0] == pytest.approx((1 - beta) * (z - 0.1) + beta * x, rel=1e-12)
