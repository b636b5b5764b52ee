"""Linear regression on features of unequal size."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from optgallery.arguments import check_whole
from optgallery.problems.base import PROBLEMS, Array, MatrixProblem, constant, names
from optgallery.problems.draws import around_the_circle, check_real, generator


@dataclass(frozen=True, kw_only=True)
class UnbalancedRegression(MatrixProblem):
    """Linear regression on features of unequal size; `unbalanced_regression` makes it."""

    k: int
    a: float
    samples: int
    batch_size: int | None
    seed: int

    made_by = "unbalanced_regression"
    latex = r"\frac{1}{2 n} \sum_{j=1}^{n} \lVert W x_j - V x_j \rVert^2"
    description = (
        "Features of unequal size make the gradient of some columns small, and random samples "
        "correlate them: columns are learnt one after the other, along bent paths."
    )
    source = (
        "LeCun, Bottou, Orr and Mueller (1998), Efficient backprop, in Neural networks: tricks of "
        "the trade, doi:10.1007/3-540-49430-8_2"
    )

    @cached_property
    def features(self) -> Array:
        """The samples: shape (samples, k), the i-th column of a size proportional to i ** -a."""
        drawn = generator(self.seed, 0).standard_normal((self.samples, self.k))
        sizes: Array = np.arange(1, self.k + 1, dtype=float) ** -self.a
        return drawn * sizes

    @cached_property
    def targets(self) -> Array:
        """The columns of V, points of the unit circle: shape (k, 2)."""
        return around_the_circle(self.k, generator(self.seed, 1))

    @cached_property
    def weights(self) -> Array:
        """The mean square of each feature, as a share of all: shape (k,)."""
        squares = (self.features**2).mean(axis=0)
        shares: Array = squares / squares.sum()
        return shares

    @property
    def start(self) -> tuple[Array, ...]:
        """A matrix of zeros, of shape (2, k)."""
        return (np.zeros((2, self.k)),)

    @property
    def minimum(self) -> float:
        """0, since the outputs have no noise."""
        return 0.0

    @property
    def stochastic(self) -> bool:
        """Whether an optimizer is given the gradients of mini-batches of samples."""
        return self.batch_size is not None

    def loss(self, *parameters: Tensor, batch: int | None = None) -> Tensor:
        """Return half the mean squared error."""
        (w,) = parameters
        chosen = self.features if batch is None else self.features[self._batch(batch)]
        errors = constant(chosen, w) @ (w - constant(self.targets.T, w)).T
        return errors.square().sum() / (2 * len(chosen))

    def outputs(self, *parameters: Tensor) -> Tensor:
        """Return the columns of W: shape (k, 2)."""
        return parameters[0].T

    def _batch(self, number: int) -> NDArray[np.int64]:
        """Return the numbers of the samples in a mini-batch."""
        rng = generator(self.seed, 2, number)
        return rng.integers(self.samples, size=self.batch_size)


def unbalanced_regression(
    *,
    k: int = 8,
    a: float = 0.75,
    samples: int = 64,
    batch_size: int | None = None,
    seed: int = 0,
) -> UnbalancedRegression:
    r"""Return linear regression with two outputs on k features of unequal size.

    .. math:: f(W) = \frac{1}{2 n} \sum_{j=1}^{n} \lVert W x_j - V x_j \rVert^2

    The i-th feature is normally distributed with standard deviation :math:`i^{-a}`. The columns of
    V lie on the unit circle, and those of W are drawn.

    Parameters
    ----------
    k : int
        Number of features, at least 1.
    a : float
        Exponent of the features' sizes, at least 0.
    samples : int
        Number of samples n, at least ``k``, or else V would not be determined.
    batch_size : int, optional
        Samples drawn for each evaluation of the gradient, the same in every run; all if not given.
    seed : int
        Seed of the samples, of V and of the mini-batches.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import optgallery as og
    >>> og.run("soap", og.problems.unbalanced_regression(), lr=0.1, weight_decay=0).outcome.kind
    'solved'
    """
    size = check_whole("k", k, 1)
    arguments = {
        "k": size,
        "a": check_real("a", a, 0),
        "samples": check_whole("samples", samples, size),
        "batch_size": None if batch_size is None else check_whole("batch_size", batch_size, 1),
        "seed": check_whole("seed", seed, 0, 2**63 - 1),
    }
    named = names(unbalanced_regression, "Unbalanced regression", arguments)
    return UnbalancedRegression(**named, **arguments)  # type: ignore[arg-type]


PROBLEMS.add(unbalanced_regression())
