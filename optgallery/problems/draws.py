"""What problems draw at random from their seeds: directions, targets, curvatures, samples."""

from math import isfinite, pi
from typing import Any

import numpy as np

from optgallery.problems.base import Array


def generator(*seeds: int) -> np.random.Generator:
    """Return the generator of these seeds, the same in every process."""
    return np.random.default_rng(seeds)


def rotation(size: int, rng: np.random.Generator) -> Array:
    """Return a random orthogonal matrix of shape (size, size)."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    turned: Array = q * np.sign(np.diag(r))
    return turned


def around_the_circle(k: int, rng: np.random.Generator) -> Array:
    """Return k points of the unit circle at equal distances, in random order: shape (k, 2)."""
    angles = 2 * pi * (rng.permutation(k) + rng.uniform()) / k
    return np.column_stack([np.cos(angles), np.sin(angles)])


def curvature(size: int, condition: float, rng: np.random.Generator) -> Array:
    """Return a random symmetric matrix with eigenvalues from 1 down to 1 / condition."""
    turned = rotation(size, rng)
    eigenvalues = np.geomspace(1, 1 / condition, size) if size > 1 else np.ones(1)
    matrix: Array = (turned * eigenvalues) @ turned.T
    return (matrix + matrix.T) / 2


def zipf(k: int, a: float) -> Array:
    """Return the frequencies of k things by their ranks, proportional to rank ** -a."""
    weights = np.arange(1, k + 1, dtype=float) ** -a
    shares: Array = weights / weights.sum()
    return shares


def check_real(name: str, value: Any, low: float, *, above: bool = False) -> float:
    """Return a finite number >= low, or > low if ``above``; else raise a ValueError."""
    real = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not real or not isfinite(value) or value < low or (above and value == low):
        raise ValueError(f"{name} must be a number {'>' if above else '>='} {low:g}, got {value!r}")
    return float(value)
