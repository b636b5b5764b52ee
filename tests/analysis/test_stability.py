"""stability(): eigenvalues and thresholds."""

import numpy as np
import pytest
import torch
from quadratics import edge, quadratic

import optgallery as og
from optgallery import FUNCTIONS, stability


def test_the_sharpness_is_the_largest_eigenvalue_of_the_hessian():
    run = og.run("sgd", "beale", lr=0.01, steps=40)
    found = stability(run)

    def f(p):
        return FUNCTIONS["beale"].formula(p[0], p[1])

    for point, sharpness in zip(run.points, found.sharpness, strict=True):
        hessian = torch.autograd.functional.hessian(f, torch.tensor(point))
        assert sharpness == pytest.approx(torch.linalg.eigvalsh(hessian)[-1].item(), rel=1e-10)


@pytest.mark.parametrize(
    ("name", "hparams", "threshold"),
    [
        ("sgd", {"lr": 0.02}, 100.0),
        ("momentum", {"lr": 0.1}, 38.0),
        ("nesterov", {"lr": 0.1}, 3.8 / 0.28),
        ("adam", {"lr": 0.1}, 380.0),
        ("adamw", {"lr": 1.0, "betas": (0.5, 0.9)}, 6.0),
        ("rmsprop", {"lr": 0.1}, 20.0),
        ("rmsprop", {"lr": 0.1, "momentum": 0.5}, 30.0),
        ("sgd", {"lr": 0.1, "momentum": 0.9, "dampening": 0.9}, 380.0),
    ],
)
def test_thresholds_are_those_of_the_papers(name, hparams, threshold):
    found = stability(og.run(name, "sphere", steps=3, **hparams))
    assert found.threshold == pytest.approx(threshold, rel=1e-12)


@pytest.mark.parametrize("kind", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize(("side", "diverges"), [(0.99, False), (1.01, True)])
def test_a_run_on_a_quadratic_grows_just_above_the_threshold(kind, side, diverges):
    b = 0.0 if kind == "sgd" else 0.9
    run = og.run(kind, quadratic(5.0, 1.0), lr=side * edge(kind, b, 5.0), steps=4000)
    assert (stability(run).crossing == 0) == diverges
    assert (run.status == "diverged" or run.values[-1] > run.values[0]) == diverges


@pytest.mark.parametrize("side", [0.997, 1.003])
def test_adam_with_a_fixed_preconditioner_grows_just_above_its_threshold(side):
    """With a nearly constant second moment, the preconditioned Hessian sets the threshold."""
    curvature, scale = 4.0, 1e30
    b1 = 0.9
    lr = side * (2 + 2 * b1) / (1 - b1) * scale / curvature
    # eps so large that the second moment does not matter
    run = og.run("adam", quadratic(curvature, curvature), lr=lr, eps=scale, steps=300)
    found = stability(run)
    # by then the bias correction of the first moment has no effect on the preconditioner
    assert (found.sharpness[100:] > found.threshold).all() == (side > 1)
    assert (run.values[300] > run.values[100]) == (side > 1)


@pytest.mark.parametrize("name", ["adam", "adamw", "amsgrad", "rmsprop"])
def test_the_preconditioner_is_the_one_in_the_optimizers_state(name):
    steps, fn = 7, FUNCTIONS["booth"]
    run = og.run(name, fn, lr=0.1, steps=steps)
    spec = og.OPTIMIZERS[name]
    p = torch.tensor(fn.start, dtype=torch.float64, requires_grad=True)
    optimizer = spec.build([p], lr=0.1)
    for _ in range(steps):
        p.grad = None
        fn.formula(*p).backward()
        optimizer.step()
    state = optimizer.state[p]
    root = state.get("max_exp_avg_sq", state.get("exp_avg_sq", state.get("square_avg"))).sqrt()
    if name != "rmsprop":
        root = root / (1 - 0.999**steps) ** 0.5
    precondition = (root + 1e-8) * (1 if name == "rmsprop" else 1 - 0.9**steps)
    hessian = torch.tensor([[10.0, 8.0], [8.0, 10.0]], dtype=torch.float64)
    eigenvalues = torch.linalg.eigvals(hessian / precondition[:, None]).real
    assert stability(run).sharpness[steps - 1] == pytest.approx(eigenvalues.max().item(), rel=1e-9)


def test_weight_decay_is_part_of_the_hessian_where_it_is_part_of_the_gradient():
    plain, decayed = (
        stability(og.run("sgd", "sphere", lr=0.1, steps=3, weight_decay=w)) for w in (0.0, 0.5)
    )
    np.testing.assert_allclose(decayed.sharpness, plain.sharpness + 0.5)


def test_another_optimizer_needs_a_threshold():
    run = og.run("lion", "booth", lr=0.1, steps=3)
    with pytest.raises(
        ValueError, match=r"no stability threshold is known for Lion; it is for SGD"
    ):
        stability(run)
    found = stability(run, threshold=17.0)
    assert found.unstable.all()
    assert found.crossing == 0
    assert "above it at 100%" in repr(found)


@pytest.mark.parametrize("threshold", [0, -1, "high"])
def test_a_threshold_is_positive(threshold):
    with pytest.raises(ValueError, match="threshold must be a positive number"):
        stability(og.run("sgd", "booth", steps=1), threshold=threshold)


def test_settings_without_a_known_threshold_are_rejected():
    with pytest.raises(ValueError, match="maximize=True"):
        stability(og.run("sgd", "booth", lr=0.1, steps=1, maximize=True))
    with pytest.raises(ValueError, match="centered=True"):
        stability(og.run("rmsprop", "booth", lr=0.1, steps=1, centered=True))
    with pytest.raises(TypeError, match="takes a trajectory"):
        stability("sgd")


def test_a_run_that_diverged_has_eigenvalues_up_to_its_end():
    run = og.run("sgd", "rosenbrock", lr=1.0)
    assert run.status == "diverged"
    assert len(stability(run).sharpness) == len(run)
