import pytorch_optimizer
from lion_pytorch import Lion as LionPytorch

from references import Case

CASES = (
    *(
        Case(
            optimizer="lion",
            setting=setting,
            package="lion-pytorch",
            reference=LionPytorch,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "other betas": {"lr": 0.01, "betas": (0.5, 0.8)},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="lion",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.Lion,
    ),
)
