"""Saddles and plateaus: where the gradient vanishes although the minimum is far away."""

from math import pi

from torch import Tensor, cos, exp

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction


def easom(x: Tensor, y: Tensor) -> Tensor:
    """Return Easom's function, a plane with one narrow hole."""
    return -cos(x) * cos(y) * exp(-((x - pi) ** 2) - (y - pi) ** 2)


FUNCTIONS.add(
    TestFunction(
        name="easom",
        title="Easom",
        formula=easom,
        latex=r"-\cos x\,\cos y\,\exp\left(-(x - \pi)^2 - (y - \pi)^2\right)",
        domain=Domain(-1, 7, -1, 7),
        start=(1.5, 2.5),
        minima=((pi, pi),),
        minimum=-1.0,
        checks=(
            (0.0, 0.0, -2.6752879910742397e-9),  # -exp(-2 pi^2)
            (0.0, pi, 5.1723186203812306e-5),  # exp(-pi^2)
            (4.188790204786391, pi, -0.16699859299306589),  # x = 4 pi/3: -exp(-pi^2/9)/2
            (4.188790204786391, 4.188790204786391, -0.027888530061663677),  # -exp(-2 pi^2/9)/4
        ),
        description=(
            "A plain that is flat to many decimals, with one hole in it: from outside "
            "the hole the gradient says next to nothing."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/easom.html "
        "(drawn there on [-100, 100]^2)",
        tags=("plateau", "multimodal", "trigonometric"),
    )
)
