import pytorch_optimizer
from schedulefree import AdamWScheduleFree

from references import Case

CASES = (
    *(
        Case(
            optimizer="schedule_free_adamw",
            setting=setting,
            package="schedulefree",
            reference=AdamWScheduleFree,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "other betas": {"lr": 0.01, "betas": (0.5, 0.9)},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "warm-up": {"lr": 0.01, "warmup_steps": 50},
        }.items()
    ),
    Case(
        optimizer="schedule_free_adamw",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.ScheduleFreeAdamW,
    ),
)
