"""Differences between packages and papers, docs/adr/0016; a change makes the record outdated."""

import pytest
import pytorch_optimizer
from adan_pytorch import Adan as AdanPytorch
from grams import Grams as AuthorsGrams
from references import START, STEPS, relative_difference
from replay import random_gradients, replay

from optgallery import OPTIMIZERS


def adan_pytorch(params):
    return AdanPytorch(params, betas=(0.02, 0.08, 0.01))


def cautious(params):
    return pytorch_optimizer.AdEMAMix(params, alpha=0.0, cautious=True)


def decaying_adopt(params):
    return pytorch_optimizer.ADOPT(params, weight_decay=0.5, weight_decouple=True, clip_lambda=None)


DEPARTURES = {
    "a first gradient skipped": ("adan", {}, adan_pytorch, 0.14),
    "clipped one step late": ("adopt", {}, pytorch_optimizer.ADOPT, 0.013),
    "decay in the first call": (
        "adopt",
        {"weight_decay": 0.5, "clip": False},
        decaying_adopt,
        0.0029,
    ),
    "5 for the slow mean": ("ademamix", {}, pytorch_optimizer.AdEMAMix, 0.037),
    "a step size in float32": ("laprop", {}, pytorch_optimizer.LaProp, 6e-9),
    "eps before the bias": ("grams", {}, AuthorsGrams, 1.6e-4),
    "xi 1": ("cautious_adamw", {"weight_decay": 0.0}, cautious, 0.76),
}


@pytest.mark.parametrize(
    ("name", "hparams", "theirs", "recorded"), DEPARTURES.values(), ids=DEPARTURES
)
def test_difference_of_a_package_is_as_recorded(name, hparams, theirs, recorded):
    gradients = random_gradients(STEPS)
    ours = replay(lambda p: OPTIMIZERS[name].build(p, **hparams), gradients, START)
    difference = relative_difference(ours, replay(theirs, gradients, START))
    assert difference == pytest.approx(recorded, rel=0.05)
