from prodigyopt import Prodigy as AuthorsProdigy

from references import Case

OURS = {"decoupled_weight_decay": "decouple", "bias_correction": "use_bias_correction"}
CASES = tuple(
    Case(
        optimizer="prodigy",
        setting=setting,
        package="prodigyopt",
        reference=AuthorsProdigy,
        hparams=hparams,
        settings={OURS.get(name, name): value for name, value in hparams.items()},
        down=("sphere", "rosenbrock"),  # d grows only where gradients agree with each other
        chaotic=() if hparams else ("ackley", "flower"),
        why="two parameters have other names there",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.03": {"lr": 0.03},
        "other betas": {"betas": (0.8, 0.99)},
        "large eps": {"eps": 1e-2},
        "large first guess": {"d0": 1e-2},
        "half the estimate": {"d_coef": 0.5},
        "bias correction": {"bias_correction": True},
        "warm-up safeguard": {"lr": 0.1, "safeguard_warmup": True},
        "decoupled weight decay": {"weight_decay": 0.1, "d0": 1e-2},
        "L2 penalty": {"weight_decay": 0.1, "decoupled_weight_decay": False},
    }.items()
)
