"""Test functions with noisy gradients."""

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any

import numpy as np

from optgallery.arguments import check_whole, format_number
from optgallery.functions.base import Point, TestFunction, Wrapping
from optgallery.functions.conversion import as_test_function


@dataclass(frozen=True)
class StudentNoise:
    r"""Noise that is a function of its seed and of the evaluation's number.

    It keeps no generator state between evaluations, so that a run has the same noise whatever was
    run before it, and repeated calls for one evaluation agree.

    Parameters
    ----------
    scale : float
        Factor of the draws from Student's t-distribution.
    df : float
        Degrees of freedom; infinity makes the noise Gaussian.
    seed : int
        Seed of the draws.
    """

    scale: float
    df: float
    seed: int

    def __call__(self, evaluation: int) -> Point:
        """Return the noise added to the two partial derivatives at this evaluation."""
        rng = np.random.default_rng((self.seed, evaluation))
        draw = rng.standard_normal(2) if self.df == inf else rng.standard_t(self.df, 2)
        dx, dy = (self.scale * draw).tolist()
        return dx, dy


def noisy(test_fn: Any, scale: float, *, df: float = inf, seed: int = 0) -> TestFunction:
    r"""Add noise to the gradient that an optimizer receives, as mini-batches do in training.

    Each evaluation gives the optimizer :math:`\nabla f + \sigma \xi` with a new :math:`\xi`, whose
    two components are drawn from Student's t-distribution. The recorded values and gradients of a
    run, and the curvature, are those of the function without noise.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes.
    scale : float
        The scale :math:`\sigma > 0`: for Gaussian noise the standard deviation of each component.
    df : float
        Degrees of freedom, positive. Infinity makes the noise Gaussian; fewer degrees of freedom
        make heavier tails: with 2 or fewer the variance is infinite, with 1 or fewer there is no
        mean.
    seed : int
        Seed of the noise, at least 0. A run with the same seed is bit for bit the same.

    Returns
    -------
    TestFunction
        A variant with the function's formula and a ``gradient_noise``. If it is rotated or scaled
        afterwards, so is its noise.

    Raises
    ------
    ValueError
        If ``scale``, ``df`` or ``seed`` is out of range, or the gradient is already noisy.

    Examples
    --------
    >>> import optgallery as og
    >>> exact = og.run("sgd", "sphere", lr=0.1)
    >>> rough = og.run("sgd", og.functions.noisy("sphere", 0.5), lr=0.1)
    >>> bool(exact.values[-1] < 1e-30), bool(rough.values[-1] < 1e-30)
    (True, False)
    """
    f = as_test_function(test_fn, dtype=None)
    if f.gradient_noise is not None:
        raise ValueError(f"the gradient of {f.name} is noisy already")
    if isinstance(scale, bool) or not (isfinite(scale) and scale > 0):
        raise ValueError(f"scale must be a positive finite number, got {scale!r}")
    if isinstance(df, bool) or not df > 0:
        raise ValueError(f"df must be positive, math.inf for Gaussian noise, got {df!r}")
    noise = StudentNoise(float(scale), float(df), check_whole("seed", seed, 0))
    student = f"Student-t noise with {format_number(df)} degrees of freedom"
    noise_title = "Gaussian noise" if df == inf else student
    further = {"df": noise.df} if df != inf else {}
    further |= {"seed": noise.seed} if seed else {}
    words = {key: format_number(value) for key, value in {"scale": noise.scale, **further}.items()}
    name = f"noisy_{f.name}_{words['scale']}"
    return replace(
        f,
        name="_".join([name, *(f"{key}_{words[key]}" for key in further)]),
        title=f"Noisy {f.title} ({', '.join(f'{key} {word}' for key, word in words.items())})",
        description=f"{f.title} with {noise_title} of scale {words['scale']} in both partial "
        "derivatives: steps that do not shrink end in a cloud around the minimum instead of in "
        "it.",
        tags=("noisy", *f.tags),
        variant_of=f.variant_of or f.name,
        gradient_noise=noise,
        made=Wrapping("noisy", f, (("scale", noise.scale), *further.items())),
    )
