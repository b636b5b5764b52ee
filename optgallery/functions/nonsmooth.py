"""Non-smooth functions: kinks and points at which no gradient exists."""

import torch
from torch import Tensor, sin

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.roots import sqrt_flat_at_zero


def bukin_n6(x: Tensor, y: Tensor) -> Tensor:
    """Return Bukin's function number 6, a crease along a parabola."""
    return 100 * sqrt_flat_at_zero((y - x**2 / 100).abs()) + (x + 10).abs() / 100


FUNCTIONS.add(
    TestFunction(
        name="bukin_n6",
        title="Bukin N. 6",
        formula=bukin_n6,
        latex=r"100 \sqrt{\left|y - 0.01\,x^2\right|} + 0.01 \left|x + 10\right|",
        domain=Domain(-15, -5, -3, 3),
        start=(-12.1, -1.8),
        minima=((-10.0, 1.0),),
        minimum=0.0,
        checks=(
            (-10.0, 0.0, 100.0),
            (-5.0, 0.0, 50.05),
            (-15.0, -1.75, 200.05),
            (-5.0, 0.25, 0.05),
        ),
        description=(
            "A curved crease whose walls grow infinitely steep: every step across it overshoots, "
            "and along it the way down is almost level."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/bukin6.html",
        tags=("nonsmooth", "valley"),
    )
)


def flower(x: Tensor, y: Tensor) -> Tensor:
    """Return the flower, a cone with four petals; at its centre the gradient is NaN, as it must."""
    return torch.hypot(x, y) + sin(4 * torch.atan2(y, x))


FUNCTIONS.add(
    TestFunction(
        name="flower",
        title="Flower",
        formula=flower,
        latex=r"\sqrt{x^2 + y^2} + \sin\left(4\,\operatorname{atan2}(y, x)\right)",
        domain=Domain(-3, 3, -3, 3),
        start=(2.5, 1.5),
        minimum=-1.0,
        # from Pythagorean triples: at (3, 4), sin 4t = 2 (24/25) (-7/25) = -336/625
        checks=((1.0, 0.0, 1.0), (3.0, 4.0, 4.4624), (4.0, 3.0, 5.5376), (0.6, 0.8, 0.4624)),
        description=(
            "Four petals that lead to a centre where no gradient exists: nowhere is there a point "
            "to rest, so a step of fixed length never settles."
        ),
        source="Keydana (2022), Community spotlight: Fun with torchopt, Posit AI Blog",
        tags=("nonsmooth", "no minimum"),
    )
)
