import pytorch_optimizer

from references import FUNCTION_NAMES, Case

CASES = tuple(
    Case(
        optimizer="cautious_adamw",
        setting=f"xi 1, {setting}",
        package="pytorch_optimizer",
        reference=pytorch_optimizer.AdEMAMix,
        hparams={"lr": 0.01, "xi": 1.0, **hparams},
        settings={
            "lr": 0.01,
            "weight_decay": 1e-2,
            "weight_decouple": True,
            "cautious": True,
            "alpha": 0.0,
            **hparams,
            "betas": (*hparams.get("betas", (0.9, 0.999)), 0.9999),
        },
        why="the package's AdamW knows no caution; its AdEMAMix does, and is AdamW with alpha 0; "
        "xi is 1 there, as in the paper, and 0 by default here: for that see the test by hand",
        down=FUNCTION_NAMES,
    )
    for setting, hparams in {
        "else defaults": {},
        "large eps": {"eps": 1e-2},
        "strong weight decay": {"weight_decay": 0.5},
        "other betas": {"betas": (0.5, 0.8)},
    }.items()
)
