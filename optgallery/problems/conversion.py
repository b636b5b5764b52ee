"""Convert what users pass as what is to be minimised: a test function or a matrix problem."""

import sys
from difflib import get_close_matches
from typing import Any

import torch

from optgallery.functions.base import TestFunction
from optgallery.functions.conversion import as_test_function
from optgallery.functions.isolation import isolated
from optgallery.problems.base import PROBLEMS, MatrixProblem
from optgallery.registry import UnknownNameError


def as_minimised(
    given: Any, dtype: torch.dtype | None = torch.float64
) -> TestFunction | MatrixProblem:
    """Turn a name, a problem, a test function or a ``(callable, domain)`` pair into what it means.

    Parameters
    ----------
    given : str, MatrixProblem, TestFunction or (callable, domain)
        A name is one in `PROBLEMS`, or else one that `as_test_function` knows.
    dtype : torch.dtype or None
        The dtype in which a function will be run.

    Raises
    ------
    TypeError, ValueError
        If it is none of these; for a class of problems, the message advises to construct one.
    """
    if isinstance(given, MatrixProblem):
        if PROBLEMS.get(given.name) != given:  # entries need no check
            check_problem(given)
        return given
    if isinstance(given, type) and issubclass(given, MatrixProblem):
        made = f"og.problems.{given.made_by}()" if given.made_by else f"{given.__name__}(...)"
        raise TypeError(f"run needs a problem, got the class {given.__name__}; give {made}")
    if isinstance(given, str):
        if given in PROBLEMS.names:
            return PROBLEMS[given]
        try:
            return as_test_function(given, dtype)
        except UnknownNameError as error:
            near = get_close_matches(given.lower().replace("-", "_"), PROBLEMS.names, n=3)
            if not near or "did you mean" in str(error):
                raise
            advice = f"did you mean {' or '.join(map(repr, near))}, among the problems?"
            raise UnknownNameError(
                f"unknown test function or problem {given!r}; {advice}"
            ) from None
    maker = getattr(given, "__name__", "")
    if given is getattr(sys.modules["optgallery.problems"], maker, None):
        raise TypeError(f"run needs a problem, got the function that makes it; call {maker}()")
    return as_test_function(given, dtype)


def check_problem(problem: MatrixProblem) -> None:
    """Evaluate a problem once at its start, and raise an error that says what does not fit.

    Raises
    ------
    TypeError
        If the loss is not a tensor of one number, or cannot be differentiated.
    ValueError
        If a parameter is not a matrix, or outputs, targets or weights have wrong shapes.
    """
    shapes = problem.shapes
    with isolated(0):
        params = [torch.tensor(matrix, requires_grad=True) for matrix in problem.start]
        value = problem.loss(*params, batch=1 if problem.stochastic else None)
        drawn = problem.outputs(*params)
    name = problem.title
    if not isinstance(value, torch.Tensor) or value.ndim or not value.requires_grad:
        raise TypeError(
            f"the loss of {name} must be a tensor of one number that depends on the parameters of "
            f"shapes {shapes}, got {value!r}"
        )
    if (
        not isinstance(drawn, torch.Tensor)
        or drawn.ndim != 2
        or drawn.shape[1] != 2
        or not len(drawn)
    ):
        found = tuple(getattr(drawn, "shape", ()))
        raise ValueError(f"the outputs of {name} must have the shape (k, 2), got {found}")
    k = len(drawn)
    for what, array, shape in (
        ("targets", problem.targets, (k, 2)),
        ("weights", problem.weights, (k,)),
    ):
        if array is not None and array.shape != shape:
            raise ValueError(f"the {what} of {name} must have the shape {shape}, got {array.shape}")
