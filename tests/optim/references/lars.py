from functools import partial

import pytorch_optimizer
import torch
from torch import Tensor
from torch.optim import Optimizer

from references import Case


class OnMatrices(Optimizer):
    """An optimizer that receives every vector as a matrix with one row."""

    def __init__(self, params: list[Tensor], reference: type[Optimizer], **settings: float) -> None:
        super().__init__(params, {})
        (group,) = self.param_groups
        self.rows = [torch.nn.Parameter(p.detach().unsqueeze(0)) for p in group["params"]]
        self.inner = reference(self.rows, **settings)

    def step(self) -> None:
        (group,) = self.param_groups
        for p, row in zip(group["params"], self.rows, strict=True):
            row.grad = p.grad.unsqueeze(0)
        self.inner.step()  # a row shares its vector's memory


CHAOTIC = {"defaults": ("himmelblau", "ackley", "rastrigin"), "lr 0.001": ("beale",)}

CASES = tuple(
    Case(
        optimizer="lars",
        setting=setting,
        package="pytorch_optimizer",
        reference=partial(OnMatrices, reference=pytorch_optimizer.LARS),
        hparams=hparams,
        chaotic=CHAOTIC.get(setting, ()),
        settings={"lr": 0.01, "trust_coefficient": 1.0, **hparams},
        why="the package scales matrices only, and its defaults are not those of our entry",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.001": {"lr": 1e-3},
        "no momentum": {"momentum": 0.0},
        "the paper's trust": {"lr": 1.0, "trust_coefficient": 1e-3},
        "L2 penalty": {"weight_decay": 0.1},
    }.items()
)
