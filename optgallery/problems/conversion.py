"""Convert what users pass as what is to be minimised: a test function or a matrix problem."""

from difflib import get_close_matches
from typing import Any

import torch

from optgallery.functions.base import TestFunction
from optgallery.functions.conversion import as_test_function
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
            if not near:
                raise
            advice = " or ".join(map(repr, near))
            raise UnknownNameError(f"{error}; among the problems, did you mean {advice}?") from None
    return as_test_function(given, dtype)
