from adamod import AdaMod as AuthorsAdaMod
from adapters import eps_beside_the_corrected_root

from references import Case

HAND_DERIVED = (
    "the authors' code, and all others after it, averages other rates than the paper does"
)

# without a first moment, there is no bias correction of it, in which the two differ
CASES = tuple(
    Case(
        optimizer="adamod",
        setting=setting,
        package="adamod",
        reference=eps_beside_the_corrected_root(AuthorsAdaMod),
        hparams=hparams,
        settings={"eps": 1e-8, **hparams},
        why="the package corrects the bias of the root and eps together, the paper the root's",
        deprecated=r"This overload of (add_?|addcmul_) is deprecated",
    )
    for setting, hparams in {
        "no first moment": {"betas": (0.0, 0.999)},
        "short memory": {"betas": (0.0, 0.9), "beta3": 0.9},
        "large eps": {"betas": (0.0, 0.999), "eps": 1e-2},
        "weight decay": {"betas": (0.0, 0.999), "lr": 0.01, "weight_decay": 0.1},
    }.items()
)
