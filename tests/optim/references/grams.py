import pytorch_optimizer
from grams import Grams as AuthorsGrams

from references import Case

CASES = (
    *(
        Case(
            optimizer="grams",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.Grams,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "other betas": {"lr": 0.01, "betas": (0.5, 0.8)},
        }.items()
    ),
    *(
        Case(
            optimizer="grams",
            setting=setting,
            package="grams-pytorch",
            reference=AuthorsGrams,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "no eps to speak of": {"lr": 0.01, "eps": 1e-30},
            "weight decay": {"lr": 0.01, "eps": 1e-30, "weight_decay": 0.1},
        }.items()
    ),
)
