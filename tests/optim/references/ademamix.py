import pytorch_optimizer

from references import Case

CASES = (
    *(
        Case(
            optimizer="ademamix",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.AdEMAMix,
            hparams=hparams,
            settings={
                "alpha": 2.0,
                "weight_decouple": True,
                **{k: v for k, v in hparams.items() if not k.endswith("_warmup")},
                "t_alpha_beta3": hparams.get("beta3_warmup"),
            },
            why="there one warm-up serves both, alpha is 5 and not the authors' 2, weight decay an "
            "L2 penalty unless told otherwise",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "heavy slow mean": {"lr": 0.01, "alpha": 8.0, "betas": (0.8, 0.9, 0.99)},
            "warm-up": {"lr": 0.01, "alpha_warmup": 100.0, "beta3_warmup": 100.0},
        }.items()
    ),
)
