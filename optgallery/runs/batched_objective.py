"""Objectives of many runs, evaluated in one batch, bit for bit identical to each alone."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from optgallery.functions import TestFunction
from optgallery.functions.base import Formula
from optgallery.runs.traced import trace

Pieces: TypeAlias = list[tuple[Formula, int]]
"""Formulas, each with the number of points that it is evaluated at in one call."""

# torch processes long rows two vector registers at a time; there, some functions are rounded
# differently than in the scalar loop that processes shorter rows and single numbers
SHORT = {"AVX2": 7, "AVX512": 15}.get(torch.backends.cpu.get_cpu_capability(), 3)

_PROBES = 700  # random points at which rounding is compared


class Evaluated(NamedTuple):
    """Values and gradients at many points."""

    values: Tensor
    gradients: Tensor
    finite: bool = False
    """Whether all of them are known to be finite, and the points too."""


class BatchedObjective:
    """The functions of many runs, evaluated together.

    Parameters
    ----------
    fns : sequence of TestFunction
        A function for each row of points; rows of the same function should be adjacent.
    settings : int
        Number of points in each row: one for every optimizer and learning rate.
    """

    def __init__(self, fns: Sequence[TestFunction], settings: int = 1) -> None:
        self.fns, self.settings = fns, settings
        self._pieces: dict[int, Pieces] = {}

    def at(self, z: Tensor) -> Evaluated:
        """Return values and gradients at points of shape (settings, rows, 2)."""
        pieces = self._divided(order=1)
        rows = z.numpy()[0] if self.settings == 1 else self._by_rows(z).numpy()
        values, gradients, finite = evaluate_traced(pieces, rows)
        if self.settings > 1:
            values, gradients = (self._by_settings(each[0]) for each in (values, gradients))
        return Evaluated(values, gradients, finite)

    def hessian_times(self, z: Tensor, v: Tensor) -> Tensor:
        """Return Hessian-vector products at points, all of shape (settings, rows, 2)."""
        pieces = self._divided(order=2)
        return self._by_settings(multiply_hessian(pieces, self._by_rows(z), self._by_rows(v)))

    def _divided(self, order: int) -> Pieces:
        """Divide the points into the longest calls that keep every bit of these derivatives."""
        if order not in self._pieces:
            self._pieces[order] = pieces = []
            for formula, rows in _counted(self.fns):
                points = self.settings * rows
                long = points <= SHORT or rounds_alike(formula, order)
                most = points if long else SHORT
                pieces += [(formula, min(most, points - i)) for i in range(0, points, most)]
        return self._pieces[order]

    def _by_rows(self, z: Tensor) -> Tensor:
        return z[0] if self.settings == 1 else z.transpose(0, 1).reshape(-1, z.shape[-1])

    def _by_settings(self, found: Tensor) -> Tensor:
        if self.settings == 1:  # a view through which torch works along the rows
            return found[None]
        by_setting = found.view(len(self.fns), self.settings, *found.shape[1:])
        return by_setting.transpose(0, 1).contiguous()


def _counted(fns: Sequence[TestFunction]) -> list[tuple[Formula, int]]:
    """Return the formulas of adjacent functions, each with how many have it."""
    if len(fns) and fns.count(fns[0]) == len(fns):  # takes little time where all are one object
        return [(fns[0].formula, len(fns))]
    return [(formula, len(list(rows))) for formula, rows in groupby(fn.formula for fn in fns)]


def evaluate(pieces: Pieces, points: Tensor) -> tuple[Tensor, Tensor]:
    """Return values and gradients at points of shape (n, 2), formula by formula."""
    values, _, grads = _differentiate(pieces, points, create_graph=False)
    return _join(values).detach(), _pair(grads)


def evaluate_traced(pieces: Pieces, points: NDArray[np.float64]) -> Evaluated:
    """Return the same without autograd, if all formulas are always the same list of operations.

    The shapes are (1, n) and (1, n, 2).
    """
    traced = [trace(formula) for formula, _ in pieces]
    if None in traced:
        values, gradients = evaluate(pieces, torch.from_numpy(points))
        return Evaluated(values[None], gradients[None])
    # each coordinate in one piece of memory, as a single run has it
    coordinates = np.ascontiguousarray(points.T)
    found = np.empty((3, len(points)))
    finite, begin = True, 0
    for repeat, (_, size) in zip(traced, pieces, strict=True):
        part = slice(begin, begin + size)
        assert repeat is not None
        finite &= repeat(coordinates[:, part], found[:, part])
        begin += size
    # views by NumPy, which takes less time than torch
    values, gradients = (
        torch.from_numpy(found[:1]),
        torch.from_numpy(found[None, 1:].swapaxes(1, 2)),
    )
    return Evaluated(values, gradients, finite)


def multiply_hessian(pieces: Pieces, points: Tensor, vectors: Tensor) -> Tensor:
    """Return Hessian-vector products at points; points and vectors have shape (n, 2)."""
    _, coordinates, grads = _differentiate(pieces, points, create_graph=True)
    sizes = [size for _, size in pieces]
    directions = [d for k in (0, 1) for d in torch.split(vectors[:, k].contiguous(), sizes)]
    curved = [(g, d) for g, d in zip(grads, directions, strict=True) if g.requires_grad]
    if not curved:
        return torch.zeros_like(points)
    products = torch.autograd.grad(
        [g for g, _ in curved], coordinates, [d for _, d in curved], materialize_grads=True
    )
    return _pair(products)


def _differentiate(
    pieces: Pieces, points: Tensor, *, create_graph: bool
) -> tuple[Sequence[Tensor], Sequence[Tensor], Sequence[Tensor]]:
    """Return values, coordinates and derivatives: a tensor for each formula, first x, then y."""
    sizes = [size for _, size in pieces]
    # separate leaves, so that no gradient is accumulated by an addition on its way
    xs, ys = ([c.requires_grad_() for c in _divide(points[:, k].clone(), sizes)] for k in (0, 1))
    with torch.enable_grad():
        values = [formula(x, y) for (formula, _), x, y in zip(pieces, xs, ys, strict=True)]
        grads = torch.autograd.grad(
            values,
            [*xs, *ys],
            [torch.ones_like(v) for v in values],
            create_graph=create_graph,
            materialize_grads=True,
        )
    return values, [*xs, *ys], grads


def _pair(parts: Sequence[Tensor]) -> Tensor:
    """Combine the tensors of x and those of y to points of shape (n, 2)."""
    n = len(parts) // 2
    return torch.stack([_join(parts[:n]), _join(parts[n:])]).T


def _divide(whole: Tensor, sizes: list[int]) -> Sequence[Tensor]:
    return [whole] if len(sizes) == 1 else torch.split(whole, sizes)


def _join(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


@cache
def rounds_alike(formula: Formula, order: int = 1) -> bool:
    """Whether a formula gives the same bits at points in a long row as in short ones.

    ``hypot``, ``atan2``, ``cosh`` and powers above the third differ at about one point in seventy.
    The formula is compared at 700 random points with coordinates of sizes from 0.01 to 10,000.

    Parameters
    ----------
    formula : callable
    order : {1, 2}
        1 for values and gradients, 2 for Hessian-vector products.
    """
    generator = torch.Generator().manual_seed(0)
    sizes = torch.logspace(-2, 4, _PROBES, dtype=torch.float64)[:, None]
    points, vectors = torch.randn(2, _PROBES, 2, generator=generator, dtype=torch.float64)
    points *= sizes
    long: Pieces = [(formula, _PROBES)]
    short: Pieces = [(formula, min(SHORT, _PROBES - i)) for i in range(0, _PROBES, SHORT)]

    def found(pieces: Pieces) -> tuple[Tensor, ...]:
        if order == 1:
            return evaluate(pieces, points)
        return (multiply_hessian(pieces, points, vectors),)

    return all(
        torch.allclose(a, b, rtol=0, atol=0, equal_nan=True)
        for a, b in zip(found(long), found(short), strict=True)
    )
