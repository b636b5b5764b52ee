from qhoptim.pyt import QHAdam as AuthorsQHAdam

from references import Case

CASES = (
    *(
        Case(
            optimizer="qhadam",
            setting=setting,
            package="qhoptim",
            reference=AuthorsQHAdam,
            hparams=hparams,
            settings={
                "betas": (0.995, 0.999),
                "nus": (0.7, 1.0),
                **{k: v for k, v in hparams.items() if k != "decoupled_weight_decay"},
                "decouple_weight_decay": hparams.get("decoupled_weight_decay", False),
            },
            why="the package defaults to Adam's betas and nus, we to those the paper recommends",
            deprecated=r"This overload of (add_?|addcdiv_) is deprecated",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "both nus": {"lr": 0.01, "nus": (0.8, 0.6), "betas": (0.9, 0.99)},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1},
            "decoupled weight decay": {
                "lr": 0.01,
                "weight_decay": 0.1,
                "decoupled_weight_decay": True,
            },
        }.items()
    ),
)
