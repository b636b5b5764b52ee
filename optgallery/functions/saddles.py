"""Saddle points and plateaus: the gradient vanishes although the minimum is far away."""

import math
from math import pi, sqrt

from torch import Tensor, cos, exp

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.overflow import infinite_if_beyond_range


def saddle(x: Tensor, y: Tensor) -> Tensor:
    """Return the saddle plus a fourth power, which makes it bounded below."""
    value = x**2 - y**2 + (y**2) ** 2 / 4
    return infinite_if_beyond_range(value, x, y)


FUNCTIONS.add(
    TestFunction(
        name="saddle",
        title="Saddle",
        formula=saddle,
        latex=r"x^2 - y^2 + \frac{y^4}{4}",
        domain=Domain(-2.5, 2.5, -2.5, 2.5),
        start=(2.03, 0.01),
        minima=((0.0, sqrt(2)), (0.0, -sqrt(2))),
        minimum=-1.0,
        checks=((1.0, 0.0, 1.0), (0.0, 1.0, -0.75), (2.0, 2.0, 4.0), (-1.0, 3.0, 12.25)),
        description=(
            "A saddle point between two minima: along the ridge the gradient leads straight to the "
            "saddle point and vanishes there, but per-coordinate scaling leaves the ridge at once."
        ),
        source="Dauphin et al. (2014), Identifying and attacking the saddle point problem in "
        "high-dimensional non-convex optimization, arXiv:1406.2572 (its example of a saddle; the "
        "fourth power is added here)",
        tags=("saddle", "polynomial"),
    )
)


def monkey_saddle(x: Tensor, y: Tensor) -> Tensor:
    """Return the monkey saddle plus a fourth power, which makes it bounded below."""
    value = x**3 - 3 * x * y**2 + (x**2 + y**2) ** 2 / 4
    return infinite_if_beyond_range(value, x, y)


FUNCTIONS.add(
    TestFunction(
        name="monkey_saddle",
        title="Monkey saddle",
        formula=monkey_saddle,
        latex=r"x^3 - 3xy^2 + \frac{(x^2 + y^2)^2}{4}",
        domain=Domain(-3.5, 3.5, -3.5, 3.5),
        start=(2.63, 0.07),
        minima=((-3.0, 0.0), (1.5, 1.5 * sqrt(3)), (1.5, -1.5 * sqrt(3))),
        minimum=-6.75,
        checks=((1.0, 0.0, 1.25), (1.0, 1.0, -1.0), (0.0, 2.0, 4.0), (2.0, 1.0, 8.25)),
        description=(
            "Three descents from a saddle point where even the Hessian is zero: runs approach it "
            "along a ridge, slow down, and leave by one of them."
        ),
        source="Hilbert & Cohn-Vossen (1952), Geometry and the Imagination, Chelsea, section 29 "
        "(the surface without the fourth power)",
        tags=("saddle", "basins", "polynomial"),
        scale="log",
    )
)


def easom(x: Tensor, y: Tensor) -> Tensor:
    """Return Easom's function, a plateau with one narrow basin."""
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
            "A plateau that is flat to many decimals, with one narrow basin: outside the basin the "
            "gradient is practically zero."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/easom.html "
        "(drawn there on [-100, 100]^2)",
        tags=("plateau", "multimodal", "trigonometric"),
    )
)


def gramacy_lee(x: Tensor, y: Tensor) -> Tensor:
    """Return the Gramacy-Lee function, a minimum beside a maximum on a plateau."""
    return x * exp(-(x**2) - y**2)


FUNCTIONS.add(
    TestFunction(
        name="gramacy_lee",
        title="Gramacy-Lee",
        formula=gramacy_lee,
        latex=r"x \exp(-x^2 - y^2)",
        domain=Domain(-3, 3, -3, 3),
        start=(0.4, 1.9),
        minima=((-sqrt(0.5), 0.0),),
        minimum=-sqrt(0.5) * math.exp(-0.5),
        # 0, 1/e, -1/e^2 and 2/e^5
        checks=(
            (0.0, 1.0, 0.0),
            (1.0, 0.0, 0.36787944117144233),
            (-1.0, 1.0, -0.1353352832366127),
            (2.0, -1.0, 0.013475893998170934),
        ),
        description=(
            "A minimum and a maximum side by side on a plateau: a step that is too long lands "
            "where the gradient is practically zero."
        ),
        source="Gramacy & Lee (2008), Bayesian treed Gaussian process models with an application "
        "to computer modeling, Journal of the American Statistical Association 103(483), "
        "1119-1130, doi:10.1198/016214508000000689; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/grlee08.html (drawn there on [-2, 6]^2)",
        tags=("plateau",),
    )
)
