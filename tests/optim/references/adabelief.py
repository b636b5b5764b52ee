import pytorch_optimizer
from adabelief_pytorch import AdaBelief as AuthorsAdaBelief

from references import Case

CASES = (
    *(
        Case(
            optimizer="adabelief",
            setting=setting,
            package="adabelief-pytorch",
            reference=AuthorsAdaBelief,
            hparams=hparams,
            settings={
                "print_change_log": False,
                "rectify": hparams.get("rectify", False),
                "weight_decouple": hparams.get("decoupled_weight_decay", True),
                **{k: hparams[k] for k in ("lr", "betas", "eps", "weight_decay") if k in hparams},
            },
            why="rectify is off here unless asked for, as in the paper; the package has it on",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "rectify": {"lr": 0.01, "rectify": True},
            "decoupled weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": False},
        }.items()
    ),
    *(
        Case(
            optimizer="adabelief",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.AdaBelief,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {"defaults": {}, "lr 0.01": {"lr": 0.01}}.items()
    ),
)
