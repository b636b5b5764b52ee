"""Print what `check` says of the classes of the installed pytorch-optimizer.

It was run with 3.10.0 and with 4.1.0, whose differences the guide lists.
"""

import sys
from importlib.metadata import version

import pytorch_optimizer
import torch

from optgallery import check

COUPLED, DECOUPLED = {"weight_decouple": False}, {"weight_decouple": True}

CLASSES = {
    "adabelief": ("AdaBelief", {"rectify": False}),
    "adabound": ("AdaBound", COUPLED),
    "adahessian": ("AdaHessian", {}),
    "adan": ("Adan", {}),
    "ademamix": ("AdEMAMix", DECOUPLED),
    "aggmo": ("AggMo", {}),
    "came": ("CAME", {}),
    "dadapt_adam": ("DAdaptAdam", {}),
    "grams": ("Grams", {}),
    "lion": ("Lion", DECOUPLED),
    "madgrad": ("MADGRAD", {}),
    "novograd": ("NovoGrad", {}),
    "qhadam": ("QHAdam", {}),
    "qhm": ("QHM", {}),
    "schedule_free_adamw": ("ScheduleFreeAdamW", {}),
    "schedule_free_sgd": ("ScheduleFreeSGD", {}),
    "signum": ("SignSGD", DECOUPLED),
    "soap": ("SOAP", {}),
    "stable_adamw": ("StableAdamW", {}),
    "tiger": ("Tiger", DECOUPLED),
    "yogi": ("Yogi", COUPLED),
}
"""By entry: a class, and the settings with which it should agree."""


def main() -> None:
    torch.set_num_threads(1)
    sys.stdout.write(f"pytorch-optimizer {version('pytorch-optimizer')}\n")
    for entry, (name, settings) in CLASSES.items():
        result = check(getattr(pytorch_optimizer, name), entry, hparams=settings)
        sys.stdout.write(f"\n{result}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
