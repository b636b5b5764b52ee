"""Factorisation: a matrix learnt as a product of two, from a small start."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from optgallery.arguments import check_whole
from optgallery.problems.base import PROBLEMS, Array, MatrixProblem, constant, names
from optgallery.problems.draws import around_the_circle, check_real, generator, rotation


@dataclass(frozen=True, kw_only=True)
class Factorisation(MatrixProblem):
    """A matrix learnt as a product of two; `factorisation` makes it."""

    k: int
    rank: int
    condition: float
    start_size: float
    seed: int

    made_by = "factorisation"
    latex = r"\frac{1}{2} \lVert U V^\top - M \rVert^2"
    description = (
        "From a small start the product stays near a saddle for long, then finds the direction of "
        "the largest singular value, and only later the next one."
    )
    source = (
        "Saxe, McClelland and Ganguli (2014), Exact solutions to the nonlinear dynamics of "
        "learning in deep linear neural networks, arXiv:1312.6120"
    )

    @cached_property
    def targets(self) -> Array:
        """The columns of M, points of an ellipse: shape (k, 2)."""
        rng = generator(self.seed, 0)
        axes = rotation(2, rng) * [1.0, 1 / self.condition]
        columns: Array = around_the_circle(self.k, rng) @ axes.T
        return columns

    @property
    def start(self) -> tuple[Array, ...]:
        """Small random matrices U and V, of shapes (2, rank) and (k, rank)."""
        rng = generator(self.seed, 1)
        u = rng.standard_normal((2, self.rank))
        v = rng.standard_normal((self.k, self.rank))
        return self.start_size * u, self.start_size * v

    @cached_property
    def minimum(self) -> float:
        """The least loss: what a matrix of this rank cannot represent."""
        values = np.linalg.svd(self.targets, compute_uv=False)
        return float((values[self.rank :] ** 2).sum() / 2)

    def loss(self, *parameters: Tensor, batch: int | None = None) -> Tensor:  # noqa: ARG002
        """Return half the squared distance of the product from M."""
        errors = self.outputs(*parameters) - constant(self.targets, parameters[0])
        return errors.square().sum() / 2

    def outputs(self, *parameters: Tensor) -> Tensor:
        """Return the columns of the product: shape (k, 2)."""
        u, v = parameters
        return v @ u.T

    def matrix(self, *parameters: Tensor) -> Tensor:
        """Return the product, of shape (2, k)."""
        return self.outputs(*parameters).T


def factorisation(
    *, k: int = 8, rank: int = 2, condition: float = 2.5, start_size: float = 0.03, seed: int = 0
) -> Factorisation:
    r"""Return the problem of learning a matrix as a product of two, from a small start.

    .. math:: f(U, V) = \frac{1}{2} \lVert U V^\top - M \rVert^2

    M has the shape (2, k); its columns are the targets, points of an ellipse. The product starts
    near 0, which is a saddle, and learns one singular value after the other: the outputs first
    spread along the long axis.

    Parameters
    ----------
    k : int
        Number of columns of M, at least 1.
    rank : int
        Columns of U and V, at least 1.
    condition : float
        Ratio of the axes of the ellipse, at least 1; for three columns or more, that of the
        singular values of M.
    start_size : float
        Standard deviation of the elements of U and V at the start, above 0.
    seed : int
        Seed of M and of the start.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import optgallery as og
    >>> og.problems.factorisation(rank=3).shapes
    ((2, 3), (8, 3))
    """
    arguments = {
        "k": check_whole("k", k, 1),
        "rank": check_whole("rank", rank, 1),
        "condition": check_real("condition", condition, 1),
        "start_size": check_real("start_size", start_size, 0, above=True),
        "seed": check_whole("seed", seed, 0, 2**63 - 1),
    }
    named = names(factorisation, "Factorisation", arguments)
    return Factorisation(**named, **arguments)  # type: ignore[arg-type]


PROBLEMS.add(factorisation())
