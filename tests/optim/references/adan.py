import pytorch_optimizer
from optimi import Adan as OptimiAdan

from references import Case

CASES = (
    *(
        Case(
            optimizer="adan",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.Adan,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "other betas": {"lr": 0.01, "betas": (0.9, 0.5, 0.8)},
        }.items()
    ),
    *(
        Case(
            optimizer="adan",
            setting=setting,
            package="torch-optimi",
            reference=OptimiAdan,
            hparams=hparams,
            settings={"lr": 1e-3, "eps": 1e-8, "weight_decay": 0.0, **hparams},
            why="other defaults, and none for lr",
        )
        for setting, hparams in {
            "defaults": {},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
        }.items()
    ),
)
