"""What hyper-parameters mean: our classes' docstrings say it, and of PyTorch's classes, this file.

A test demands a meaning of every hyper-parameter of every entry.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from numpydoc.docscrape import NumpyDocString

IMPLEMENTATION = frozenset({"foreach", "fused", "capturable", "differentiable", "maximize"})
"""Settings of PyTorch's implementations, which change how an update is computed, not which."""

COMMON: Mapping[str, str] = {
    "lr": "Learning rate: the factor of every step.",
    "weight_decay": "Factor of the L2 penalty whose gradient is added to the function's.",
    "eps": "Added to the root that the step is divided by, so that it is never zero.",
    "betas": "Decay rates of the exponential moving averages of the gradient and of its square.",
    "decoupled_weight_decay": "Shrink the parameters by ``lr * weight_decay`` in each step, as "
    "AdamW does, instead of adding a penalty's gradient.",
    "amsgrad": "Divide by the largest mean of squared gradients so far, not by the present one.",
    "nesterov": "Step along the gradient plus a share of the velocity that it has just renewed.",
}
"""By hyper-parameter, where PyTorch's classes agree."""

_SHRINKS = "The parameters shrink by ``lr * weight_decay`` in each step, whatever the gradient is."

PARTICULAR: Mapping[str, Mapping[str, str]] = {
    "SGD": {
        "momentum": "Share of the velocity that lasts from step to step; 0 is plain descent.",
        "dampening": "Share of each gradient that is kept out of the velocity, but for the first.",
    },
    "ASGD": {
        "lr": "Learning rate of the first step.",
        "lambd": r"Decay :math:`\lambda`: the parameters are pulled towards 0 by it, and the rate "
        r"of step :math:`t` falls as :math:`(1 + \lambda\, \mathrm{lr}\, t)^{-\alpha}`.",
        "alpha": r"Power :math:`\alpha` by which the rate falls.",
        "t0": "Step behind which the iterates are averaged.",
    },
    "Rprop": {
        "lr": "Length of the first step, equal for all coordinates.",
        "etas": "Factors of a coordinate's step: the first when its gradient changes sign, the "
        "second while it does not.",
        "step_sizes": "Shortest and longest step.",
    },
    "Adagrad": {
        "lr_decay": r"The rate of step :math:`t` is divided by :math:`1 + (t - 1)\,` ``lr_decay``.",
        "initial_accumulator_value": "What the sum of squared gradients begins at.",
    },
    "Adadelta": {
        "lr": "Factor of a step whose length comes from the steps before; the paper has 1.",
        "rho": "Decay rate of the exponential moving averages of squared gradients and steps.",
        "eps": "Added under both roots. As no step was taken before the first, that one comes from "
        "here alone.",
    },
    "RMSprop": {
        "alpha": "Decay rate of the exponential moving average of squared gradients.",
        "momentum": "Share of the velocity of scaled gradients that lasts from step to step.",
        "centered": "Subtract the square of the mean gradient, so that the variance scales steps.",
    },
    "Adamax": {
        "betas": "Decay rates of the exponential moving average of the gradient and of its largest "
        "size so far.",
        "eps": "Added to the size of each gradient before the largest is taken.",
    },
    "AdamW": {"weight_decay": _SHRINKS},
    "NAdam": {
        "momentum_decay": "How soon the momentum, about half its first decay rate at the "
        "beginning, rises to all of it: the larger, the sooner.",
    },
    "Adafactor": {
        "lr": r"Bound of the relative step: step :math:`t` is :math:`\min(\mathrm{lr}, "
        r"1 / \sqrt{t})` times the root mean square of the parameters.",
        "beta2_decay": r"Exponent :math:`c` of the weight :math:`t^c` that the newest squared "
        "gradient has in their exponential moving average.",
        "eps": "Two floors: of the root that is divided by, or the precision of the numbers if "
        "None, and of the root mean square of the parameters.",
        "d": "Largest root mean square of an update; a longer one is scaled back to it.",
        "weight_decay": _SHRINKS,
    },
    "LBFGS": {
        "lr": "Length at which the line search begins, as a share of the quasi-Newton step; "
        "without line search, the share that is taken.",
        "max_iter": "Most quasi-Newton iterations in one step.",
        "max_eval": "Most evaluations in one step; five quarters of ``max_iter`` if None.",
        "tolerance_grad": "A step ends when no coordinate of the gradient is larger.",
        "tolerance_change": "A step ends when neither the point nor the value changes by more.",
        "history_size": "How many changes of point and gradient tell of the curvature.",
        "line_search_fn": '``"strong_wolfe"`` searches each direction for a step that descends '
        "enough and flattens the slope; None takes it as it is.",
    },
    "Muon": {
        "weight_decay": _SHRINKS,
        "momentum": "Decay rate of the exponential moving average of the gradient.",
        "nesterov": "Take the mean once more with the present gradient before it is used.",
        "ns_coefficients": "Coefficients of the polynomial of degree five that drives the singular "
        "values of the mean towards 1.",
        "eps": "Smallest norm that the mean is divided by before.",
        "ns_steps": "How often the polynomial is applied.",
        "adjust_lr_fn": "How the matrix's shape changes the rate: "
        '``"original"``, which None stands for, or ``"match_rms_adamw"``.',
    },
}
"""By class and hyper-parameter, where a class has its own, or means its own by it."""


def meanings(cls: Callable[..., Any]) -> dict[str, str]:
    """Return the meaning of the hyper-parameters of a class, in reStructuredText.

    Parameters
    ----------
    cls : type or callable
        One of PyTorch's, or one whose docstring has a section of parameters in NumPy style.

    Returns
    -------
    dict of str
        By name; what is not documented is not in it.
    """
    if cls.__module__.startswith("torch."):
        return {**COMMON, **PARTICULAR.get(getattr(cls, "__name__", ""), {})}
    documented = NumpyDocString(inspect.getdoc(cls) or "")["Parameters"]
    return {p.name.lstrip("*"): "\n".join(p.desc) for p in documented}


def hyper_parameters(cls: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return what a class is constructed with, but for the parameters that it optimizes."""
    listed = list(inspect.signature(cls).parameters.values())[1:]
    return {p.name: p for p in listed if p.name not in IMPLEMENTATION}
