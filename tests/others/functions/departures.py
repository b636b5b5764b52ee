"""Why a function of another package has other values than ours, as a formula that has them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, cos, exp, sin, sqrt

from optgallery.functions import FUNCTIONS

Kind = Literal["variant", "other function", "differs from the published formula"]

DIFFERS: Kind = "differs from the published formula"
VARIANT: Kind = "variant"
OTHER: Kind = "other function"


@dataclass(frozen=True, kw_only=True)
class Departure:
    """What a function of another package computes instead of ours.

    Parameters
    ----------
    kind : str
    why : str
        In words.
    formula : callable, optional
        Takes x and y, and has the values that the package has. None if the function cannot be
        evaluated on two coordinates.
    source : str
        Where what it computes is published.
    """

    kind: Kind
    why: str
    formula: Callable[[Tensor, Tensor], Tensor] | None = None
    source: str = ""


JAMIL_YANG = "Jamil and Yang (2013), arXiv:1308.4008"
MVF = "Adorio (2005), MVF: multivariate test functions library in C"


def _schwefel(constant: float, factor: float = 1.0) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda x, y: constant - factor * (x * sin(sqrt(abs(x))) + y * sin(sqrt(abs(y))))


def _rosenbrock(x: Tensor, y: Tensor) -> Tensor:
    return 100 * (y - x**2) ** 2 + (1 - x) ** 2


def _schaffer(numerator: Tensor, denominator: Tensor) -> Tensor:
    return 0.5 + (numerator - 0.5) / denominator


def _one_square(x: Tensor, y: Tensor) -> Tensor:
    """Return the denominator of Schaffer's functions with the square at its second term alone."""
    return 1 + 0.001 * (x**2 + y**2) ** 2


def _langermann_upwards(x: Tensor, y: Tensor) -> Tensor:
    return -FUNCTIONS["langermann"].formula(x, y)


def _cosine_product(x: Tensor, y: Tensor) -> Tensor:
    factors = [cos((j + 1) * z + j) for z in (x, y) for j in range(1, 6)]
    return torch.stack(factors).prod(0)


_OF_ONE = "takes one coordinate"
_OF_TEN = "takes ten coordinates"
_LEON = "x² where the published x³ is: the Rosenbrock function"
_BRACKET = "1 + 0.001 (x² + y²)² in the denominator, where the bracket as a whole is squared"
_DIGITS = "its constant has more digits, so that the minimum is 0"
_NO_CONSTANT = "without the constant, as Schwefel has it"

_MVF_SCHAFFER = Departure(
    kind=OTHER,
    why="the second function of Schaffer in MVF",
    formula=lambda x, y: (x**2 + y**2) ** 0.25 * (50 * (x**2 + y**2) ** 0.1 + 1),
    source=MVF,
)
_NO_OFFSET = Departure(kind=VARIANT, why=_NO_CONSTANT, formula=_schwefel(0.0))
_ALL_DIGITS = Departure(kind=VARIANT, why=_DIGITS, formula=_schwefel(2 * 418.9828872724338))
_MEAN = Departure(
    kind=VARIANT,
    why="the mean in place of the sum, without the constant",
    formula=_schwefel(0.0, 0.5),
    source=JAMIL_YANG,
)
_LEON_SQUARED = Departure(kind=DIFFERS, why=_LEON, formula=_rosenbrock, source=JAMIL_YANG)

DEPARTURES: dict[tuple[str, str], Departure] = {
    ("banana-bench", "schaffer2"): _MVF_SCHAFFER,
    ("banana-bench", "langerman"): Departure(kind=OTHER, why=_OF_TEN, source=MVF),
    ("banana-bench", "schwefel2_26"): _NO_OFFSET,
    ("banana-bench", "shubert"): Departure(
        kind=OTHER,
        why="a sum of sines in place of a product of sums of cosines",
        formula=lambda x, y: -sum(j * sin((j + 1) * z + j) for z in (x, y) for j in range(1, 6)),
        source=MVF,
    ),
    ("bayeso-benchmarks", "GramacyAndLee2012"): Departure(kind=OTHER, why=_OF_ONE),
    ("benchmark-functions", "Schaffer2"): Departure(
        kind=DIFFERS,
        why="sin² √(x² + y²), as in Schaffer's first function, where sin² (x² - y²) is published",
        formula=lambda x, y: _schaffer(
            sin(sqrt(x**2 + y**2)) ** 2, (1 + 0.001 * (x**2 + y**2)) ** 2
        ),
    ),
    ("deap", "schwefel"): _ALL_DIGITS,
    ("grad-descent-visualizer", "griewank_function"): Departure(
        kind=DIFFERS,
        why="the cosines are added, not multiplied: the minimum is -1",
        formula=lambda x, y: 1 + (x**2 + y**2) / 4000 - cos(x) - cos(y / 2**0.5),
    ),
    ("jaxvlse", "GramacyLee"): Departure(kind=OTHER, why=_OF_ONE),
    ("jaxvlse", "Langermann"): Departure(
        kind=VARIANT,
        why="with the other sign",
        formula=_langermann_upwards,
        source="Surjanovic and Bingham, sfu.ca/~ssurjano/langer.html",
    ),
    ("landscapes", "dixon_price"): Departure(
        kind=DIFFERS,
        why="the weights count from 1 in place of 2: half the second term",
        formula=lambda x, y: (x - 1) ** 2 + (2 * y**2 - x) ** 2,
    ),
    ("landscapes", "zakharov"): Departure(
        kind=DIFFERS,
        why="the weights count from 0: x is missing from the linear form",
        formula=lambda x, y: x**2 + y**2 + (y / 2) ** 2 + (y / 2) ** 4,
    ),
    ("niapy", "DixonPrice"): Departure(
        kind=DIFFERS,
        why="the sum begins one term late: of two coordinates, y has no influence",
        formula=lambda x, y: (x - 1) ** 2 + 0 * y,
    ),
    ("niapy", "Schwefel"): _ALL_DIGITS,
    ("opfunu", "Leon"): _LEON_SQUARED,
    ("optimization-benchmarks", "camel3"): Departure(
        kind=DIFFERS,
        why="x y³ in place of x y + y²: unbounded below",
        formula=lambda x, y: 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y**3,
    ),
    ("optimization-benchmarks", "langerman"): Departure(kind=OTHER, why=_OF_TEN, source=MVF),
    ("optimization-benchmarks", "schaffer2"): _MVF_SCHAFFER,
    ("optimization-benchmarks", "schwefel2_26"): _NO_OFFSET,
    ("optimizationtestfunctions", "Ackley"): Departure(
        kind=DIFFERS,
        why="the square root is missing from the first exponent",
        formula=lambda x, y: (
            20
            + torch.e
            - 20 * exp(-0.1 * (x**2 + y**2))
            - exp((cos(2 * torch.pi * x) + cos(2 * torch.pi * y)) / 2)
        ),
    ),
    ("optimizationtestfunctions", "SchwefelSin"): _NO_OFFSET,
    ("opytimark", "two_dimensional.Leon"): _LEON_SQUARED,
    ("opytimark", "two_dimensional.Schaffer2"): Departure(
        kind=DIFFERS,
        why=f"(x² - y²)² within the sine, and {_BRACKET}",
        formula=lambda x, y: _schaffer(sin((x**2 - y**2) ** 2) ** 2, _one_square(x, y)),
        source=JAMIL_YANG,
    ),
    ("opytimark", "two_dimensional.Schaffer4"): Departure(
        kind=DIFFERS,
        why=_BRACKET,
        formula=lambda x, y: _schaffer(cos(sin(x**2 - y**2)) ** 2, _one_square(x, y)),
    ),
    ("opytimark", "n_dimensional.Schwefel226"): _MEAN,
    ("opytimark", "n_dimensional.Shubert"): Departure(
        kind=DIFFERS,
        why="the product of all ten cosines, without the sums and their weights: no value below -1",
        formula=_cosine_product,
    ),
    ("opytimark", "n_dimensional.Zakharov"): Departure(
        kind=DIFFERS,
        why="the sum of x in place of x², and weights that count from 0: unbounded below",
        formula=lambda x, y: x + y + (y / 2) ** 2 + (y / 2) ** 4,
    ),
    ("py-benchmark-functions", "Schwefel"): Departure(
        kind=OTHER,
        why="(x² + y²) to the power of pi; points are first moved into its domain, [-100, 100]",
        formula=lambda x, y: (x.clamp(-100, 100) ** 2 + y.clamp(-100, 100) ** 2) ** torch.pi,
        source=JAMIL_YANG,
    ),
    ("py-benchmark-functions", "Schwefel226"): _MEAN,
    ("py-benchmark-functions", "Sphere"): Departure(
        kind=DIFFERS,
        why="points are moved into its domain, [0, 10] a coordinate, before it is evaluated",
        formula=lambda x, y: x.clamp(0, 10) ** 2 + y.clamp(0, 10) ** 2,
    ),
    ("pybenchfcn", "gramacyleefcn"): Departure(kind=OTHER, why=_OF_ONE),
    ("pybenchfcn", "schwefelfcn"): _ALL_DIGITS,
    ("pygoblet", "GramacyLee"): Departure(kind=OTHER, why=_OF_ONE),
    ("pymoo", "Sphere"): Departure(
        kind=VARIANT,
        why="centred at 0.5",
        formula=lambda x, y: (x - 0.5) ** 2 + (y - 0.5) ** 2,
    ),
    ("pyoptigtest", "funDropWave"): Departure(
        kind=DIFFERS,
        why="cos(12 r²) where cos(12 r) is published",
        formula=lambda x, y: -(1 + cos(12 * (x**2 + y**2))) / (2 + (x**2 + y**2) / 2),
    ),
    ("pyoptigtest", "funSchaffer2"): Departure(
        kind=DIFFERS,
        why=_BRACKET,
        formula=lambda x, y: _schaffer(sin(x**2 - y**2) ** 2, _one_square(x, y)),
    ),
    ("pyoptigtest", "funSchaffer4"): Departure(
        kind=DIFFERS,
        why=_BRACKET,
        formula=lambda x, y: _schaffer(cos(sin(x**2 - y**2)) ** 2, _one_square(x, y)),
    ),
    ("pysot", "Himmelblau"): Departure(
        kind=DIFFERS,
        why="the mean of the Styblinski-Tang function over its coordinates",
        formula=lambda x, y: (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 4,
    ),
}
"""By package, and by the name that the function has there."""
