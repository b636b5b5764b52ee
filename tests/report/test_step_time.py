"""The time of a step beside that of SGD."""

import time

import pytest
import torch

from optgallery import OPTIMIZERS, OptimizerSpec
from optgallery.report.step_time import SIDES, step_times


class Sleepy(torch.optim.SGD):
    def step(self, closure=None):
        time.sleep(0.005)
        return super().step(closure)


def test_time_in_the_step_is_measured():
    for measured in step_times(OptimizerSpec(name="sleepy", title="Sleepy", cls=Sleepy)):
        assert 0.005 < measured.seconds < 0.1
        assert measured.ratio == measured.seconds / measured.baseline > 1


@pytest.mark.parametrize("name", ["lbfgs", "adahessian", "muon", "schedule_free_sgd"])
def test_optimizers_with_other_needs_are_timed(name):
    found = step_times(OPTIMIZERS[name])
    assert tuple(each.side for each in found) == SIDES
    assert all(each.seconds > 0 for each in found)


def test_the_state_of_torchs_generator_is_unchanged():
    before = torch.get_rng_state()
    step_times(OPTIMIZERS["adahessian"])
    assert torch.equal(before, torch.get_rng_state())
