import pytorch_optimizer
from adopt import ADOPT as AuthorsADOPT

from references import Case

CASES = (
    *(
        Case(
            optimizer="adopt",
            setting=setting,
            package="torch-adopt",
            reference=AuthorsADOPT,
            hparams=hparams,
            settings={
                **{k: v for k, v in hparams.items() if k != "clip"},
                **({} if hparams.get("clip", True) else {"clip_lambda": None}),
                "decouple": True,
            },
            why="weight decay is an L2 penalty there unless told otherwise, and decoupled here",
            deprecated=".*(is_compiling. is deprecated|Use _accelerator_graph_capture)",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "other betas": {"lr": 0.01, "betas": (0.5, 0.9)},
            "no clipping": {"lr": 0.01, "clip": False},
        }.items()
    ),
    *(
        Case(
            optimizer="adopt",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.ADOPT,
            hparams=hparams,
            settings={"clip_lambda": lambda step: (step - 1) ** 0.25, **hparams},
            why="it counts the first call, which does not move, and so clips one step late",
        )
        for setting, hparams in {"defaults": {}, "lr 0.01": {"lr": 0.01}}.items()
    ),
)
