import pytorch_optimizer

from references import Case

CASES = tuple(
    Case(
        optimizer="signum",
        setting=setting,
        package="pytorch_optimizer",
        reference=pytorch_optimizer.SignSGD,
        hparams=hparams,
        settings={"lr": 1e-4, **hparams},
        why="the package's default learning rate is ten times the paper's",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "short memory": {"lr": 0.01, "momentum": 0.5},
        "signSGD": {"lr": 0.01, "momentum": 0.0},
        "weight decay": {"lr": 0.01, "weight_decay": 0.5},
    }.items()
)
