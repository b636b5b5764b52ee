"""Associative memory: pairs of keys and values, some rare, learnt by one matrix."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from optgallery.arguments import check_whole
from optgallery.problems.base import PROBLEMS, Array, MatrixProblem, constant, names
from optgallery.problems.draws import around_the_circle, check_real, generator, rotation, zipf


@dataclass(frozen=True, kw_only=True)
class AssociativeMemory(MatrixProblem):
    """Pairs of keys and values learnt by one matrix; `associative_memory` makes it."""

    k: int
    a: float
    batch_size: int | None
    seed: int

    made_by = "associative_memory"
    latex = (
        r"\frac{1}{2} \sum_{i=1}^{k} p_i\, \lVert W q_i - v_i \rVert^2, \quad p_i \propto i^{-a}"
    )
    description = (
        "Common pairs give large gradients and rare ones small ones: which are learnt first, and "
        "how much later the others, is what optimizers differ in."
    )
    source = (
        "Bietti, Cabannes, Bouchacourt, Jegou and Bottou (2023), Birth of a transformer: a memory "
        "viewpoint, arXiv:2306.00802"
    )

    @cached_property
    def keys(self) -> Array:
        """The keys, orthonormal rows: shape (k, k)."""
        return rotation(self.k, generator(self.seed, 0))

    @cached_property
    def targets(self) -> Array:
        """The values, points of the unit circle: shape (k, 2)."""
        return around_the_circle(self.k, generator(self.seed, 1))

    @cached_property
    def weights(self) -> Array:
        """The frequencies of the pairs: shape (k,)."""
        return zipf(self.k, self.a)

    @property
    def start(self) -> tuple[Array, ...]:
        """A matrix of zeros, of shape (2, k)."""
        return (np.zeros((2, self.k)),)

    @property
    def minimum(self) -> float:
        """0, when every pair has been learnt."""
        return 0.0

    @property
    def stochastic(self) -> bool:
        """Whether an optimizer is given the gradients of mini-batches of pairs."""
        return self.batch_size is not None

    def loss(self, *parameters: Tensor, batch: int | None = None) -> Tensor:
        """Return half the mean squared distance of the outputs from the values."""
        (w,) = parameters
        share = self.weights if batch is None else self._batch(batch)
        errors = self.outputs(w) - constant(self.targets, w)
        return (constant(share, w) * errors.square().sum(dim=1)).sum() / 2

    def outputs(self, *parameters: Tensor) -> Tensor:
        """Return what the matrix gives for each key: shape (k, 2)."""
        (w,) = parameters
        return constant(self.keys, w) @ w.T

    def _batch(self, number: int) -> Array:
        """Return how often each pair occurs in a mini-batch, divided by its size."""
        assert self.batch_size is not None
        counts = generator(self.seed, 2, number).multinomial(self.batch_size, self.weights)
        return counts / self.batch_size


def associative_memory(
    *, k: int = 8, a: float = 1.5, batch_size: int | None = None, seed: int = 0
) -> AssociativeMemory:
    r"""Return the problem of learning k pairs of keys and values, of which some are rare.

    .. math:: f(W) = \frac{1}{2} \sum_{i=1}^{k} p_i\, \lVert W q_i - v_i \rVert^2,
              \quad p_i \propto i^{-a}

    The keys :math:`q_i` are orthonormal, in k dimensions, and the values :math:`v_i` lie on the
    unit circle. W has the shape (2, k) and starts at 0, so that all outputs start in the middle.

    Parameters
    ----------
    k : int
        Number of pairs, at least 1.
    a : float
        Exponent of Zipf's law for the frequencies, at least 0; with 0, all are equal.
    batch_size : int, optional
        Pairs drawn for each evaluation of the gradient, the same in every run; if not given, an
        optimizer is given the gradient over all pairs.
    seed : int
        Seed of the keys, of the order of the values and of the mini-batches.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import optgallery as og
    >>> og.run("adam", og.problems.associative_memory(k=4), lr=0.1).outcome.kind
    'solved'
    """
    arguments = {
        "k": check_whole("k", k, 1),
        "a": check_real("a", a, 0),
        "batch_size": None if batch_size is None else check_whole("batch_size", batch_size, 1),
        "seed": check_whole("seed", seed, 0, 2**63 - 1),
    }
    named = names(associative_memory, "Associative memory", arguments)
    return AssociativeMemory(**named, **arguments)  # type: ignore[arg-type]


PROBLEMS.add(associative_memory())
