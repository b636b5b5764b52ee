import optax
import torch
from adapters import Optax
from dowg import DoWG as AuthorsDoWG

from references import Case


def in_optax(params, **settings):
    return Optax(params, optax.contrib.dowg, **settings)


class InDefaultPrecision(AuthorsDoWG):
    """The authors' class where torch's default is float64: it keeps its sums in the default."""

    def step(self):
        usual = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            return super().step()
        finally:
            torch.set_default_dtype(usual)


OPTAX = {
    "lr": "learning_rate",
    "r_eps": "init_estim_sq_dist",
    "eps": "eps",
    "weight_decay": "weight_decay",
}


def optax_settings(hparams):
    return {OPTAX[name]: value**2 if name == "r_eps" else value for name, value in hparams.items()}


CASES = (
    *(
        Case(
            optimizer="dowg",
            setting=setting,
            package="optax",
            reference=in_optax,
            hparams=hparams,
            settings=optax_settings(hparams),
            down=("sphere", "rosenbrock"),
            why="the first estimate is given squared there" if hparams else "",
        )
        for setting, hparams in {
            "defaults": {},
            "lr 0.5": {"lr": 0.5},
            "another first guess": {"r_eps": 0.3},
            "large eps": {"r_eps": 0.1, "eps": 1.0},
            "L2 penalty": {"weight_decay": 0.1},
        }.items()
    ),
    *(
        Case(
            optimizer="dowg",
            setting=setting,
            package="dowgopt",
            reference=InDefaultPrecision,
            hparams=hparams,
            settings=settings,
            down=("sphere", "rosenbrock"),
            why="one setting there is eps and the square of the first guess" if hparams else "",
        )
        for setting, hparams, settings in (
            ("defaults", {}, {}),
            ("another first guess", {"r_eps": 0.1, "eps": 0.01}, {"eps": 0.01}),
        )
    ),
)
