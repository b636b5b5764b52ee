"""The entries of the gallery that take the same path as an optimizer."""

from dataclasses import replace

import pytest
import torch
from lion_pytorch import Lion

from optgallery import OPTIMIZERS, OptimizerSpec
from optgallery.report.coincidences import TOLERANCE, coincidences
from optgallery.report.loading import load_optimizers


def test_adam_by_hand_is_adam_up_to_rounding(user_file):
    (spec,) = load_optimizers([f"{user_file}:HandAdam"])
    first, *others = coincidences(spec)
    assert first.title == "Adam"
    assert first.same
    assert first.distance <= TOLERANCE
    assert not any(other.same for other in others)


def test_another_packages_lion_takes_the_gallerys_path():
    first, *_ = coincidences(OptimizerSpec(name="theirs", title="Theirs", cls=Lion))
    assert (first.title, first.same) == ("Lion", True)


@pytest.mark.parametrize("name", ["lamb", "signum", "adam"])
def test_an_entry_coincides_with_those_that_it_names(name):
    spec = OPTIMIZERS[name]
    found = {each.name for each in coincidences(spec) if each.same}
    assert set(spec.coincides_with) <= found
    assert name not in found


def test_other_settings_give_another_path():
    changed = replace(OPTIMIZERS["adam"], name="other", defaults={"betas": (0.5, 0.9)})
    assert coincidences(changed) == ()


def test_a_class_without_a_rate_is_compared_with_none():
    def rateless(params):
        return torch.optim.SGD(params, lr=0.01)

    assert coincidences(OptimizerSpec(name="rateless", title="Rateless", cls=rateless)) == ()
