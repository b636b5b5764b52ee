from typing import Any

import optax
from adapters import Optax

from references import Case


def optax_settings(hparams: dict[str, Any]) -> dict[str, Any]:
    """Return the settings under optax's names, with the defaults of the entry."""
    settings = {"lr": 1e-4, "betas": (0.99, 0.95), "alpha": 10.0} | hparams
    b1, b2 = settings.pop("betas")
    return {"learning_rate": settings.pop("lr"), "b1": b1, "b2": b2, **settings}


CASES = tuple(
    Case(
        optimizer="simplified_ademamix",
        setting=setting,
        package="optax",
        reference=lambda params, **settings: Optax(
            params, optax.contrib.simplified_ademamix, **settings
        ),
        hparams=hparams,
        settings=optax_settings(hparams),
        why="the gallery's entry gives the newest gradient a weight",
        chaotic=("flower",) if setting == "lr 0.001" else (),
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.001": {"lr": 0.001},
        "large eps": {"lr": 0.001, "eps": 1e-2},
        "weight decay": {"lr": 0.001, "weight_decay": 0.1},
        "no weight of the newest": {"lr": 0.001, "betas": (0.9, 0.999), "alpha": 0.0},
    }.items()
)
