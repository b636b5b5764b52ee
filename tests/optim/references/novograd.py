from functools import partial

import optax
import pytorch_optimizer
from adapters import Optax

from references import Case

CASES = (
    *(
        Case(
            optimizer="novograd",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.NovoGrad,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"eps": 0.1},
            "other betas": {"betas": (0.5, 0.9)},
            "L2 penalty": {"weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="novograd",
        setting="L2 penalty",
        package="optax",
        reference=partial(Optax, transformation=optax.novograd),
        hparams={"weight_decay": 0.1},
        settings={"learning_rate": 1e-3, "b1": 0.95, "b2": 0.98, "eps": 1e-8, "weight_decay": 0.1},
        why="optax has other names, and defaults of its own",
    ),
)
