import pytorch_optimizer
from ano_optimizer import Ano as AuthorsAno

from references import Case

CASES = (
    *(
        Case(
            optimizer="ano",
            setting=setting,
            package="ano-optimizer",
            reference=AuthorsAno,
            hparams={"eps": 1e-20, **hparams},
            settings={"eps": 1e-40, **hparams},
            why="eps is under the root there, and beside it here: it is compared where it does not "
            "count",
            down=down,
        )
        for setting, hparams, down in (
            ("tiny eps", {}, ("rosenbrock", "beale")),
            ("weight decay", {"lr": 0.01, "weight_decay": 0.1}, ()),
            ("other betas", {"lr": 0.01, "betas": (0.5, 0.8)}, ()),
        )
    ),
    *(
        Case(
            optimizer="ano",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.Ano,
            hparams=hparams,
            settings=hparams,
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.01": {"lr": 0.01},
            "large eps": {"lr": 0.01, "eps": 1e-2},
            "weight decay": {"lr": 0.01, "weight_decay": 0.1},
            "other betas": {"lr": 0.01, "betas": (0.5, 0.8)},
        }.items()
    ),
)
