"""Differences between packages and entries, docs/adr/0042; a change makes the record outdated."""

from functools import partial

import pytest
import pytorch_optimizer
import torch
from adam_atan2_pytorch import AdamAtan2 as LucidrainsAdamAtan2
from ano_optimizer import Ano as AuthorsAno
from references import START, STEPS, relative_difference
from replay import random_gradients, replay

from optgallery import OPTIMIZERS

DEPARTURES = {
    "a schedule of the momentum": (
        "nadamw",
        {},
        partial(torch.optim.NAdam, lr=1e-3, weight_decay=0.01, decoupled_weight_decay=True),
        0.33,
    ),
    "an average, and the correction inverted": (
        "simplified_ademamix",
        {"alpha": 0.0},
        pytorch_optimizer.SimplifiedAdEMAMix,
        90,
    ),
    "a rounded to 1.27": (
        "adam_atan2",
        {},
        partial(LucidrainsAdamAtan2, lr=1e-3, betas=(0.9, 0.999)),
        0.0025,
    ),
    "eps before the bias": (
        "adamc",
        {},
        partial(pytorch_optimizer.AdamC, weight_decay=0.01, normalized=True),
        1.3e-6,
    ),
    "eps under the root": ("ano", {}, AuthorsAno, 2.4e-7),
    "decay before the attraction": (
        "focus",
        {"weight_decay": 0.1},
        partial(pytorch_optimizer.FOCUS, weight_decay=0.1),
        0.0055,
    ),
    "the momentum after the step": (
        "bcos",
        {},
        partial(pytorch_optimizer.BCOS, weight_decay=0.01),
        0.078,
    ),
}


@pytest.mark.parametrize(
    ("name", "hparams", "theirs", "recorded"), DEPARTURES.values(), ids=DEPARTURES
)
def test_difference_of_a_package_is_as_recorded(name, hparams, theirs, recorded):
    gradients = random_gradients(STEPS)
    ours = replay(lambda p: OPTIMIZERS[name].build(p, **hparams), gradients, START)
    difference = relative_difference(ours, replay(theirs, gradients, START))
    assert difference == pytest.approx(recorded, rel=0.05)
