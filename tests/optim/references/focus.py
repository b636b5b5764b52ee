import pytorch_optimizer

from references import Case

CASES = tuple(
    Case(
        optimizer="focus",
        setting=setting,
        package="pytorch_optimizer",
        reference=pytorch_optimizer.FOCUS,
        hparams=hparams,
        settings=hparams,
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.003": {"lr": 0.003},
        "other betas": {"lr": 0.01, "betas": (0.5, 0.8)},
        "stronger attraction": {"lr": 0.01, "gamma": 0.5},
    }.items()
)
