"""Valleys: finding the floor is easy, following it is not."""

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
        start=(1.0, 3.0),
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
