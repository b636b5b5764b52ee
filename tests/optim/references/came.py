import pytorch_optimizer
from came_pytorch import CAME as AuthorsCAME

from references import Case

CASES = (
    *(
        Case(
            optimizer="came",
            setting=setting,
            package="came-pytorch",
            reference=AuthorsCAME,
            hparams=hparams,
            settings={"lr": 2e-4, **hparams},
            why="the package has no default for the learning rate",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.001": {"lr": 1e-3},
            "other betas": {"betas": (0.5, 0.9, 0.99)},
            "large eps": {"eps": (1e-2, 1e-2)},
            "tight bound": {"clip_threshold": 0.1},
            "weight decay": {"weight_decay": 0.1, "lr": 0.01},
        }.items()
    ),
    Case(
        optimizer="came",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.CAME,
    ),
)
