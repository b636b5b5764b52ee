import pytorch_optimizer
from torch import Tensor

from references import Case


class BeforeTheStep(pytorch_optimizer.BCOS):
    """The package's class with the momentum before the step in its estimate.

    The package's own is given the momentum after it.
    """

    def compute_v(self, grad: Tensor, m: Tensor, beta: float, beta2: float | None) -> Tensor:
        return super().compute_v(grad, (m - (1 - beta) * grad) / beta, beta, beta2)


CASES = tuple(
    Case(
        optimizer="bcos",
        setting=setting,
        package="pytorch_optimizer",
        reference=BeforeTheStep,
        hparams=hparams,
        settings={"foreach": False, "weight_decay": 0.01, **hparams},
        why="the package estimates with the momentum after the step; the reference takes the one "
        "before it, as the authors' code does, and the weight decay of the gallery's entry",
        chaotic=("himmelblau",) if setting == "lr 0.01" else (),
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "large eps": {"lr": 0.01, "eps": 1e-2},
        "the authors' decay": {"lr": 0.01, "weight_decay": 0.1},
        "other beta": {"lr": 0.01, "beta": 0.6},
    }.items()
)
