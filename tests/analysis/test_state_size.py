"""The number of state values that an optimizer stores for each parameter."""

from typing import Any

import pytest
import torch

from optgallery import OPTIMIZERS
from optgallery.analysis.state_size import state_per_parameter
from optgallery.optim import OptimizerSpec


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        *(("sgd", 0), ("momentum", 1), ("adam", 2), ("amsgrad", 3), ("lion", 1)),
        ("shampoo", 5),  # a velocity, two statistics of a square layer, and a root of each
        ("lbfgs", None),
    ],
)
def test_the_state_of_a_square_layer_is_counted(name: str, numbers: float | None) -> None:
    assert state_per_parameter(OPTIMIZERS[name]) == numbers


@pytest.mark.parametrize("spec", OPTIMIZERS.values(), ids=lambda spec: spec.name)
def test_every_optimizers_state_can_be_counted(spec: OptimizerSpec) -> None:
    count: Any = state_per_parameter(spec)
    assert count is None or 0 <= count < 10


def test_only_floating_point_tensors_count() -> None:
    class Counting(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            (parameter,) = self.param_groups[0]["params"]
            self.state[parameter] = {
                "kept": torch.zeros_like(parameter),
                "half": [torch.zeros(len(parameter) // 2, len(parameter))],
                "step": torch.tensor(1.0),
                "signs": parameter > 0,
                "name": "kept",
            }
            return closure()

    spec = OptimizerSpec(name="counting", title="Counting", cls=Counting)
    assert state_per_parameter(spec) == 1.5


def test_a_step_may_ignore_the_closure_that_it_is_given() -> None:
    class Ignoring(torch.optim.Optimizer):
        def __init__(self, params: Any, lr: float = 0.1) -> None:
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure: Any = None) -> Any:
            for p in self.param_groups[0]["params"]:
                self.state[p]["last"] = 0.5 * p.grad
                p -= 0.1 * p.grad

    spec = OptimizerSpec(name="ignoring", title="Ignoring", cls=Ignoring)
    assert state_per_parameter(spec) == 1
