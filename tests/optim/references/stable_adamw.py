import optimi
import pytorch_optimizer

from references import Case

CASES = (
    *(
        Case(
            optimizer="stable_adamw",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.StableAdamW,
            hparams=hparams,
            settings={"eps": 1e-6, **hparams},
            why="its eps is 1e-8 by default",
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
            optimizer="stable_adamw",
            setting=setting,
            package="torch-optimi",
            reference=optimi.StableAdamW,
            hparams=hparams,
            # with Triton installed, as in CUDA builds of torch, it would ask for a GPU
            settings={"lr": 1e-3, "triton": False, **hparams},
            why="it has no default for lr",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "large eps": {"lr": 0.01, "eps": 1e-2},
        }.items()
    ),
)
