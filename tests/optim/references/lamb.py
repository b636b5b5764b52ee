from functools import partial

import optax
from adapters import Optax

from references import Case

CASES = tuple(
    Case(
        optimizer="lamb",
        setting=setting,
        package="optax",
        reference=partial(Optax, transformation=optax.lamb),
        hparams=hparams,
        chaotic=("rosenbrock", "himmelblau", "rastrigin") if setting == "lr 0.01" else (),
        settings=settings,
        why="optax has other names, and no default for the learning rate",
    )
    for setting, hparams, settings in (
        ("defaults", {}, {"learning_rate": 1e-3}),
        ("lr 0.01", {"lr": 0.01}, {"learning_rate": 0.01}),
        ("large eps", {"eps": 0.1}, {"learning_rate": 1e-3, "eps": 0.1}),
        ("other betas", {"betas": (0.5, 0.9)}, {"learning_rate": 1e-3, "b1": 0.5, "b2": 0.9}),
        ("weight decay", {"weight_decay": 0.1}, {"learning_rate": 1e-3, "weight_decay": 0.1}),
    )
)
