import pytorch_optimizer
from torch.optim import SGD, Adam

from references import Case


def around(params, optimizer=Adam, k=5, alpha=0.5, **settings):
    return pytorch_optimizer.Lookahead(optimizer(params, **settings), k=k, alpha=alpha)


CASES = tuple(
    Case(
        optimizer="lookahead",
        setting=setting,
        package="pytorch_optimizer",
        reference=around,
        hparams=hparams,
        settings=hparams,
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "other rounds": {"lr": 0.01, "k": 3, "alpha": 0.8},
        "around SGD": {"optimizer": SGD, "lr": 0.01, "momentum": 0.9, "k": 6, "alpha": 0.5},
    }.items()
)
