"""A quadratic whose curvature is a Kronecker product: one factor for rows, one for columns."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from optgallery.arguments import check_whole
from optgallery.problems.base import PROBLEMS, Array, MatrixProblem, constant, names
from optgallery.problems.draws import around_the_circle, check_real, curvature, generator


@dataclass(frozen=True, kw_only=True)
class KroneckerQuadratic(MatrixProblem):
    """A quadratic with Kronecker curvature; `kronecker_quadratic` makes it."""

    k: int
    condition_rows: float
    condition_columns: float
    seed: int

    made_by = "kronecker_quadratic"
    latex = r"\frac{1}{2} \operatorname{tr}\bigl((W - V)^\top A\, (W - V)\, B\bigr)"
    description = (
        "The Hessian is the Kronecker product of B and A, neither of them diagonal: the structure "
        "that Shampoo, SOAP and PSGD-Kron assume, and that a step for each element cannot see."
    )
    source = (
        "Martens and Grosse (2015), Optimizing neural networks with Kronecker-factored approximate "
        "curvature, arXiv:1503.05671"
    )

    @cached_property
    def targets(self) -> Array:
        """The columns of V, points of the unit circle: shape (k, 2)."""
        return around_the_circle(self.k, generator(self.seed, 0))

    @cached_property
    def rows(self) -> Array:
        """The curvature A between rows: shape (2, 2)."""
        return curvature(2, self.condition_rows, generator(self.seed, 1))

    @cached_property
    def columns(self) -> Array:
        """The curvature B between columns: shape (k, k)."""
        return curvature(self.k, self.condition_columns, generator(self.seed, 2))

    @property
    def start(self) -> tuple[Array, ...]:
        """A matrix of zeros, of shape (2, k)."""
        return (np.zeros((2, self.k)),)

    @property
    def minimum(self) -> float:
        """0, at V."""
        return 0.0

    def loss(self, *parameters: Tensor, batch: int | None = None) -> Tensor:  # noqa: ARG002
        """Return the quadratic."""
        (w,) = parameters
        errors = w - constant(self.targets.T, w)
        return (errors * (constant(self.rows, w) @ errors @ constant(self.columns, w))).sum() / 2

    def outputs(self, *parameters: Tensor) -> Tensor:
        """Return the columns of W: shape (k, 2)."""
        return parameters[0].T


def kronecker_quadratic(
    *, k: int = 8, condition_rows: float = 10.0, condition_columns: float = 100.0, seed: int = 0
) -> KroneckerQuadratic:
    r"""Return a quadratic of a matrix whose Hessian is a Kronecker product.

    .. math:: f(W) = \frac{1}{2} \operatorname{tr}\bigl((W - V)^\top A\, (W - V)\, B\bigr)

    A has the shape (2, 2) and B the shape (k, k); both are symmetric, with eigenvectors at random.

    Parameters
    ----------
    k : int
        Number of columns of W, at least 1.
    condition_rows, condition_columns : float
        Ratios of the largest to the smallest eigenvalue of A and of B, at least 1.
    seed : int
        Seed of A, B and V.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import optgallery as og
    >>> problem = og.problems.kronecker_quadratic(condition_columns=10)
    >>> problem.title, problem.shapes
    ('Kronecker quadratic (condition_columns=10)', ((2, 8),))
    """
    arguments = {
        "k": check_whole("k", k, 1),
        "condition_rows": check_real("condition_rows", condition_rows, 1),
        "condition_columns": check_real("condition_columns", condition_columns, 1),
        "seed": check_whole("seed", seed, 0, 2**63 - 1),
    }
    named = names(kronecker_quadratic, "Kronecker quadratic", arguments)
    return KroneckerQuadratic(**named, **arguments)  # type: ignore[arg-type]


PROBLEMS.add(kronecker_quadratic())
