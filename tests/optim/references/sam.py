import optax
import torch
from adapters import Optax

from references import Case


class Around(Optax):
    """optax's transformation, whose update is called at the start and at the perturbed point."""

    def step(self, closure):
        for _ in range(2):
            with torch.enable_grad():
                closure()
            super().step()


def around_sgd(params, lr, momentum=0.9, rho=0.05):
    return Around(
        params,
        optax.contrib.sam,
        optimizer=optax.sgd(lr, momentum=momentum),
        adv_optimizer=optax.chain(optax.contrib.normalize(), optax.sgd(rho)),
    )


CASES = tuple(
    Case(
        optimizer="sam",
        setting=setting,
        package="optax",
        reference=around_sgd,
        hparams=hparams,
        settings=hparams,
    )
    for setting, hparams in {
        "lr 0.001": {"lr": 0.001},
        "rho 0.5": {"lr": 0.01, "rho": 0.5},
        "no momentum": {"lr": 0.01, "momentum": 0.0, "rho": 0.2},
    }.items()
)
