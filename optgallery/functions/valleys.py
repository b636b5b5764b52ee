"""Valleys: finding the floor is easy, following it is not."""

from math import sqrt

from torch import Tensor

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction


def rosenbrock(x: Tensor, y: Tensor) -> Tensor:
    """Return Rosenbrock's banana function."""
    return 100 * (y - x**2) ** 2 + (1 - x) ** 2


FUNCTIONS.add(
    TestFunction(
        name="rosenbrock",
        title="Rosenbrock",
        formula=rosenbrock,
        latex=r"100\,(y - x^2)^2 + (1 - x)^2",
        domain=Domain(-2, 2, -1, 3),
        start=(-1.2, 1.0),
        minima=((1.0, 1.0),),
        minimum=0.0,
        checks=((-1.2, 1.0, 24.2), (0.0, 0.0, 1.0), (2.0, 2.0, 401.0), (-1.0, 2.0, 104.0)),
        description=(
            "A flat curved valley between steep walls: every method falls into it at once, "
            "and few follow it round the bend."
        ),
        source="Rosenbrock (1960), The Computer Journal 3(3), 175-184, doi:10.1093/comjnl/3.3.175",
        tags=("valley", "polynomial"),
        scale="log",
    )
)


def beale(x: Tensor, y: Tensor) -> Tensor:
    """Return Beale's function, three squared residuals of a power series in y."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


FUNCTIONS.add(
    TestFunction(
        name="beale",
        title="Beale",
        formula=beale,
        latex=r"(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
        domain=Domain(-4.5, 4.5, -4.5, 4.5),
        start=(0.5, -1.75),
        minima=((3.0, 0.5),),
        minimum=0.0,
        # at y = 1, as at x = 0: 1.5^2 + 2.25^2 + 2.625^2; at (-1, 0): 2.5^2 + 3.25^2 + 3.625^2
        checks=((0.0, 0.0, 14.203125), (2.0, 1.0, 14.203125), (-1.0, 0.0, 29.953125)),
        description=(
            "A long flat arm that ends in the minimum, between corners where the value passes "
            "a hundred thousand."
        ),
        source="Beale (1958), On an iterative method for finding a local minimum of a function of "
        "more than one variable, Princeton STRG report 25; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/beale.html",
        tags=("valley", "polynomial"),
        scale="log",
    )
)


def dixon_price(x: Tensor, y: Tensor) -> Tensor:
    """Return the Dixon-Price function, whose valley is a parabola that opens to the right."""
    return (x - 1) ** 2 + 2 * (2 * y**2 - x) ** 2


FUNCTIONS.add(
    TestFunction(
        name="dixon_price",
        title="Dixon-Price",
        formula=dixon_price,
        latex=r"(x - 1)^2 + 2\,(2y^2 - x)^2",
        domain=Domain(-1, 5, -3, 3),
        start=(4.37, -0.28),
        minima=((1.0, sqrt(0.5)), (1.0, -sqrt(0.5))),
        minimum=0.0,
        checks=((0.0, 0.0, 1.0), (1.0, 1.0, 2.0), (2.0, 1.0, 1.0), (-1.0, -2.0, 166.0)),
        description=(
            "A boomerang with a minimum in either arm: momentum that runs past the first "
            "is carried round the bend, or straight across, into the second."
        ),
        source="Dixon & Price (1989), Truncated Newton method for sparse unconstrained "
        "optimization using automatic differentiation, Journal of Optimization Theory and "
        "Applications 60, 261-275; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/dixonpr.html (drawn there on [-10, 10]^2)",
        tags=("valley", "polynomial"),
        scale="log",
    )
)


def goldstein_price(x: Tensor, y: Tensor) -> Tensor:
    """Return the Goldstein-Price function, a product of two polynomials of degree four."""
    first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    second = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return first * second


FUNCTIONS.add(
    TestFunction(
        name="goldstein_price",
        title="Goldstein-Price",
        formula=goldstein_price,
        latex=r"\left[1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6xy + 3y^2)\right]"
        r" \left[30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36xy + 27y^2)\right]",
        domain=Domain(-2, 2, -2, 2),
        start=(-1.4, -0.9),  # from (-1, 0) a sign and a rate of 1 hit the minimum by luck
        minima=((0.0, -1.0),),
        minimum=3.0,
        # (0, 0): (1 + 19)(30 + 0); (1, 1): (1 + 9 3)(30 + 1 37); (0, 1): (1 + 4 8)(30 + 9 93)
        checks=((0.0, 0.0, 600.0), (1.0, 1.0, 1876.0), (0.0, 1.0, 28611.0), (1.8, 0.2, 84.0)),
        description=(
            "Crossing valleys with three false minima, on values from three to a million: "
            "a rate that moves on the valley floor is thrown far away by the walls."
        ),
        source="Goldstein & Price (1971), On descent from local minima, Mathematics of Computation "
        "25(115), 569-574; Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/goldpr.html",
        tags=("valley", "multimodal", "polynomial"),
        scale="log",
    )
)
