import pytorch_optimizer

from references import Case

CASES = tuple(
    Case(
        optimizer="shampoo",
        setting=setting,
        package="pytorch_optimizer",
        reference=pytorch_optimizer.Shampoo,
        hparams=hparams,
        settings={
            "lr": 0.1,
            "matrix_eps": hparams.get("eps", 1e-4),
            "preconditioning_compute_steps": 1,
            **{name: value for name, value in hparams.items() if name != "eps"},
        },
        why="other defaults and names; its momentum averages what is already preconditioned",
    )
    for setting, hparams in {
        "defaults": {},
        "lr 0.01": {"lr": 0.01},
        "large eps": {"eps": 1.0},
        "L2 penalty": {"weight_decay": 0.1},
    }.items()
)
