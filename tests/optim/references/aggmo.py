import pytorch_optimizer
import torch_optimizer

from references import Case

CASES = (
    *(
        Case(
            optimizer="aggmo",
            setting=setting,
            package="torch_optimizer",
            reference=torch_optimizer.AggMo,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "one velocity": {"betas": (0.9,)},
            "four velocities": {"betas": (0.0, 0.5, 0.9, 0.95)},
            "L2 penalty": {"weight_decay": 0.1},
        }.items()
    ),
    Case(
        optimizer="aggmo",
        setting="defaults",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.AggMo,
    ),
)
