from typing import Any

import optax
from adapters import Optax

from references import Case

SETTINGS = {
    "defaults": {},
    "lr 0.01": {"lr": 0.01},
    "large eps": {"lr": 0.01, "eps": 1e-2},
    "other betas": {"lr": 0.01, "betas": (0.5, 0.8)},
    "weight decay": {"lr": 0.01, "weight_decay": 0.1},
}
DEFAULTS: dict[str, Any] = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}


def optax_settings(hparams: dict[str, Any]) -> dict[str, Any]:
    """Return the settings under optax's names."""
    settings = DEFAULTS | hparams
    b1, b2 = settings.pop("betas")
    return {"learning_rate": settings.pop("lr"), "b1": b1, "b2": b2, **settings}


CASES = tuple(
    Case(
        optimizer="nadamw",
        setting=setting,
        package="optax",
        reference=lambda params, **settings: Optax(params, optax.nadamw, **settings),
        hparams=hparams,
        settings=optax_settings(hparams),
        why="weight decay is 0.0001 there unless told otherwise",
    )
    for setting, hparams in SETTINGS.items()
)
