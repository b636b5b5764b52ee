"""Any test function with a gradient that is known only up to noise."""

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any

import numpy as np

from optgallery.arguments import check_whole, format_number
from optgallery.functions.base import Point, TestFunction, Wrapping
from optgallery.functions.conversion import as_test_function


@dataclass(frozen=True)
class StudentNoise:
    r"""Noise that is a function of its seed and of the number of the evaluation.

    No generator is carried along from draw to draw, so that a run repeats its noise whatever was
    run before it, and two looks at one evaluation agree.

    Parameters
    ----------
    scale : float
        Multiplies draws from Student's t distribution.
    df : float
        Its degrees of freedom; infinitely many make it Gaussian.
    seed : int
        Seeds the draws.
    """

    scale: float
    df: float
    seed: int

    def __call__(self, evaluation: int) -> Point:
        """Return what is added to the two partial derivatives at this evaluation."""
        rng = np.random.default_rng((self.seed, evaluation))
        draw = rng.standard_normal(2) if self.df == inf else rng.standard_t(self.df, 2)
        dx, dy = (self.scale * draw).tolist()
        return dx, dy


def noisy(test_fn: Any, scale: float, *, df: float = inf, seed: int = 0) -> TestFunction:
    r"""Add noise to the gradient that an optimizer is given, as mini-batches do in training.

    Every evaluation gives the optimizer :math:`\nabla f + \sigma \xi` with a fresh
    :math:`\xi`, whose two components are drawn from Student's t distribution. The values that a run
    records, the gradients that it records, and the curvature stay those of the function itself.

    Parameters
    ----------
    test_fn : str, TestFunction or (callable, domain)
        What `run` takes.
    scale : float
        The scale :math:`\sigma > 0`: for Gaussian noise the standard deviation of each component.
    df : float
        Degrees of freedom, positive. Infinitely many make the noise Gaussian; the fewer, the
        heavier its tails: from 2 downwards its variance is infinite, from 1 downwards it has no
        mean.
    seed : int
        Another seed, other noise. The same run with the same seed is the same to the bit.

    Returns
    -------
    TestFunction
        A variant with the function's formula and a ``gradient_noise``. Where it is turned,
        stretched or multiplied afterwards, so is its noise.

    Raises
    ------
    ValueError
        If ``scale``, ``df`` or ``seed`` is out of range, or the gradient is noisy already.

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
        "derivatives: a step that does not shrink ends in a cloud round the minimum instead of in "
        "it.",
        tags=("noisy", *f.tags),
        variant_of=f.variant_of or f.name,
        gradient_noise=noise,
        made=Wrapping("noisy", f, (("scale", noise.scale), *further.items())),
    )
