import pytorch_optimizer
from madgrad import MADGRAD as AuthorsMADGRAD

from references import Case

CASES = (
    *(
        Case(
            optimizer="madgrad",
            setting=setting,
            package="madgrad",
            reference=AuthorsMADGRAD,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "large eps": {"eps": 0.1},
            "eps 0": {"eps": 0.0},
            "momentum 0": {"momentum": 0.0},
            "L2 penalty": {"weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="madgrad",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.MADGRAD,
        settings={"lr": 1e-2, "eps": 1e-6},
        why="the package's defaults are not the authors'",
    ),
)
