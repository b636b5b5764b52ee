from dog import DoG as AuthorsDoG

from references import Case

CASES = tuple(
    Case(
        optimizer="dog",
        setting=setting,
        package="dog-optimizer",
        reference=AuthorsDoG,
        hparams=hparams,
        settings=hparams,
        down=("sphere", "rosenbrock"),
        chaotic=() if hparams else ("flower",),
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.5": {"lr": 0.5},
        "large first guess": {"reps_rel": 0.1},
        "large eps": {"reps_rel": 0.1, "eps": 1.0},
        "L2 penalty": {"reps_rel": 0.1, "weight_decay": 0.1},
    }.items()
)
