"""What remains on two coordinates of optimizers that are no entries, as the catalogue says."""

import json
from pathlib import Path

import numpy as np
import pytest
import pytorch_optimizer
import torch
from replay import random_gradients, replay
from torch import nn

CATALOGUE = Path(__file__).parents[2] / "docs" / "catalogue"
ABSENT = {
    optimizer["name"]: optimizer
    for optimizer in json.loads((CATALOGUE / "absent.json").read_text(encoding="utf-8"))
}
GRADIENTS = random_gradients(100)


def assert_same(one, other, shape=None, rtol=1e-9):
    start = (2.0, 1.7)
    paths = [replay(build, GRADIENTS, start, None, shape) for build in (one, other)]
    np.testing.assert_allclose(*paths, rtol=rtol)


@pytest.mark.parametrize("name", ["GaLore", "Fira", "APOLLO", "Conda"])
def test_a_vector_is_left_to_adam(name):
    assert "left to Adam." in ABSENT[name]["here"]
    cls = getattr(pytorch_optimizer, name)
    assert_same(
        lambda p: cls(p, lr=0.1, eps=1e-30), lambda p: torch.optim.Adam(p, lr=0.1, eps=1e-30)
    )


def test_sm3_on_a_vector_is_adagrad():
    assert ABSENT["SM3"]["here"] == "On a vector it is Adagrad."
    assert_same(
        lambda p: pytorch_optimizer.SM3(p, lr=0.1), lambda p: torch.optim.Adagrad(p, lr=0.1)
    )


def test_muonclip_without_attention_is_muon():
    """One sums gradients and the other averages them, which bfloat16 rounds differently."""
    assert ABSENT["MuonClip"]["here"] == "Nothing is clipped, and the rest is Muon."
    assert_same(
        lambda p: pytorch_optimizer.MuonClip([{"params": p, "use_muon": True}], lr=0.1),
        lambda p: pytorch_optimizer.Muon(
            [{"params": p, "use_muon": True}], lr=0.1, use_adjusted_lr=True, nesterov=False
        ),
        (1, 2),
        rtol=0.01,
    )


def test_d_muon_is_muon_at_a_smaller_rate():
    lists = json.loads((CATALOGUE / "benchmarks.json").read_text(encoding="utf-8"))
    (note,) = (o["note"] for o in lists["optimizers"] if o["name"] == "D-Muon")
    factor = 0.2 * 2**0.5
    assert f"{factor:.2f} for all" in note
    assert_same(
        lambda p: torch.optim.Muon(p, lr=0.1, adjust_lr_fn="match_rms_adamw"),
        lambda p: torch.optim.Muon(p, lr=0.1 * factor, weight_decay=0.1 / factor),
        (1, 2),
    )


def test_adam_mini_divides_a_vector_by_one_root_mean_square():
    """The package keeps its averages in float32."""
    assert "momentum over the root mean square of both slopes" in ABSENT["Adam-mini"]["here"]

    def build(params):
        net = nn.Module()
        net.weight = nn.Parameter(params[0])
        optimizer = pytorch_optimizer.AdamMini(net, lr=0.1, weight_decay=0.0)
        optimizer.param_groups[0]["params"] = params  # the tensor itself, whose gradients are set
        return optimizer

    points = replay(build, GRADIENTS, (2.0, 1.7))
    m, v, theta = np.zeros(2), 0.0, np.array([2.0, 1.7])
    for t, g in enumerate(GRADIENTS, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * np.mean(g * g)
        theta = theta - 0.1 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(points[t], theta, rtol=1e-5, atol=1e-5)
