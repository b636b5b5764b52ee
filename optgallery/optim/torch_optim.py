"""Entries for the optimizers that PyTorch itself ships: used as they are, never copied."""

from torch import optim

from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper

# Gradient descent and momentum

OPTIMIZERS.add(
    OptimizerSpec(
        name="sgd",
        title="SGD",
        cls=optim.SGD,
        family="momentum",
        summary="Every step goes against the gradient and is lr times as long.",
        paper=Paper(
            "Robbins and Monro",
            "A stochastic approximation method",
            1951,
            "https://doi.org/10.1214/aoms/1177729586",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="momentum",
        title="SGD with momentum",
        cls=optim.SGD,
        defaults={"momentum": 0.9},
        family="momentum",
        summary="A heavy ball: every gradient pushes, and nine tenths of the last step remain.",
        paper=Paper(
            "Polyak",
            "Some methods of speeding up the convergence of iteration methods",
            1964,
            "https://doi.org/10.1016/0041-5553(64)90137-5",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="nesterov",
        title="Nesterov",
        cls=optim.SGD,
        defaults={"momentum": 0.9, "nesterov": True},
        family="momentum",
        summary="Momentum that corrects itself with the gradient from where it is about to be.",
        paper=Paper(
            "Sutskever, Martens, Dahl and Hinton",
            "On the importance of initialization and momentum in deep learning",
            2013,
            "https://proceedings.mlr.press/v28/sutskever13.html",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="asgd",
        title="ASGD",
        cls=optim.ASGD,
        family="averaging",
        summary="Gradient descent with a falling rate; its average begins after a million steps.",
        paper=Paper(
            "Polyak and Juditsky",
            "Acceleration of stochastic approximation by averaging",
            1992,
            "https://doi.org/10.1137/0330046",
        ),
        elementwise=True,
    )
)

# A rate for every coordinate

OPTIMIZERS.add(
    OptimizerSpec(
        name="rprop",
        title="Rprop",
        cls=optim.Rprop,
        family="sign",
        summary="Only the gradient's sign counts: steps grow while it holds, shrink when it flips.",
        paper=Paper(
            "Riedmiller and Braun",
            "A direct adaptive method for faster backpropagation learning: the RPROP algorithm",
            1993,
            "https://doi.org/10.1109/ICNN.1993.298623",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="adagrad",
        title="Adagrad",
        cls=optim.Adagrad,
        family="adaptive",
        summary="Divides by the root of all squared gradients summed, so that rates only shrink.",
        paper=Paper(
            "Duchi, Hazan and Singer",
            "Adaptive subgradient methods for online learning and stochastic optimization",
            2011,
            "https://jmlr.org/papers/v12/duchi11a.html",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="adadelta",
        title="Adadelta",
        cls=optim.Adadelta,
        family="adaptive",
        summary="Scales each step by the size of its own recent steps, so that lr has no unit.",
        paper=Paper(
            "Zeiler",
            "ADADELTA: an adaptive learning rate method",
            2012,
            "https://arxiv.org/abs/1212.5701",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="rmsprop",
        title="RMSprop",
        cls=optim.RMSprop,
        family="adaptive",
        summary="Divides the gradient by a running root mean square of itself.",
        paper=Paper(
            "Hinton, Srivastava and Swersky",
            "Neural networks for machine learning, lecture 6e",
            2012,
            "https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
        ),
        elementwise=True,
    )
)

# Adam and its descendants

_ADAM = Paper(
    "Kingma and Ba",
    "Adam: a method for stochastic optimization",
    2015,
    "https://arxiv.org/abs/1412.6980",
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="adam",
        title="Adam",
        cls=optim.Adam,
        family="adaptive",
        summary="Momentum over RMSprop, with both averages corrected for starting at zero.",
        paper=_ADAM,
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="adamax",
        title="Adamax",
        cls=optim.Adamax,
        family="adaptive",
        summary="Adam that divides by a decaying maximum of gradients, not by a root mean square.",
        paper=_ADAM,
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="amsgrad",
        title="AMSGrad",
        cls=optim.Adam,
        defaults={"amsgrad": True},
        family="adaptive",
        summary="Adam whose denominator never forgets a large gradient.",
        paper=Paper(
            "Reddi, Kale and Kumar",
            "On the convergence of Adam and beyond",
            2018,
            "https://arxiv.org/abs/1904.09237",
        ),
        elementwise=True,
    )
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
        name="nadam",
        title="NAdam",
        cls=optim.NAdam,
        family="adaptive",
        summary="Adam with Nesterov's look ahead in place of plain momentum.",
        paper=Paper(
            "Dozat",
            "Incorporating Nesterov momentum into Adam",
            2016,
            "https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="radam",
        title="RAdam",
        cls=optim.RAdam,
        family="adaptive",
        summary="Adam that takes plain momentum steps until its second moment can be trusted.",
        paper=Paper(
            "Liu, Jiang, He, Chen, Liu, Gao and Han",
            "On the variance of the adaptive learning rate and beyond",
            2020,
            "https://arxiv.org/abs/1908.03265",
        ),
        elementwise=True,
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="adafactor",
        title="Adafactor",
        cls=optim.Adafactor,
        family="norm-scaled",
        summary="Clips each update by its root mean square and measures it in the parameter's own.",
        paper=Paper(
            "Shazeer and Stern",
            "Adafactor: adaptive learning rates with sublinear memory cost",
            2018,
            "https://arxiv.org/abs/1804.04235",
        ),
        layerwise=True,
    )
)

# Curvature and matrices

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
        evaluations_per_step=None,
        counters=("func_evals", "n_iter"),
    )
)

OPTIMIZERS.add(
    OptimizerSpec(
        name="muon",
        title="Muon",
        cls=optim.Muon,
        family="matrix",
        summary="Momentum made orthogonal: on a single row, a step of one length in its direction.",
        paper=Paper(
            "Jordan, Jin, Boza, You, Cesista, Newhouse and Bernstein",
            "Muon: an optimizer for hidden layers in neural networks",
            2024,
            "https://kellerjordan.github.io/posts/muon/",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
    )
)
