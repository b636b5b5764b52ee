from typing import Any

import pytorch_optimizer
from adapters import eps_beside_the_corrected_root
from torch import Tensor

from references import Case


class Normalized(pytorch_optimizer.AdamC):
    """The package's class with the correction in all groups, and a largest rate of one's own."""

    def __init__(self, params: list[Tensor], *, max_lr: float, **settings: Any) -> None:
        super().__init__(params, normalized=True, foreach=False, **settings)
        self.max_lr = max_lr


CASES = tuple(
    Case(
        optimizer="adamc",
        setting=setting,
        package="pytorch_optimizer",
        reference=eps_beside_the_corrected_root(Normalized),
        hparams=hparams,
        settings={"max_lr": hparams.get("lr", 1e-3), "weight_decay": 0.01, "eps": 1e-8, **hparams},
        why="the correction is off there unless a group is marked, the largest rate is always that "
        "of the constructor, weight decay is 0 unless told otherwise, and eps is added before bias "
        "correction",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "a tenth of the largest rate": {"lr": 0.01, "max_lr": 0.1, "weight_decay": 0.5},
        "other betas": {"lr": 0.01, "max_lr": 0.05, "betas": (0.5, 0.8)},
    }.items()
)
