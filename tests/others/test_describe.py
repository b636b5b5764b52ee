"""What is told of a class: how its runs end, and what is special."""

import os

import pytest
import torch
from torch.optim import LBFGS, SGD, Adam

import optgallery as og
from others.builders import over_sgd
from others.describe import FUNCTIONS, RATE, SEARCHES, SPECIAL, described, settings
from others.loops import Loop
from others.processes import InOtherProcessError


def here(call):
    return call()


def special(cls, **how):
    return described(cls, Loop(**how), here)["special"]


class Idle(SGD):
    def step(self, closure=None):
        pass


class Rounding(SGD):
    def step(self, closure=None):
        super().step()
        for p in self.param_groups[0]["params"]:
            p.data.copy_(p.data.float())


class Jumping(SGD):
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.data.copy_(torch.tensor([3.0, 0.5]))


class Noisy(SGD):
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.grad += torch.randn_like(p)
        super().step()


class Averaging(SGD):
    def train(self):
        pass

    def eval(self):
        pass


class Failing(SGD):
    steps = 0

    def step(self, closure=None):
        self.steps += 1
        if self.steps == 3:
            raise KeyError("momentum")
        super().step()


def test_the_outcome_on_each_function_is_told_at_one_rate():
    ended = described(Adam, Loop(), here)["ended"]
    assert list(ended) == list(FUNCTIONS)
    assert ended["sphere"] == {"kind": "solved", "cost": 56}
    assert ended["rosenbrock"] == {"kind": "unsolved", "last": 0.998}
    ended = described(SGD, Loop(), here)["ended"]
    assert ended["rosenbrock"]["kind"] == "diverged"
    assert ended["rosenbrock"]["step"] == 5


@pytest.mark.parametrize(
    ("cls", "how", "words"),
    [
        (Idle, {}, "never moves"),
        (Rounding, {}, "rounds to float32"),
        (Noisy, {}, "draws random numbers"),
        (Averaging, {}, "has train() and eval()"),
        (LBFGS, {}, "needs a closure"),
        (SGD, {"build": over_sgd}, "wraps an optimizer"),
        (SGD, {"shape": (1, 2)}, "needs a matrix"),
        (SGD, {"dtype": torch.float32}, "works in float32 only"),
        (SGD, {"params": "scalars"}, "needs separate coordinates"),
        (SGD, {"create_graph": True}, "needs second derivatives"),
        (SGD, {"group": {"momentum": 0.9}}, "needs settings in the group"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_special_is_found(cls, how, words):
    if how.get("build") is over_sgd:
        cls = lambda optimizer: optimizer  # noqa: E731
    assert special(cls, **how) == [words]
    assert words in SPECIAL


def test_nothing_is_special_about_gradient_descent():
    assert special(SGD) == []


def test_one_that_jumps_to_a_point_which_float32_has_does_not_round():
    assert special(Jumping) == []


def test_few_steps_are_taken_where_each_is_a_search():
    told = described(SGD, Loop(searches=True), here)
    assert told["special"] == ["searches in each step"]
    after = og.run(SGD, "sphere", steps=SEARCHES, lr=RATE).values[-1]
    assert told["ended"]["sphere"]["last"] == pytest.approx(after, rel=5e-3)


def test_a_class_without_a_rate_says_so():
    class Own(SGD):
        def __init__(self, params):
            super().__init__(params, lr=0.01)

    assert special(Own) == ["takes no lr"]


def test_a_run_that_raises_says_at_which_step_and_why():
    ended = described(Failing, Loop(), here)["ended"]["beale"]
    assert ended == {"kind": "failed", "step": 3, "reason": "KeyError: 'momentum'"}


def test_a_process_that_dies_takes_one_run_with_it():
    calls = []

    def mortal(call):
        calls.append(call)
        if len(calls) in (1, 3):
            raise InOtherProcessError(f"the process ended with -{os.EX_SOFTWARE}")
        return call()

    ended = described(Adam, Loop(), mortal)["ended"]
    assert ended["sphere"]["kind"] == "solved"
    assert ended["rosenbrock"] == {
        "kind": "failed",
        "step": None,
        "reason": f"the process ended with -{os.EX_SOFTWARE}",
    }
    assert ended["beale"]["kind"] == "solved"


def test_a_class_that_cannot_be_examined_has_nothing_special():
    def dead(_):
        raise InOtherProcessError("the process ended with -9")

    told = described(Adam, Loop(), dead)
    assert {ended["kind"] for ended in told["ended"].values()} == {"failed"}
    assert told["special"] == []


def test_settings_are_what_a_class_is_given_besides_its_rate():
    loop = Loop(hparams={"lr": 0.1, "momentum": 0.9}, group={"use_muon": True}, start=(1.0, 2.0))
    assert settings(loop) == "momentum 0.9, use_muon True, start (1.0, 2.0)"
    assert settings(Loop()) == ""
