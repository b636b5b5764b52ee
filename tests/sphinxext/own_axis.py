"""Optimizers without a learning rate, for projects: one with an axis of its own, one without."""

SCRIPT = '''
import torch

import optgallery as og


class Normed(torch.optim.Optimizer):
    """Take steps whose length is damped by the gradient's norm."""

    def __init__(self, params, damping=1.0):
        super().__init__(params, {"damping": damping})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p -= p.grad / (group["damping"] + p.grad.norm())


class Harmonic(torch.optim.Optimizer):
    """Take steps along the gradient's direction whose lengths are 1, 1/2, 1/3, ..."""

    def __init__(self, params):
        super().__init__(params, {})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state["step"] = state.get("step", 0) + 1
                p -= p.grad / (p.grad.norm() + 1e-12) / state["step"]


DAMPED = og.OptimizerSpec(
    name="damped",
    title="Damped steps",
    cls=Normed,
    axis=og.Axis("damping", (1, 10.0, 100.0)),
    family="own",
)
HARMONIC = og.OptimizerSpec(name="harmonic", title="Harmonic", cls=Harmonic, family="own")
'''
