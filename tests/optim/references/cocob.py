import optax
from adapters import Optax
from parameterfree import COCOB as AuthorsCOCOB

from references import Case


def in_optax(params, **settings):
    return Optax(params, optax.contrib.cocob, **settings)


CASES = tuple(
    Case(
        optimizer="cocob",
        setting=setting,
        package=package,
        reference=reference,
        hparams=hparams,
        settings=hparams,
        down=("sphere", "rosenbrock"),
        chaotic=() if hparams else ("flower",),
    )
    for package, reference in (("parameterfree", AuthorsCOCOB), ("optax", in_optax))
    for setting, hparams in {
        "defaults": {},
        "short warm-up": {"alpha": 5.0},
        "large eps": {"eps": 0.5},
        "L2 penalty": {"weight_decay": 0.1},
    }.items()
)
