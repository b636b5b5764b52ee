from math import pi

from adam_atan2_pytorch import AdamAtan2 as LucidrainsAdamAtan2

from references import Case

CASES = tuple(
    Case(
        optimizer="adam_atan2",
        setting=setting,
        package="adam-atan2-pytorch",
        reference=LucidrainsAdamAtan2,
        hparams=hparams,
        settings={"lr": 1e-3, "betas": (0.9, 0.999), "a": 4 / pi, **hparams},
        why="a is 1.27 there and lr, betas have other defaults",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "other betas": {"lr": 0.01, "betas": (0.5, 0.8)},
        "weight decay": {"lr": 0.01, "weight_decay": 0.1},
        "other a and b": {"lr": 0.01, "a": 1.0, "b": 3.0},
    }.items()
)
