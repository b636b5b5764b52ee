import pytorch_optimizer

from references import Case

CASES = tuple(
    Case(
        optimizer="sophia",
        setting=setting,
        package="pytorch_optimizer",
        reference=pytorch_optimizer.SophiaH,
        hparams=hparams,
        settings=settings,
        down=("rosenbrock", "ackley"),  # along fixed gradients nearly every step is clipped
        chaotic=("flower",) if setting == "lr 0.1" else (),
        why="the package clips at p what is not divided by gamma, which is the same for p = gamma, "
        "lr over gamma and eps over gamma; it draws from the global generator, seeded as our "
        "private one",
    )
    for setting, hparams, settings in (
        ("defaults", {}, {"lr": 0.01, "p": 1.0}),
        ("lr 0.1", {"lr": 0.1}, {"lr": 0.1, "p": 1.0}),
        ("the paper's gamma", {"gamma": 0.01}, {"lr": 1.0, "p": 0.01, "eps": 1e-10}),
        ("large eps", {"eps": 0.5}, {"lr": 0.01, "p": 1.0, "eps": 0.5}),
        ("other betas", {"betas": (0.5, 0.9)}, {"lr": 0.01, "p": 1.0, "betas": (0.5, 0.9)}),
        ("every step", {"update_period": 1}, {"lr": 0.01, "p": 1.0, "update_period": 1}),
        ("weight decay", {"weight_decay": 0.1}, {"lr": 0.01, "p": 1.0, "weight_decay": 0.1}),
    )
)
