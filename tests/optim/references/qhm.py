import pytorch_optimizer
from qhoptim.pyt import QHM as AuthorsQHM

from references import Case

RECOMMENDED = {"lr": 1e-3, "momentum": 0.999, "nu": 0.7}

CASES = (
    *(
        Case(
            optimizer="qhm",
            setting=setting,
            package="qhoptim",
            reference=AuthorsQHM,
            hparams=hparams,
            settings={
                **RECOMMENDED,
                **{k: v for k, v in hparams.items() if k != "decoupled_weight_decay"},
                "weight_decay_type": "direct" if "decoupled_weight_decay" in hparams else "grad",
            },
            why="the package names no defaults, we take what the paper recommends",
            deprecated=r"This overload of add_? is deprecated",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.003": {"lr": 3e-3},
            "short memory": {"momentum": 0.9, "nu": 0.5},
            "L2 penalty": {"weight_decay": 0.1},
            "decoupled weight decay": {"weight_decay": 0.1, "decoupled_weight_decay": True},
        }.items()
    ),
    Case(
        optimizer="qhm",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.QHM,
        settings=RECOMMENDED,
        why="the package's defaults are those of gradient descent",
    ),
)
