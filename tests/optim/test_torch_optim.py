"""The entries of PyTorch's optimizers: none is left out, and their summaries are true."""

import inspect

import numpy as np
import pytest
import torch
from torch.optim.optimizer import Optimizer

import optgallery as og
from optgallery import FUNCTIONS, OPTIMIZERS

ENTRIES = [spec for spec in OPTIMIZERS.values() if spec.cls.__module__.startswith("torch.optim")]
START = FUNCTIONS["booth"].start


def descend(name, gradients, lr=1.0, **hparams):
    """Return the points and the optimizer after steps along given gradients, from 0."""
    p = torch.zeros(len(gradients[0]), dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[name].build([p], lr=lr, **hparams)
    points = [p.tolist()]
    for gradient in gradients:
        p.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        points.append(p.tolist())
    return np.array(points), optimizer.state[p]


def steps(name, gradients, **hparams):
    return np.diff(descend(name, gradients, **hparams)[0], axis=0)


def test_every_class_of_torch_is_an_entry_except_the_one_for_sparse_gradients():
    classes = {
        cls
        for cls in vars(torch.optim).values()
        if inspect.isclass(cls) and issubclass(cls, Optimizer) and cls is not Optimizer
    }
    assert {spec.cls for spec in ENTRIES} == classes - {torch.optim.SparseAdam}


@pytest.mark.parametrize("spec", ENTRIES, ids=lambda spec: spec.name)
def test_an_entry_has_a_paper_a_family_and_a_summary_of_one_sentence(spec):
    assert spec.paper.year >= 1951
    assert spec.paper.url.startswith("https://")
    assert spec.family != "custom"
    assert spec.summary.endswith(".")
    assert "\n" not in spec.summary
    assert len(spec.summary) <= 85


def test_entries_of_one_class_differ_in_their_defaults():
    for cls in {spec.cls for spec in ENTRIES}:
        defaults = [dict(spec.defaults) for spec in ENTRIES if spec.cls is cls]
        assert all(one != other for i, one in enumerate(defaults) for other in defaults[:i])


def test_sgd_steps_by_the_negative_gradient_times_lr():
    assert steps("sgd", [[4.0], [-1.0]], lr=0.5).tolist() == [[-2.0], [0.5]]


def test_momentum_keeps_nine_tenths_of_the_velocity():
    np.testing.assert_allclose(steps("momentum", [[1.0], [0.0], [1.0]]), [[-1], [-0.9], [-1.81]])


def test_nesterov_takes_the_gradient_where_the_velocity_leads():
    """Its parameters are the point ahead: y = x - lr * 0.9 * v, with v the velocity of momentum."""
    trajectory = og.run("nesterov", "booth", steps=20, lr=0.01)
    x, velocity = np.array(START), np.zeros(2)
    for ahead in trajectory.points[1:]:
        p = torch.tensor(x - 0.01 * 0.9 * velocity, requires_grad=True)
        (gradient,) = torch.autograd.grad(FUNCTIONS["booth"](*p), p)
        velocity = 0.9 * velocity + gradient.numpy()
        x = x - 0.01 * velocity
        np.testing.assert_allclose(ahead, x - 0.01 * 0.9 * velocity, rtol=1e-12)


def test_asgd_decays_its_rate_and_does_not_average_in_the_first_million_steps():
    _, state = descend("asgd", [[1.0]] * 300)
    lengths = -steps("asgd", [[1.0]] * 300, lambd=0.1)[:, 0]
    assert state["ax"].item() == descend("asgd", [[1.0]] * 300)[0][-1, 0]
    assert inspect.signature(torch.optim.ASGD).parameters["t0"].default == 1e6
    assert lengths[-1] < 0.2 * lengths[0]


def test_rprop_uses_only_the_sign_and_adapts_the_length():
    gradients = np.array([[1.0], [1.0], [1.0], [-1.0], [-1.0]])
    sizes = np.array([[3.0], [1e-3], [40.0], [7.0], [0.1]])
    lengths = np.abs(steps("rprop", gradients, lr=0.1)[:, 0])
    np.testing.assert_array_equal(lengths, np.abs(steps("rprop", gradients * sizes, lr=0.1)[:, 0]))
    np.testing.assert_allclose(lengths[:3], [0.1, 0.12, 0.144])
    assert lengths[3] == 0  # the step that finds another sign is not taken
    assert lengths[4] == pytest.approx(0.072)


def test_adagrad_only_shrinks_its_rates():
    lengths = -steps("adagrad", [[1.0]] * 9)[:, 0]
    np.testing.assert_allclose(lengths, 1 / np.sqrt(np.arange(1, 10)), rtol=1e-8)
    assert steps("adagrad", [[1.0]] * 9 + [[1e-3]])[-1, 0] == pytest.approx(-1e-3 / 3, rel=1e-6)


def test_adadelta_steps_do_not_depend_on_the_unit_of_the_function():
    """A factor of all gradients changes the steps only through eps."""
    small = steps("adadelta", [[1.0], [2.0], [3.0]], eps=1e-30)
    large = steps("adadelta", [[1e3], [2e3], [3e3]], eps=1e-30)
    np.testing.assert_allclose(small, large, rtol=1e-9)


def test_rmsprop_divides_by_the_root_of_an_average_of_squares():
    gradients = [[2.0], [1.0]]
    squares = np.array([0.01 * 4, 0.99 * 0.04 + 0.01])
    expected = -np.array([2.0, 1.0]) / np.sqrt(squares)
    np.testing.assert_allclose(steps("rmsprop", gradients)[:, 0], expected, rtol=1e-6)


def test_adams_first_step_is_lr_times_the_sign_due_to_bias_correction():
    np.testing.assert_allclose(steps("adam", [[1e-3, -50.0]]), [[-1, 1]], rtol=1e-4)


def test_adamax_divides_by_a_decaying_maximum():
    _, state = descend("adamax", [[4.0], [1.0], [1.0]], betas=(0.9, 0.5))
    assert state["exp_inf"].item() == pytest.approx(1.0)
    _, state = descend("adamax", [[4.0], [1.0], [1.0]], betas=(0.9, 0.8))
    assert state["exp_inf"].item() == pytest.approx(4 * 0.8**2)


def test_amsgrads_denominator_never_decreases():
    gradients = [[10.0]] + [[0.1]] * 50
    _, adam = descend("adam", gradients, betas=(0.9, 0.9))
    _, amsgrad = descend("amsgrad", gradients, betas=(0.9, 0.9))
    assert adam["exp_avg_sq"].item() < 0.1
    assert amsgrad["max_exp_avg_sq"].item() == pytest.approx(10)


def test_adamw_shrinks_the_parameters_directly_and_adam_by_way_of_the_gradient():
    ends = {}
    for name in ("adam", "adamw"):
        p = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
        optimizer = OPTIMIZERS[name].build([p], lr=0.1, weight_decay=0.5)
        p.grad = torch.zeros(1, dtype=torch.float64)
        optimizer.step()
        ends[name] = p.item()
    assert ends["adamw"] == 2 * (1 - 0.1 * 0.5)
    assert ends["adam"] == pytest.approx(2 - 0.1)


def test_nadam_responds_to_a_new_gradient_more_than_adam():
    gradients = [[1.0]] * 10 + [[-1.0]]
    assert steps("nadam", gradients)[-1, 0] > 0.5 * steps("adam", gradients)[-1, 0]
    assert steps("nadam", gradients)[-1, 0] > steps("adam", gradients)[-1, 0]


def test_radam_takes_momentum_steps_until_the_sixth():
    """With beta2 = 0.999, rho exceeds 5 at step 6; until then nothing divides the average."""
    lengths = -steps("radam", [[8.0]] * 7)[:, 0]
    np.testing.assert_allclose(lengths[:5], 8, rtol=1e-12)
    assert (lengths[5:] < 1).all()


def test_adafactor_scales_by_the_rms_of_the_parameter():
    lengths = []
    for size in (1.0, 10.0):
        p = torch.full((2,), size, dtype=torch.float64, requires_grad=True)
        optimizer = OPTIMIZERS["adafactor"].build([p], lr=0.01)
        p.grad = torch.tensor([5.0, 1e-3], dtype=torch.float64)
        optimizer.step()
        lengths.append((size - p).tolist())
    np.testing.assert_allclose(lengths[0], [0.01, 0.01], rtol=1e-6)
    np.testing.assert_allclose(lengths[1], [0.1, 0.1], rtol=1e-6)


def test_lbfgs_searches_along_each_step_and_is_exact_on_a_quadratic():
    trajectory = og.run("lbfgs", "booth", steps=3, lr=1.0)
    assert trajectory.values[-1] < 1e-12 * trajectory.values[0]
    evaluations = np.diff(og.run("lbfgs", "rosenbrock", steps=5, lr=1.0).evaluations)
    assert evaluations.max() > 2
    assert OPTIMIZERS["lbfgs"].evaluations_per_step is None


def test_muons_step_along_one_row_has_a_fixed_length():
    gradients = np.array([[3.0, 4.0], [3e-3, 4e-3], [-200.0, 1.0], [0.0, 0.5]])
    lengths = []
    for gradient in gradients:
        p = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
        optimizer = OPTIMIZERS["muon"].build([p], lr=0.5, weight_decay=0.0)
        p.grad = torch.from_numpy(gradient[None])
        optimizer.step()
        step = -p.detach().numpy()[0]
        lengths.append(np.hypot(*step))
        np.testing.assert_allclose(step / lengths[-1], gradient / np.hypot(*gradient), atol=0.01)
    np.testing.assert_allclose(lengths, lengths[0], rtol=0.02)
