"""Descriptions of hyper-parameters, from our classes' docstrings; those of PyTorch are given here.

A test checks that every hyper-parameter of every entry has one.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Mapping
from inspect import cleandoc
from typing import Any

from numpydoc.docscrape import NumpyDocString
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring

_FIELD = re.compile(
    r"^:param (?:[^:\n]+ )?(\S+?): *(.*\n(?:[ \t]+.*\n|\n(?=[ \t]))*)", re.MULTILINE
)

IMPLEMENTATION = frozenset({"foreach", "fused", "capturable", "differentiable", "maximize"})
"""Settings of PyTorch's implementations, which are not hyper-parameters of the method."""

COMMON: Mapping[str, str] = {
    "lr": "Learning rate: the factor of every step.",
    "weight_decay": "Coefficient of an L2 penalty, whose gradient is added to the function's.",
    "eps": "Added to the root in the denominator, so that it is never zero.",
    "betas": "Decay rates of the exponential moving averages of the gradient and of its square.",
    "decoupled_weight_decay": "Shrink the parameters by ``lr * weight_decay`` in each step, as "
    "AdamW does, instead of adding the gradient of a penalty.",
    "amsgrad": "Use the maximum of all past moving averages of the squared gradient instead of "
    "the current one.",
    "nesterov": "Step along the gradient plus the momentum coefficient times the updated velocity.",
}
"""Descriptions by hyper-parameter that apply to all of PyTorch's classes."""

_SHRINKS = (
    "The parameters shrink by ``lr * weight_decay`` in each step, independently of the gradient."
)

PARTICULAR: Mapping[str, Mapping[str, str]] = {
    "SGD": {
        "momentum": "Decay rate of the velocity from step to step; 0 is plain gradient descent.",
        "dampening": "Each gradient except the first is multiplied by one minus this before it is "
        "added to the velocity.",
    },
    "ASGD": {
        "lr": "Learning rate of the first step.",
        "lambd": r"Decay :math:`\lambda`: it shrinks the parameters, and the learning rate of step "
        r":math:`t` decreases as :math:`(1 + \lambda\, \mathrm{lr}\, t)^{-\alpha}`.",
        "alpha": r"Exponent :math:`\alpha` of the decreasing learning rate.",
        "t0": "Step after which the iterates are averaged.",
    },
    "Rprop": {
        "lr": "Length of the first step, equal for all coordinates.",
        "etas": "Factors of a coordinate's step size: the first when its gradient changes sign, "
        "the second while it does not.",
        "step_sizes": "Minimum and maximum step size.",
    },
    "Adagrad": {
        "lr_decay": r"The learning rate of step :math:`t` is divided by :math:`1 + (t - 1)\,` "
        "``lr_decay``.",
        "initial_accumulator_value": "Initial value of the sum of squared gradients.",
    },
    "Adadelta": {
        "lr": "Factor of the step, whose length depends on the previous steps; 1 in the paper.",
        "rho": "Decay rate of the exponential moving averages of squared gradients and steps.",
        "eps": "Added under both roots. It alone determines the length of the first step.",
    },
    "RMSprop": {
        "alpha": "Decay rate of the exponential moving average of squared gradients.",
        "momentum": "Decay rate of the velocity, which accumulates scaled gradients.",
        "centered": "Subtract the square of the mean gradient, so that steps are divided by the "
        "standard deviation.",
    },
    "Adamax": {
        "betas": "Decay rates of the exponential moving average of the gradient and of the running "
        "maximum of its absolute value.",
        "eps": "Added to the absolute value of each gradient before the maximum is taken.",
    },
    "AdamW": {"weight_decay": _SHRINKS},
    "NAdam": {
        "momentum_decay": "How fast the momentum coefficient increases from about half of the "
        "first decay rate to all of it.",
    },
    "Adafactor": {
        "lr": r"Upper bound of the relative step size: step :math:`t` is :math:`\min(\mathrm{lr}, "
        r"1 / \sqrt{t})` times the root mean square of the parameters.",
        "beta2_decay": r"Exponent :math:`c` of the weight :math:`t^c` of the newest squared "
        "gradient in their exponential moving average.",
        "eps": "Two lower bounds: of the root in the denominator (the machine epsilon if None), "
        "and of the root mean square of the parameters.",
        "d": "Maximum root mean square of an update; a longer update is clipped to it.",
        "weight_decay": _SHRINKS,
    },
    "LBFGS": {
        "lr": "Factor of the quasi-Newton step; with a line search, the factor it tries first.",
        "max_iter": "Maximum number of quasi-Newton iterations in one step.",
        "max_eval": "Maximum number of evaluations in one step; 1.25 times ``max_iter`` if None.",
        "tolerance_grad": "A step ends when no coordinate of the gradient is larger.",
        "tolerance_change": "A step ends when neither the point nor the value changes by more.",
        "history_size": "Number of past changes of point and gradient from which the curvature is "
        "estimated.",
        "line_search_fn": '``"strong_wolfe"`` searches along each direction for a step that '
        "satisfies the strong Wolfe conditions; None does not search.",
    },
    "Muon": {
        "weight_decay": _SHRINKS,
        "momentum": "Decay rate of the exponential moving average of the gradient.",
        "nesterov": "Include the current gradient in the moving average once more before use.",
        "ns_coefficients": "Coefficients of the Newton-Schulz polynomial of degree five, which "
        "moves the singular values of the moving average towards 1.",
        "eps": "Lower bound of the norm by which the moving average is divided first.",
        "ns_steps": "Number of Newton-Schulz iterations.",
        "adjust_lr_fn": "How the learning rate depends on the matrix's shape: "
        '``"original"`` (also None) or ``"match_rms_adamw"``.',
    },
}
"""Descriptions by class and hyper-parameter that differ from `COMMON`."""


def meanings(cls: Callable[..., Any]) -> dict[str, str]:
    r"""Return descriptions of a class's hyper-parameters, in reStructuredText.

    Parameters
    ----------
    cls : type or callable
        A class of PyTorch, or one whose docstring has a "Parameters" section as numpydoc defines
        it, an "Args" section in Google's style, or Sphinx's field lists.

    Returns
    -------
    dict of str
        Descriptions by name, for documented hyper-parameters only.

    Raises
    ------
    ValueError
        If the docstring has the same section twice.

    Examples
    --------
    >>> class Damped:
    ...     '''Gradient descent with damping.
    ...
    ...     Args:
    ...         lr (float): The length of a step.
    ...         damping: By how much
    ...             it is damped.
    ...     '''
    >>> meanings(Damped)
    {'lr': 'The length of a step.', 'damping': 'By how much\nit is damped.'}
    """
    if cls.__module__.startswith("torch."):
        return {**COMMON, **PARTICULAR.get(getattr(cls, "__name__", ""), {})}
    docstring = inspect.getdoc(cls) or ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # sections that numpydoc does not know
        documented = NumpyDocString(docstring)["Parameters"]
    found = {p.name.lstrip("*"): "\n".join(p.desc) for p in documented}
    return found or _of_fields(docstring)


def _of_fields(docstring: str) -> dict[str, str]:
    """Return the descriptions in field lists, ``:param lr: ...``, or in an "Args" section."""
    settings: Any = Config(napoleon_use_param=True)
    text = str(GoogleDocstring(docstring, settings))
    return {
        name.lstrip("*").replace("\\", ""): cleandoc(description).strip()
        for name, description in _FIELD.findall(f"{text}\n")
    }


def hyper_parameters(cls: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Return the parameters of a class's constructor, without those that it optimizes."""
    listed = list(inspect.signature(cls).parameters.values())[1:]
    collected = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return {p.name: p for p in listed if p.name not in IMPLEMENTATION and p.kind not in collected}
