"""Learning rates that are not plain numbers: tensors, one for each coordinate, functions."""

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adam, Optimizer

import optgallery as og


class Scheduled(Optimizer):
    """Accept a number or a function of the step."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})
        self.t = 0

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr = group["lr"](self.t) if callable(group["lr"]) else group["lr"]
            for p in group["params"]:
                p -= torch.as_tensor(lr, dtype=p.dtype) * p.grad
        self.t += 1


class ChangesItsRate(Optimizer):
    """Halve the rate in place in every step, as schedules do with tensors."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * p.grad
            group["lr"] *= 0.5


class WarmsUp(SGD):
    """Begin at a tenth of the given rate."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr=lr / 10)
        self.full = lr

    def step(self, closure=None):
        super().step(closure)
        group = self.param_groups[0]
        group["lr"] = min(self.full, 2 * group["lr"])


class OutsideTheGroups(SGD):
    """Store the rate in an attribute."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr=lr)
        self.rate = self.param_groups[0].pop("lr")

    def step(self, closure=None):
        self.param_groups[0]["lr"] = self.rate
        super().step(closure)
        del self.param_groups[0]["lr"]


def decaying(step):
    return 0.1 / (1 + step / 10)


@pytest.mark.parametrize(
    ("lr", "words"),
    [
        (decaying, "lr decaying"),
        (lambda step: 0.1 / (1 + step), "lr a function"),
        (torch.tensor([0.1, 0.02], dtype=torch.float64), "lr (0.1, 0.02)"),
        ((0.1, 0.02), "lr (0.1, 0.02)"),
        (np.array([0.1, 0.02]), "lr (0.1, 0.02)"),
        (torch.tensor(0.25), "lr 0.25"),
        (torch.tensor([0.25]), "lr 0.25"),
    ],
)
def test_any_kind_of_rate_is_passed_to_the_class_and_named_in_titles_captions_and_legends(
    lr, words
):
    t = og.run(Scheduled, "booth", steps=30, lr=lr)
    p = torch.tensor(og.FUNCTIONS["booth"].start, dtype=torch.float64, requires_grad=True)
    plain = Scheduled([p], lr=lr)
    for expected in t.points:
        assert p.tolist() == expected.tolist()
        plain.zero_grad()
        og.FUNCTIONS["booth"](*p).backward()
        plain.step()
    assert t.title == f"Scheduled on Booth, {words}"
    assert words in og.animate(t, size=200).alt
    assert og.plot_loss(t).get_legend().get_texts()[0].get_text() == f"Scheduled, {words}"
    assert len(list(og.animate([t, t], size=200, frames=3).frames())) == 3


@pytest.mark.parametrize("cls", [ChangesItsRate, SGD, Adam])
def test_the_callers_tensor_is_never_changed(cls):
    lr = torch.tensor(0.05, dtype=torch.float64)
    first, second = (og.run(cls, "booth", steps=9, lr=lr) for _ in range(2))
    assert lr.item() == 0.05
    np.testing.assert_array_equal(first.points, second.points)
    assert first.lr == second.lr == 0.05


@pytest.mark.parametrize("cls", [ChangesItsRate, Adam])
def test_many_starts_do_not_share_a_tensor(cls):
    lr = torch.tensor(0.05, dtype=torch.float64)
    starts = [(1.0, 2.0), (-3.0, 0.5), (4.0, 4.0)]
    for start, t in zip(starts, og.run(cls, "booth", start=starts, steps=9, lr=lr), strict=True):
        alone = og.run(cls, "booth", start=start, steps=9, lr=lr)
        np.testing.assert_array_equal(t.points, alone.points)


@pytest.mark.parametrize("cls", [WarmsUp, OutsideTheGroups])
def test_runs_are_labelled_by_the_given_rate(cls, tmp_path):
    runs = [og.run(cls, "booth", steps=20, lr=lr) for lr in (0.001, 0.01, 0.1)]
    assert [t.lr for t in runs] == [0.001, 0.01, 0.1]
    titles = [f"{cls.__name__} on Booth, lr {lr:g}" for lr in (0.001, 0.01, 0.1)]
    assert [t.title for t in runs] == titles
    legend = [text.get_text() for text in og.plot_loss(runs).get_legend().get_texts()]
    assert legend == [f"{cls.__name__}, lr {lr:g}" for lr in (0.001, 0.01, 0.1)]
    for _ in range(2):  # computed, then read from the store
        swept = og.sweep(cls, "booth", lrs=[0.01, 0.1], steps=20, store=tmp_path)
        assert [t.lr for t in swept.values()] == [0.01, 0.1]
    assert og.run(cls, "booth", steps=20).lr == (0.01 if cls is WarmsUp else 0.1)
