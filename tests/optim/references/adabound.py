import pytorch_optimizer
from adabound import AdaBound as AuthorsAdaBound

from references import Case

CASES = (
    *(
        Case(
            optimizer="adabound",
            setting=setting,
            package="adabound",
            reference=AuthorsAdaBound,
            hparams=hparams,
            settings=hparams,
            deprecated=r"This overload of add_? is deprecated",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "bounds that bind": {"lr": 0.01, "final_lr": 0.02, "gamma": 0.5},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="adabound",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.AdaBound,
    ),
)
