"""Mistakes that were written while `check` was developed, each in a class of its own.

The classes repeat PyTorch's Adam, AdamW, SGD with momentum and Adagrad, with one thing wrong.
"""

from typing import Any

import torch
from torch.optim import Optimizer

_NONE: frozenset[str] = frozenset()


class _Mistaken(Optimizer):
    wrong: frozenset[str] = _NONE

    def is_wrong(self, what: str) -> bool:
        return what in self.wrong


class AdamOf(_Mistaken):
    """Adam, with decay added to the gradient."""

    decoupled = False

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )
        self.calls = 0

    def begin(self, p: torch.Tensor) -> dict[str, Any]:
        state = self.state[p]
        if not state:
            dtype = torch.float32 if self.is_wrong("float32 state") else p.dtype
            state["t"] = 0
            state["m"] = torch.zeros(p.shape, dtype=dtype)
            state["v"] = torch.zeros(p.shape, dtype=dtype)
        return state

    @torch.no_grad()
    def step(self):  # noqa: PLR0912  (each mistake is a branch)
        self.calls += 1
        if self.calls == 1 and self.is_wrong("first step ignored"):
            return
        for group in self.param_groups:
            lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
            wd = group["weight_decay"]
            for p in group["params"]:
                state = self.begin(p)
                grad = p.grad.float().double() if self.is_wrong("float32 gradient") else p.grad
                if self.is_wrong("sign of gradient"):
                    grad = -grad
                coupled = not self.decoupled
                if self.is_wrong("decay exchanged"):
                    coupled = not coupled
                if self.is_wrong("decay ignored"):
                    wd = 0.0
                g = grad + wd * p if coupled else grad
                shrink = 1 - wd * (1 if self.is_wrong("decay without lr") else lr)
                if not (
                    coupled
                    or self.is_wrong("decay after")
                    or self.is_wrong("decay in the numerator")
                ):
                    p.mul_(shrink)
                if not self.is_wrong("step from 0"):
                    state["t"] += 1
                t = state["t"] + (1 if self.is_wrong("step from 2") else 0)
                m, v = state["m"], state["v"]
                m.mul_(beta1).add_(g if self.is_wrong("no 1 - beta") else (1 - beta1) * g)
                v.mul_(beta2).add_((1 - beta2) * g * g)
                c1 = 1.0 if self.is_wrong("no correction of m") else 1 - beta1**t
                c2 = 1.0 if self.is_wrong("no correction of v") else 1 - beta2**t
                if self.is_wrong("no correction"):
                    c1 = c2 = 1.0
                if self.is_wrong("corrections exchanged"):
                    c1, c2 = c2, c1
                if self.is_wrong("eps inside"):
                    root = (v / c2 + eps).sqrt()
                elif self.is_wrong("eps before correction"):
                    root = (v.sqrt() + eps) / c2**0.5
                elif self.is_wrong("eps missing"):
                    root = (v / c2).sqrt()
                elif self.is_wrong("eps as maximum"):
                    root = (v / c2).sqrt().clamp(min=eps)
                else:
                    root = (v / c2).sqrt() + eps
                update = lr * (m / c1) / root
                if self.is_wrong("decay in the numerator"):
                    update = lr * (m / c1 + wd * p) / root
                if self.is_wrong("step from 0"):
                    state["t"] += 1
                if self.is_wrong("sign of update"):
                    update = -update
                if not (self.is_wrong("first update dropped") and state["t"] == 1):
                    p.sub_(update)
                if not coupled and self.is_wrong("decay after"):
                    p.mul_(shrink)


class AdamWOf(AdamOf):
    decoupled = True


class SGDOf(_Mistaken):
    """SGD with momentum, which begins with the first gradient."""

    def __init__(self, params, lr=1e-3, momentum=0.9, weight_decay=0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, mu, wd = group["lr"], group["momentum"], group["weight_decay"]
            for p in group["params"]:
                state, g = self.state[p], p.grad
                if not self.is_wrong("decay after momentum") and not self.is_wrong("decoupled"):
                    g = g + wd * p
                if "b" not in state:
                    state["b"] = (0.1 if self.is_wrong("momentum begins dampened") else 1.0) * g
                elif self.is_wrong("momentum after sum"):
                    state["b"].add_(g).mul_(mu)
                else:
                    state["b"].mul_(mu).add_(g)
                b = state["b"]
                if self.is_wrong("decay after momentum"):
                    b = b + wd * p
                if self.is_wrong("decoupled"):
                    p.mul_(1 - wd)
                p.sub_(lr * b)


class AdagradOf(_Mistaken):
    def __init__(self, params, lr=1e-2, lr_decay=0.0, weight_decay=0.0, eps=1e-10):
        defaults = {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay, "eps": eps}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                g = p.grad + group["weight_decay"] * p
                state = self.state[p]
                s = state.setdefault("s", torch.zeros_like(p))
                if not self.is_wrong("sum after"):
                    s.add_(g * g)
                if self.is_wrong("eps inside"):
                    root = (s + group["eps"]).sqrt()
                else:
                    root = s.sqrt() + group["eps"]
                p.sub_(group["lr"] * g / root)
                if self.is_wrong("sum after"):
                    s.add_(g * g)


def with_mistake(cls: type[_Mistaken], *wrong: str) -> type[_Mistaken]:
    return type(cls.__name__.replace("Of", "With"), (cls,), {"wrong": frozenset(wrong)})


MISTAKES = {
    ("adam", "no correction"): (AdamOf, "bias correction"),
    ("adam", "no correction of m"): (AdamOf, "bias correction"),
    ("adam", "no correction of v"): (AdamOf, "bias correction"),
    ("adamw", "corrections exchanged"): (AdamWOf, "bias correction"),
    ("adam", "eps inside"): (AdamOf, "eps"),
    ("adamw", "eps before correction"): (AdamWOf, "eps"),
    ("adam", "eps missing"): (AdamOf, "eps"),
    ("adamw", "eps as maximum"): (AdamWOf, "eps"),
    ("adam", "decay exchanged"): (AdamOf, "weight decay"),
    ("adamw", "decay exchanged"): (AdamWOf, "weight decay"),
    ("adamw", "decay ignored"): (AdamWOf, "weight decay"),
    ("adamw", "decay without lr"): (AdamWOf, "weight decay"),
    ("adamw", "decay in the numerator"): (AdamWOf, "weight decay"),
    ("adamw", "decay after"): (AdamWOf, "order"),
    ("adam", "step from 0"): (AdamOf, "step count"),
    ("adamw", "step from 2"): (AdamWOf, "step count"),
    ("adam", "first step ignored"): (AdamOf, "first step"),
    ("adamw", "first update dropped"): (AdamWOf, "first step"),
    ("adam", "float32 state"): (AdamOf, "float32"),
    ("adamw", "float32 gradient"): (AdamWOf, "float32"),
    ("adam", "sign of gradient"): (AdamOf, "sign"),
    ("adamw", "sign of update"): (AdamWOf, "sign"),
    ("adam", "no 1 - beta"): (AdamOf, "moving average"),
    # of plain momentum, it is the same as decoupled decay
    ("momentum", "decay after momentum"): (SGDOf, "weight decay"),
    ("momentum", "decoupled"): (SGDOf, "weight decay"),
    ("momentum", "momentum begins dampened"): (SGDOf, None),
    ("momentum", "momentum after sum"): (SGDOf, "order"),
    ("adagrad", "eps inside"): (AdagradOf, "eps"),
    ("adagrad", "sum after"): (AdagradOf, "order"),
}
