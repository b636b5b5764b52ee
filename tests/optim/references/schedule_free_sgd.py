import pytorch_optimizer
from schedulefree import SGDScheduleFree

from references import Case

CASES = (
    *(
        Case(
            optimizer="schedule_free_sgd",
            setting=setting,
            package="schedulefree",
            reference=SGDScheduleFree,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "lr 0.001": {"lr": 0.001},
            "defaults, spelled out": {"lr": 1.0, "momentum": 0.9},
            "momentum 0.5": {"lr": 0.01, "momentum": 0.5},
            "L2 penalty": {"lr": 0.01, "weight_decay": 0.1},
            "warm-up": {"lr": 0.01, "warmup_steps": 50},
        }.items()
    ),
    Case(
        optimizer="schedule_free_sgd",
        setting="lr 0.001",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.ScheduleFreeSGD,
        hparams={"lr": 0.001},
        settings={"lr": 0.001},
    ),
)
