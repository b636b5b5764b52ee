"""A file with optimizers as a user has it, and a report about one of them."""

import sys

import pytest

from optgallery import FUNCTIONS, OPTIMIZERS
from optgallery.cache.store import Store
from optgallery.report.findings import Plan, collect
from optgallery.report.loading import load_optimizers

FILE = '''
import torch


class HandAdam(torch.optim.Optimizer):
    """Adam, written by hand."""

    def __init__(self, params, lr=0.01, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state |= {"t": 0, "m": torch.zeros_like(p), "v": torch.zeros_like(p)}
                state["t"] += 1
                state["m"].mul_(b1).add_(p.grad, alpha=1 - b1)
                state["v"].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                m = state["m"] / (1 - b1 ** state["t"])
                v = state["v"] / (1 - b2 ** state["t"])
                p.addcdiv_(m, v.sqrt() + group["eps"], value=-group["lr"])


class Descent(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p -= group["lr"] * p.grad


class Tuned(Descent):
    def __init__(self, params, alpha, lr=0.01):
        super().__init__(params, lr * alpha)


class Refusing(Descent):
    def step(self):
        raise RuntimeError("not today")


class Touchy(Descent):
    """Raises an exception where a gradient is large."""

    def step(self):
        for group in self.param_groups:
            if any(p.grad.abs().max() > 20 for p in group["params"]):
                raise RuntimeError("a gradient is large")
        super().step()


class Hovering(torch.optim.Optimizer):
    """Momentum divided by its norm, so that every step has the same length."""

    def __init__(self, params, lr=0.01):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                m.mul_(0.9).add_(p.grad)
                p.sub_(m / (m.norm() + 1e-12), alpha=group["lr"])


class Late(Descent):
    """Raises an exception in its eleventh step."""

    count = 0

    def step(self):
        self.count += 1
        if self.count > 10:
            raise RuntimeError("too late")
        super().step()


class Forgetful(Descent):
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["velocity"].add_(p.grad)


class Flagged(Descent):
    def step(self):
        for group in self.param_groups:
            if group["use_muon"]:
                super().step()


class Thing:
    pass


def bowl(x, y):
    return x**2 + y**2


def broken(x, y):
    return "high"


box = {"x0": 1.0, "y0": 1.0, "xmin": -2, "xmax": 2, "ymin": -2, "ymax": 2}
BOWL = (bowl, box)
BROKEN = (broken, box)
'''


@pytest.fixture(scope="session")
def user_file(tmp_path_factory):
    """A file with optimizers and functions, which can be imported while the tests run."""
    path = tmp_path_factory.mktemp("user") / "users_file.py"
    path.write_text(FILE, encoding="utf-8")
    yield path
    sys.modules.pop(path.stem, None)
    if str(path.parent) in sys.path:
        sys.path.remove(str(path.parent))


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def report(user_file, store):
    """A report about one optimizer on two functions at two rates, beside SGD."""
    return collect(
        Plan(
            load_optimizers([f"{user_file}:HandAdam"]),
            (OPTIMIZERS["sgd"],),
            (FUNCTIONS["booth"], FUNCTIONS["rosenbrock"]),
            (0.1, 1.0),
            steps=80,
            jobs=1,
            store=store,
            starts=2,
            rates=(0.01, 0.1, 1.0, 10.0),
            many_rates=(0.01, 0.1, 0.3, 1.0, 10.0),
        )
    )
