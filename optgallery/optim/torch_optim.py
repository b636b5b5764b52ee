"""Entries for the optimizers that PyTorch itself ships: used as they are, never copied."""

from torch import optim

from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper

_ADAM = Paper(
    "Kingma and Ba",
    "Adam: a method for stochastic optimization",
    2015,
    "https://arxiv.org/abs/1412.6980",
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="adamw",
        title="AdamW",
        cls=optim.AdamW,
        family="adaptive",
        summary="Adam whose weight decay shrinks the parameters directly, beside the gradient.",
        paper=Paper(
            "Loshchilov and Hutter",
            "Decoupled weight decay regularization",
            2019,
            "https://arxiv.org/abs/1711.05101",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="lbfgs",
        title="L-BFGS",
        cls=optim.LBFGS,
        defaults={"line_search_fn": "strong_wolfe"},
        family="second-order",
        summary="Quasi-Newton steps from a short memory of gradients, each with a line search.",
        paper=Paper(
            "Liu and Nocedal",
            "On the limited memory BFGS method for large scale optimization",
            1989,
            "https://doi.org/10.1007/BF01589116",
        ),
        needs_closure=True,
    )
)
