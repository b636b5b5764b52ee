import pytorch_optimizer

from references import Case

CASES = (
    *(
        Case(
            optimizer="laprop",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.LaProp,
            hparams=hparams,
            settings={"foreach": False, **hparams},
            why="the batched variant there keeps the step size in float32",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
        }.items()
    ),
)
