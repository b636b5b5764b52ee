import pytorch_optimizer

from references import Case

CASES = tuple(
    Case(
        optimizer="refined_schedule_free_adamw",
        setting=setting,
        package="pytorch_optimizer",
        reference=pytorch_optimizer.ScheduleFreeAdamW,
        hparams=hparams,
        settings={"decoupling_c": 200, **hparams},
        why="its Schedule-Free AdamW, with the number C that is off there by default",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "other betas": {"lr": 0.01, "betas": (0.5, 0.9)},
        "wide average": {"lr": 0.01, "decoupling_c": 25.0},
        "wider than Schedule-Free": {"lr": 0.01, "decoupling_c": 4.0},
        "large eps": {"lr": 0.01, "eps": 1e-2},
        "weight decay": {"lr": 0.01, "weight_decay": 0.1},
        "warm-up": {"lr": 0.01, "warmup_steps": 50},
    }.items()
)
