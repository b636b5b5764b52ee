"""The plain forms of PyTorch's optimizers take PyTorch's paths."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from optgallery import OPTIMIZERS
from optgallery.checking.gradients import Replay
from optgallery.checking.plain import PLAIN
from optgallery.checking.replay import replay
from optgallery.checking.settings import defaults_of

NAMES = [name for name in OPTIMIZERS if OPTIMIZERS[name].cls in PLAIN]
SETTINGS = {"weight_decay": 0.1, "eps": 0.05, "betas": (0.7, 0.9), "momentum": 0.7, "lr_decay": 0.2}


def test_all_but_two_of_pytorch_have_a_plain_form():
    of_torch = {n for n in OPTIMIZERS if OPTIMIZERS[n].cls.__module__.startswith("torch.")}
    assert of_torch - set(NAMES) == {"lbfgs", "muon"}


@pytest.mark.parametrize("default_dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", NAMES)
def test_each_takes_the_path_of_pytorch(name, default_dtype):
    spec = OPTIMIZERS[name]
    plain = replace(spec, cls=PLAIN[spec.cls])
    taken = {key: value for key, value in SETTINGS.items() if key in defaults_of(spec)}
    taken = {k: v for k, v in taken.items() if spec.name != "adafactor" or k != "eps"}  # two there
    for hparams in ({}, *({key: value} for key, value in taken.items())):
        for shape in ((6,), (2, 3)):
            paths = [
                replay(each, hparams, Replay("", shape=shape), 30, default_dtype=default_dtype)
                for each in (spec, plain)
            ]
            assert [path.raised for path in paths] == ["", ""]
            ours, theirs = (path.points for path in paths)
            moved = np.abs(ours - ours[0]).max()
            assert np.abs(ours - theirs).max() < 1e-13 * moved
