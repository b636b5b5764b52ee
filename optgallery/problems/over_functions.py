"""Decision space: a test function of a point that is the product of a matrix and a vector."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from optgallery.arguments import check_whole
from optgallery.functions.base import TestFunction
from optgallery.functions.conversion import as_test_function
from optgallery.problems.base import PROBLEMS, Array, MatrixProblem, constant, names
from optgallery.problems.draws import generator


@dataclass(frozen=True, kw_only=True)
class DecisionSpace(MatrixProblem):
    """A test function of (x, y) = W u; `decision_space` makes it."""

    test_fn: TestFunction
    k: int
    seed: int

    made_by = "decision_space"
    latex = r"f(x, y), \quad (x, y)^\top = W u"
    description = (
        "The path is drawn over a known surface, but the optimizer sees a matrix: each of its "
        "gradients is the function's times a fixed row, so of rank one."
    )
    source = "The form is this project's; the function has a source of its own"

    @cached_property
    def vector(self) -> Array:
        """The vector u, of length 1: shape (k,)."""
        drawn = generator(self.seed, 0).standard_normal(self.k)
        unit: Array = drawn / np.linalg.norm(drawn)
        return unit

    @property
    def start(self) -> tuple[Array, ...]:
        """The smallest matrix that gives the function's own start, of shape (2, k)."""
        return (np.outer(self.test_fn.start, self.vector),)

    @property
    def targets(self) -> Array | None:
        """The minimum, of shape (1, 2), if the function has exactly one."""
        return np.array(self.test_fn.minima) if len(self.test_fn.minima) == 1 else None

    @property
    def minimum(self) -> float | None:
        """The function's global minimum."""
        return self.test_fn.minimum

    @property
    def surface(self) -> TestFunction:
        """The function."""
        return self.test_fn

    def loss(self, *parameters: Tensor, batch: int | None = None) -> Tensor:  # noqa: ARG002
        """Return the function at W u."""
        x, y = self.outputs(*parameters)[0].unbind()
        return self.test_fn.formula(x, y)

    def outputs(self, *parameters: Tensor) -> Tensor:
        """Return the point W u: shape (1, 2)."""
        (w,) = parameters
        return torch.mv(w, constant(self.vector, w))[None]


def decision_space(test_fn: Any = "rosenbrock", *, k: int = 4, seed: int = 0) -> DecisionSpace:
    r"""Return a test function of the point (x, y) = W u, whose parameter is the matrix W.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        The function, in any form that `run` takes, without gradient noise.
    k : int
        Number of columns of W, at least 1.
    seed : int
        Seed of the vector u.

    Raises
    ------
    TypeError, ValueError
        If the function is none, or an argument is out of its range.

    Examples
    --------
    >>> import optgallery as og
    >>> og.problems.decision_space("beale", k=3).title
    'Beale at W u (k=3)'
    """
    fn = as_test_function(test_fn, None)
    if fn.gradient_noise is not None:
        raise ValueError(f"decision_space takes a function without gradient noise, got {fn.name}")
    arguments = {"k": check_whole("k", k, 1), "seed": check_whole("seed", seed, 0, 2**63 - 1)}
    named = names(decision_space, f"{fn.title} at W u", arguments)
    named["name"] = named["name"].replace("decision_space", f"decision_space_{fn.name}", 1)
    return DecisionSpace(test_fn=fn, **named, **arguments)  # type: ignore[arg-type]


PROBLEMS.add(replace(decision_space(), name="decision_space"))
