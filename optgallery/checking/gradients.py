"""The fixed gradients that an implementation and an entry are both given."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from optgallery.functions.base import TestFunction

START = (0.7, -1.3, 0.45, 2.1, -0.85, 1.6)
"""Where every replay starts; none of the numbers is a float32."""

COORDINATES = (
    "random",
    "constant",
    "almost zero after three steps",
    "tiny",
    "large",
    "alternating",
)
"""What the gradient of each coordinate is."""

DIGITS = 4
"""Significant decimal digits of a gradient, so that every language reads the same numbers."""


@cache
def gradient_sequence(steps: int, seed: int = 0) -> NDArray[np.float64]:
    """Return gradients of six coordinates, each of which shows something else.

    Parameters
    ----------
    steps : int
    seed : int

    Returns
    -------
    array of shape (steps, 6)
        Rounded to four significant digits. By coordinate: random; constant, which shows how
        averages begin; three large ones and then almost none, which shows how averages decay; tiny,
        which shows where a small constant is added; large; alternating in sign.

    Examples
    --------
    >>> gradient_sequence(2).tolist()
    [[0.1257, 1.0, 3.0, -0.0001321, 25.62, 1.105], [-0.5357, 1.0, -1.5, 0.0003616, 52.16, -1.947]]
    """
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(steps, 4))
    times = np.arange(steps)
    impulse = np.select([times == 0, times == 1, times == 2], [3.0, -1.5, 2.0], 1e-3 * noise[:, 3])
    columns = [
        noise[:, 0],
        np.ones(steps),
        impulse,
        1e-3 * noise[:, 1],
        40 * noise[:, 2],
        (-1.0) ** times * (1 + np.abs(noise[:, 3])),
    ]
    return _rounded(np.stack(columns, axis=1))


@cache
def curvature_sequence(steps: int, seed: int = 0) -> NDArray[np.float64]:
    """Return diagonals of Hessians, also negative ones, of the same shape as the gradients.

    A random vector z of signs gives such a diagonal exactly as the product of z and Hz.
    """
    rng = np.random.default_rng([seed, 1])
    return _rounded(rng.normal(size=(steps, len(START))) * 10 ** rng.uniform(-2, 1, (steps, 1)))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to a few significant decimal digits."""
    texts = [f"{value:.{DIGITS}g}" for value in values.ravel().tolist()]
    rounded = np.array(texts, dtype=float).reshape(values.shape)
    rounded.setflags(write=False)  # each sequence is computed once
    return rounded


@dataclass(frozen=True)
class Replay:
    """One situation in which two optimizers are compared: settings, and gradients or a function.

    Attributes
    ----------
    name : str
        In a sentence: "with weight_decay 0.1".
    settings : dict
        Hyper-parameters under the entry's names.
    shape : tuple of int
        Shape of each parameter.
    parameters : int
        Number of parameters that share the coordinates.
    function : TestFunction, optional
        Instead of fixed gradients.
    """

    name: str
    settings: dict[str, object] = field(default_factory=dict)
    shape: tuple[int, ...] = (6,)
    parameters: int = 1
    function: TestFunction | None = None
