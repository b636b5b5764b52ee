import pytorch_optimizer

from references import Case

CASES = tuple(
    Case(
        optimizer="tiger",
        setting=setting,
        package="pytorch_optimizer",
        reference=pytorch_optimizer.Tiger,
        hparams=hparams,
        settings=hparams,
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "short memory": {"lr": 0.01, "beta": 0.5},
        "strong weight decay": {"lr": 0.01, "weight_decay": 0.5},
        "no weight decay": {"lr": 0.01, "weight_decay": 0.0},
    }.items()
)
