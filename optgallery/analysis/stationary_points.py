"""Stationary points near given points: minima and saddle points, by Newton's method."""

from math import isfinite
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from optgallery.analysis.problems import height
from optgallery.functions import TestFunction
from optgallery.functions.isolation import isolated
from optgallery.runs.batched_objective import evaluate, multiply_hessian

Array = NDArray[np.float64]

_STEPS = 30
_CONVERGED = 1e-8  # of a step, as a share of the domain's sides
_LONGEST = 0.1  # step, as a share of the domain's sides
_LEVEL = 1e-4  # of the slope, as a share of the function's height on a side of the domain
_NEGLIGIBLE = 1e-6  # of an eigenvalue, as a share of the larger one: along a trough there is none


class StationaryPoints(NamedTuple):
    """The stationary points at which Newton's method arrives.

    Attributes
    ----------
    points : array of shape (n, 2)
        NaN where it does not converge.
    values : array of shape (n,)
        The function there.
    lower, upper : arrays of shape (n,)
        The eigenvalues of the Hessian there, in which each coordinate is measured in sides of the
        domain.
    """

    points: Array
    values: Array
    lower: Array
    upper: Array


def stationary_points(fn: TestFunction, starts: Array) -> StationaryPoints:
    """Return the stationary point at which Newton's method arrives from each start.

    Steps are taken only along eigenvectors of the Hessian whose eigenvalues are not negligible, so
    that the bottom of a circular trough, where one of them is zero, is found, too.

    Parameters
    ----------
    fn : TestFunction
    starts : array of shape (n, 2)

    Examples
    --------
    >>> from optgallery import FUNCTIONS
    >>> found = stationary_points(FUNCTIONS["saddle"], np.array([[0.1, 0.2], [0.1, 1.3]]))
    >>> abs(found.values).round(6).tolist()
    [0.0, 1.0]
    >>> (found.lower > 0).tolist()
    [False, True]
    """
    xmin, xmax, ymin, ymax = fn.domain
    sides = np.array([xmax - xmin, ymax - ymin])
    points, values = np.full((len(starts), 2), np.nan), np.full(len(starts), np.nan)
    eigenvalues = np.full((len(starts), 2), np.nan)
    rise = height(fn)
    scale = rise if isfinite(rise) else np.inf
    left, at = np.arange(len(starts)), starts.astype(np.float64)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            if not len(left):
                break
            heights, gradients, hessians = _derivatives(fn, at, sides)
            usable = np.isfinite(hessians).all((1, 2)) & np.isfinite(gradients).all(1)
            left, at, heights = left[usable], at[usable], heights[usable]
            gradients = gradients[usable]
            curvatures, step = _newton_steps(gradients, hessians[usable])
            size = np.abs(step).max(1, initial=0.0)
            # at a kink the curvature is so large that steps are short although there is a slope
            level = np.hypot(*gradients.T) <= _LEVEL * scale
            done = (size <= _CONVERGED) & level
            points[left[done]], values[left[done]] = at[done], heights[done]
            eigenvalues[left[done]] = curvatures[done]
            # a longer step would leave the neighbourhood in which the quadratic model holds
            step *= np.minimum(1.0, _LONGEST / np.maximum(size, _LONGEST))[:, None]
            left, at = left[~done], (at + step * sides)[~done]
    return StationaryPoints(points, values, *eigenvalues.T)


def _newton_steps(gradients: Array, hessians: Array) -> tuple[Array, Array]:
    """Return the eigenvalues of each Hessian, and the step along those that are not negligible."""
    eigenvalues, vectors = np.linalg.eigh(hessians)
    magnitudes = np.abs(eigenvalues)
    kept = magnitudes > _NEGLIGIBLE * magnitudes.max(1, keepdims=True)
    along = np.einsum("nij,ni->nj", vectors, gradients)
    along = np.where(kept, -along / eigenvalues, 0.0)
    return eigenvalues, np.einsum("nij,nj->ni", vectors, along)


def _derivatives(fn: TestFunction, at: Array, sides: Array) -> tuple[Array, Array, Array]:
    """Return values, gradients and Hessians, with each coordinate in sides of the domain."""
    with isolated(0):
        points = torch.from_numpy(at.copy())
        pieces = [(fn.formula, len(points))]
        values, gradients = evaluate(pieces, points)
        columns = [
            multiply_hessian(pieces, points, torch.eye(2, dtype=points.dtype)[k].expand_as(points))
            for k in (0, 1)
        ]
    hessians = torch.stack(columns, dim=2).numpy()
    return (
        values.numpy().copy(),
        gradients.numpy() * sides,
        hessians * sides[:, None] * sides[None, :],
    )
