import pytorch_optimizer

from references import Case

CASES = (
    *(
        Case(
            optimizer="yogi",
            setting=setting,
            package="pytorch_optimizer",
            reference=pytorch_optimizer.Yogi,
            hparams=hparams,
            settings={"weight_decouple": False, **hparams},
            why="weight decay is an L2 penalty here, and decoupled there unless told otherwise",
        )
        for setting, hparams in {
            "defaults": {},
            "large eps": {"eps": 0.1},
            "large initial accumulator": {"initial_accumulator": 0.1},
            "L2 penalty": {"weight_decay": 0.1},
        }.items()
    ),
)
