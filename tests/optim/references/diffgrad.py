import pytorch_optimizer
import torch_optimizer
from adapters import eps_beside_the_corrected_root

from references import Case

WHY = "the package corrects the bias of the root and eps together, the paper that of the root"

CASES = (
    *(
        Case(
            optimizer="diffgrad",
            setting=setting,
            package="torch_optimizer",
            reference=eps_beside_the_corrected_root(torch_optimizer.DiffGrad),
            hparams=hparams,
            settings={"eps": 1e-8, **hparams},
            why=WHY,
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "other betas": {"lr": 0.01, "betas": (0.5, 0.9)},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="diffgrad",
        setting="defaults",
        package="pytorch_optimizer",
        reference=eps_beside_the_corrected_root(pytorch_optimizer.DiffGrad),
        settings={"eps": 1e-8},
        why=WHY + "; it also adds 1e-15 under the root",
    ),
)
