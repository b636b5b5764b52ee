import pytorch_optimizer

from references import Case

CASES = (
    *(
        Case(
            optimizer="adahessian",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.AdaHessian,
            hparams=hparams,
            settings={"lr": 0.15, "eps": 1e-4, **hparams},
            why="the package's defaults for lr and eps are not the authors'; "
            "it draws from the global generator, seeded as our private one",
        )
        for setting, hparams in {
            "defaults": {},
            "large eps": {"eps": 1e-1},
            "Hessian power 0.5": {"hessian_power": 0.5, "lr": 0.01},
            "weight decay": {"weight_decay": 0.1},
        }.items()
    ),
)
