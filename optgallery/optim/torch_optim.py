"""Entries for the optimizers of PyTorch, whose classes are used unchanged."""

from torch import optim

from optgallery.optim.spec import OPTIMIZERS, OptimizerSpec, Paper

# Gradient descent and momentum

OPTIMIZERS.add(
    OptimizerSpec(
        name="sgd",
        title="SGD",
        cls=optim.SGD,
        family="momentum",
        summary="Each step is the negative gradient times lr.",
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
        summary="The heavy ball: each gradient is added to a velocity that keeps 0.9 of its value.",
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
        summary="Momentum with the gradient taken ahead, at the point to which the velocity leads.",
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
        summary="SGD with a decaying learning rate; its averaging begins after a million steps.",
        paper=Paper(
            "Polyak and Juditsky",
            "Acceleration of stochastic approximation by averaging",
            1992,
            "https://doi.org/10.1137/0330046",
        ),
        elementwise=True,
    )
)

# Per-coordinate learning rates

OPTIMIZERS.add(
    OptimizerSpec(
        name="rprop",
        title="Rprop",
        cls=optim.Rprop,
        family="sign",
        summary="Uses only the gradient's sign: steps grow while it holds, shrink when it flips.",
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
        summary="Divides by the root of the sum of squared gradients: learning rates only shrink.",
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
        summary="Scales each step by the RMS of its recent steps, so that lr has no unit.",
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
        summary="Divides the gradient by the root of an EMA of its squares.",
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
        summary="Momentum divided as in RMSprop, with bias correction for both moving averages.",
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
        summary="Adam with a decaying maximum of gradients in place of the second moment.",
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
        summary="Adam whose denominator never decreases.",
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
        summary="Adam with decoupled weight decay, which shrinks the parameters directly.",
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
        summary="Adam with Nesterov momentum.",
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
        summary="Adam that takes momentum steps until the variance of its second moment is small.",
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
        summary="Clips each update by its RMS, and scales it by the RMS of the parameter.",
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
        summary="Quasi-Newton steps from a short history of gradients, each with a line search.",
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
        summary="Momentum made orthogonal; for one row, that is a step of fixed length along it.",
        paper=Paper(
            "Jordan, Jin, Boza, You, Cesista, Newhouse and Bernstein",
            "Muon: an optimizer for hidden layers in neural networks",
            2024,
            "https://kellerjordan.github.io/posts/muon/",
        ),
        parameter_shape=(1, 2),
        layerwise=True,
        mappable=True,
    )
)
