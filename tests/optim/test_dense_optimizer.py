"""DenseOptimizer: ranges of hyper-parameters, iteration over parameters, saving of the state."""

import re
from typing import ClassVar

import pytest
import torch

from optgallery.optim.base import (
    NON_NEGATIVE,
    POSITIVE,
    RATE,
    UNIT_CLOSED,
    UNIT_HALF_OPEN,
    UNIT_OPEN,
    DenseOptimizer,
    Each,
    _on_device,
)


class Descent(DenseOptimizer):
    """Gradient descent with a hyper-parameter of each kind, and a list in its state."""

    listed = frozenset({"gradients"})
    ranges: ClassVar = {
        "lr": RATE,
        "betas": (UNIT_HALF_OPEN, UNIT_CLOSED),
        "weights": Each(POSITIVE),
    }

    def __init__(self, params, lr=0.5, betas=(0.0, 1.0), weights=(1.0,)):
        super().__init__(params, {"lr": lr, "betas": betas, "weights": weights})

    @torch.no_grad()
    def step(self, closure=None):
        loss = self._evaluate(closure)
        for group, state, p, grad in self._updates():
            state.setdefault("gradients", []).append(grad.clone())
            p.sub_(float(group["lr"]) * grad)
        return loss


class AccumulatingDescent(Descent):
    keeps_master_copy = True


def parameter(*values, dtype=torch.float64, grad=None):
    p = torch.tensor(values, dtype=dtype, requires_grad=True)
    if grad is not None:
        p.grad = torch.tensor(grad, dtype=dtype)
    return p


@pytest.mark.parametrize(
    ("allowed", "inside", "outside"),
    [
        (POSITIVE, [5e-324, 1, 1e300], [0, -5e-324]),
        (NON_NEGATIVE, [0, -0.0, 1e300], [-5e-324]),
        (RATE, [0, 1.5], [-1]),
        (UNIT_CLOSED, [0, 0.5, 1], [-5e-324, 1 + 2**-52]),
        (UNIT_HALF_OPEN, [0, 1 - 2**-53], [-5e-324, 1]),
        (UNIT_OPEN, [5e-324, 1 - 2**-53], [0, 1]),
    ],
    ids=lambda value: getattr(value, "words", ""),
)
def test_a_range_includes_exactly_the_bounds_that_it_names(allowed, inside, outside):
    for value in inside:
        allowed.check("eps", value)
    for value in outside:
        text = re.escape(f"eps must be {allowed.words}, got {value!r}")
        with pytest.raises(ValueError, match=f"^{text}$"):
            allowed.check("eps", value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None, True, 1j])
def test_a_value_that_is_not_a_finite_number_is_out_of_every_range(value):
    with pytest.raises(ValueError, match=r"^eps must be a finite number > 0, got "):
        POSITIVE.check("eps", value)


def test_only_a_learning_rate_may_be_a_tensor():
    RATE.check("lr", torch.tensor([0.1]))
    with pytest.raises(ValueError, match=r"got a tensor of shape \(2,\)$"):
        RATE.check("lr", torch.tensor([0.1, 0.2]))
    with pytest.raises(ValueError, match=r"^eps must be a finite number > 0, got tensor"):
        POSITIVE.check("eps", torch.tensor(0.1))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"betas": (1.0, 1.0)}, "betas[0] must be in [0, 1), got 1.0"),
        ({"betas": (0.0, 1.5)}, "betas[1] must be in [0, 1], got 1.5"),
        ({"betas": (0.0,)}, "betas must be 2 numbers, got (0.0,)"),
        ({"betas": 0.5}, "betas must be 2 numbers, got 0.5"),
        ({"weights": ()}, "weights must be one or more numbers, got ()"),
        ({"weights": 1.0}, "weights must be one or more numbers, got 1.0"),
        ({"weights": [1, 2, 0]}, "weights[2] must be > 0, got 0"),
    ],
)
def test_every_member_of_a_tuple_is_checked(settings, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Descent([parameter(1.0)], **settings)


def test_an_invalid_group_is_not_added():
    optimizer = Descent([parameter(1.0)])
    with pytest.raises(ValueError, match=r"^lr must be >= 0, got -1$"):
        optimizer.add_param_group({"params": [parameter(2.0)], "lr": -1})
    with pytest.raises(TypeError, match=r"^param_group must be a dict, got \["):
        optimizer.add_param_group([parameter(2.0)])
    assert len(optimizer.param_groups) == 1


def test_a_group_overrides_the_defaults_and_takes_the_others():
    one, two = parameter(1.0, grad=[1.0]), parameter(1.0, grad=[1.0])
    optimizer = Descent([{"params": [one], "lr": 0.25}, {"params": [two]}])
    optimizer.step()
    assert (one.item(), two.item()) == (0.75, 0.5)


def test_a_closure_is_evaluated_once_with_gradients_enabled():
    p = parameter(3.0)
    enabled = []

    def closure():
        enabled.append(torch.is_grad_enabled())
        p.grad = torch.ones(1, dtype=torch.float64)
        return "loss"

    with torch.no_grad():
        assert Descent([p]).step(closure) == "loss"
    assert enabled == [True]
    assert p.item() == 2.5
    assert Descent([p]).step() is None


def test_parameters_without_a_gradient_are_skipped_and_have_no_state():
    unused, used = parameter(1.0), parameter(1.0, grad=[1.0])
    optimizer = Descent([unused, used])
    optimizer.step()
    assert unused.item() == 1
    assert set(optimizer.state) == {used}


def test_a_step_of_a_group_sees_only_its_members_with_a_gradient():
    used, unused, other = parameter(1.0, grad=[2.0]), parameter(1.0), parameter(1.0)
    optimizer = Descent([{"params": [used, unused], "lr": 0.1}, {"params": [other]}])
    ((group, members),) = optimizer._group_updates()
    assert group["lr"] == 0.1
    ((state, theta, grad),) = members
    assert state is optimizer.state[used]
    assert theta is used
    assert grad.item() == 2


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_updated_in_float32_and_rounded_afterwards(dtype):
    p = parameter(1.0, 2.0, dtype=dtype, grad=[0.25, 2**-12])
    optimizer = Descent([p], lr=1.0)
    optimizer.step()
    assert p.dtype == dtype
    assert p.tolist() == [0.75, 2.0]
    assert optimizer.state[p]["gradients"][0].dtype == torch.float32


def test_a_master_copy_accumulates_steps_that_rounding_would_lose():
    rounded, accumulated = (parameter(1.0, dtype=torch.bfloat16) for _ in range(2))
    for p, cls in ((rounded, Descent), (accumulated, AccumulatingDescent)):
        optimizer = cls([p], lr=1.0)
        for _ in range(64):
            p.grad = torch.tensor([2**-12], dtype=torch.bfloat16)
            optimizer.step()
    assert rounded.item() == 1
    assert accumulated.item() == 1 - 64 * 2**-12


def test_lists_are_saved_as_dicts_with_indices_as_keys():
    p = parameter(1.0, grad=[1.0])
    optimizer = Descent([p])
    optimizer.step()
    optimizer.step()
    (values,) = optimizer.state_dict()["state"].values()
    assert {key: g.item() for key, g in values["gradients"].items()} == {0: 1.0, 1: 1.0}
    assert isinstance(optimizer.state[p]["gradients"], list)


def test_a_list_is_restored_from_keys_that_a_checkpoint_has_turned_into_strings():
    optimizer = Descent([parameter(1.0)])
    groups = optimizer.state_dict()["param_groups"]
    saved = {str(i): torch.tensor([float(i)]) for i in (10, 2, 0)}
    other = {"1": 0.5, "0": 0.25}
    optimizer.load_state_dict(
        {"state": {0: {"gradients": saved, "named": other}}, "param_groups": groups}
    )
    (state,) = optimizer.state.values()
    assert [g.item() for g in state["gradients"]] == [0, 2, 10]
    assert state["named"] == {0: 0.25, 1: 0.5}


def test_the_state_dict_that_was_passed_is_not_changed():
    optimizer = Descent([parameter(1.0, grad=[1.0])])
    optimizer.step()
    saved = optimizer.state_dict()
    (values,) = saved["state"].values()
    optimizer.load_state_dict(saved)
    assert isinstance(values["gradients"], dict)


def test_state_is_copied_in_single_precision_inside_collections():
    half, single = torch.ones(2, dtype=torch.bfloat16), torch.ones(2)
    state = {"a": [half, (half, 3)], "b": {"c": single}, "step": 7}
    copied = _on_device(state, torch.device("cpu"))
    assert copied["a"][0].dtype == copied["a"][1][0].dtype == torch.float32
    assert isinstance(copied["a"][1], tuple)
    assert (copied["a"][1][1], copied["step"]) == (3, 7)
    assert copied["b"]["c"] is not single
    assert copied["b"]["c"].tolist() == [1, 1]
