"""Valleys: reaching the floor is easy, following it to the minimum is hard."""

from math import pi, sqrt

from torch import Tensor, sin

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.overflow import infinite_if_beyond_range


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
            "A flat curved valley between steep walls: reaching its floor takes a few steps, "
            "following it around the bend takes many."
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
            "A long flat valley that ends in the minimum, between corners where the value exceeds "
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
            "A boomerang-shaped valley with a minimum in either arm: momentum may carry a run past "
            "the first, around the bend or straight across, into the second."
        ),
        source="Dixon & Price (1989), Truncated Newton method for sparse unconstrained "
        "optimization using automatic differentiation, Journal of Optimization Theory and "
        "Applications 60, 261-275; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/dixonpr.html (drawn there on [-10, 10]^2)",
        tags=("valley", "polynomial"),
        scale="log",
    )
)


def leon(x: Tensor, y: Tensor) -> Tensor:
    """Return Leon's function, Rosenbrock's with a cube in place of the square."""
    return 100 * (y - x**3) ** 2 + (1 - x) ** 2


FUNCTIONS.add(
    TestFunction(
        name="leon",
        title="Leon",
        formula=leon,
        latex=r"100\,(y - x^3)^2 + (1 - x)^2",
        domain=Domain(-1.5, 1.5, -1.5, 1.5),
        start=(-0.74, 0.14),
        minima=((1.0, 1.0),),
        minimum=0.0,
        checks=((-1.2, 1.0, 749.0384), (0.0, 0.0, 1.0), (-1.0, 1.0, 404.0), (1.0, 0.0, 100.0)),
        description=(
            "Rosenbrock's valley with a cubic floor: the curvature of its walls is ten times as "
            "large at the minimum as at the bend, so a learning rate that works on the way is too "
            "large at the end."
        ),
        source="Leon (1966), A comparison among eight known optimizing procedures, in Lavi & "
        "Vogl (eds.), Recent Advances in Optimization Techniques, Wiley, 23-46",
        tags=("valley", "polynomial"),
        scale="log",
    )
)


def freudenstein_roth(x: Tensor, y: Tensor) -> Tensor:
    """Return the Freudenstein-Roth function, the squared residuals of two cubic equations."""
    return (x - 13 + ((5 - y) * y - 2) * y) ** 2 + (x - 29 + ((y + 1) * y - 14) * y) ** 2


FUNCTIONS.add(
    TestFunction(
        name="freudenstein_roth",
        title="Freudenstein-Roth",
        formula=freudenstein_roth,
        latex=r"(x - 13 + ((5 - y)\,y - 2)\,y)^2 + (x - 29 + ((y + 1)\,y - 14)\,y)^2",
        domain=Domain(0, 16, -4, 6),
        start=(6.35, 2.02),
        minima=((5.0, 4.0),),
        minimum=0.0,
        checks=((0.5, -2.0, 400.5), (0.0, 0.0, 1010.0), (1.0, 1.0, 1700.0), (5.0, 0.0, 640.0)),
        description=(
            "Two valleys: the wide one ends in a local minimum of 49, and the global minimum lies "
            "in a narrow one with walls several times as steep."
        ),
        source="Freudenstein & Roth (1963), Numerical solution of systems of nonlinear "
        "equations, Journal of the ACM 10(4), 550-556, doi:10.1145/321186.321200; Moré, Garbow & "
        "Hillstrom (1981), Testing unconstrained optimization software, ACM Transactions on "
        "Mathematical Software 7(1), 17-41, doi:10.1145/355934.355936",
        tags=("valley", "multimodal", "polynomial"),
        scale="log",
    )
)


def goldstein_price(x: Tensor, y: Tensor) -> Tensor:
    """Return the Goldstein-Price function, a product of two polynomials of degree four."""
    first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    second = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return infinite_if_beyond_range(first * second, x, y)


FUNCTIONS.add(
    TestFunction(
        name="goldstein_price",
        title="Goldstein-Price",
        formula=goldstein_price,
        latex=r"\left[1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6xy + 3y^2)\right]"
        r" \left[30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36xy + 27y^2)\right]",
        domain=Domain(-2, 2, -2, 2),
        start=(-1.4, -0.9),  # from (-1, 0), one sign step with lr 1 would hit the minimum by chance
        minima=((0.0, -1.0),),
        minimum=3.0,
        # (0, 0): (1 + 19)(30 + 0); (1, 1): (1 + 9 3)(30 + 1 37); (0, 1): (1 + 4 8)(30 + 9 93)
        checks=((0.0, 0.0, 600.0), (1.0, 1.0, 1876.0), (0.0, 1.0, 28611.0), (1.8, 0.2, 84.0)),
        description=(
            "Crossing valleys with three local minima, and values from three to a million: a "
            "learning rate that makes progress on the floor overshoots far on the walls."
        ),
        source="Goldstein & Price (1971), On descent from local minima, Mathematics of Computation "
        "25(115), 569-574; Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/goldpr.html",
        tags=("valley", "multimodal", "polynomial"),
        scale="log",
    )
)


def six_hump_camel(x: Tensor, y: Tensor) -> Tensor:
    """Return the six-hump camel function, a polynomial with six minima."""
    value = (4 - 2.1 * x**2 + (x**2) ** 2 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2
    return infinite_if_beyond_range(value, x, y)


FUNCTIONS.add(
    TestFunction(
        name="six_hump_camel",
        title="Six-hump camel",
        formula=six_hump_camel,
        latex=r"\left(4 - 2.1\,x^2 + \frac{x^4}{3}\right) x^2 + xy + (-4 + 4y^2)\,y^2",
        domain=Domain(-2.2, 2.2, -2.2, 2.2),
        start=(1.21, 1.54),
        minima=(
            (0.08984201310031806, -0.7126564030207396),
            (-0.08984201310031806, 0.7126564030207396),
        ),
        minimum=-1.0316284534898774,
        checks=((0.0, 0.5, -0.75), (0.0, 1.0, 0.0), (3.0, 1.0, 111.9), (3.0, -2.0, 150.9)),
        description=(
            "Six minima in three symmetric pairs, of which only the middle pair is global: from "
            "the edge of the domain, the learning rate decides in which of them a run ends."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/camel6.html (drawn there on "
        "[-3, 3] x [-2, 2])",
        tags=("basins", "multimodal", "polynomial"),
        scale="log",
    )
)


def three_hump_camel(x: Tensor, y: Tensor) -> Tensor:
    """Return the three-hump camel function, a polynomial with three minima."""
    value = 2 * x**2 - 1.05 * (x**2) ** 2 + (x**2) ** 3 / 6 + x * y + y**2
    return infinite_if_beyond_range(value, x, y)


FUNCTIONS.add(
    TestFunction(
        name="three_hump_camel",
        title="Three-hump camel",
        formula=three_hump_camel,
        latex=r"2x^2 - 1.05\,x^4 + \frac{x^6}{6} + xy + y^2",
        domain=Domain(-2.5, 2.5, -2.5, 2.5),
        start=(2.07, 1.84),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=((0.0, 1.0, 1.0), (0.0, 2.0, 4.0), (3.0, 0.0, 54.45), (3.0, -2.0, 52.45)),
        description=(
            "A global minimum between two local ones, on a polynomial of degree six: short steps "
            "end in the nearest basin, longer ones cross it."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/camel3.html (drawn there on "
        "[-5, 5]^2)",
        tags=("valley", "multimodal", "polynomial"),
        scale="log",
    )
)


def mccormick(x: Tensor, y: Tensor) -> Tensor:
    """Return McCormick's function, a sine along a parabolic valley."""
    return sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1


FUNCTIONS.add(
    TestFunction(
        name="mccormick",
        title="McCormick",
        formula=mccormick,
        latex=r"\sin(x + y) + (x - y)^2 - 1.5\,x + 2.5\,y + 1",
        domain=Domain(-1.5, 4, -3, 4),
        start=(-0.17, 1.93),
        minima=((0.5 - pi / 3, -0.5 - pi / 3),),
        minimum=-sqrt(3) / 2 - pi / 3,
        # at (pi/4, pi/4) 2 + pi/4, at (pi/2, -pi/2) (pi - 1)^2
        checks=(
            (0.0, 0.0, 1.0),
            (2.0, -2.0, 9.0),
            (pi / 4, pi / 4, 2.7853981633974483),
            (pi / 2, -pi / 2, 4.586419093909772),
        ),
        description=(
            "A sine along a sloping valley: uphill of the minimum lies another local minimum, and "
            "outside the domain lie lower ones, which long steps reach."
        ),
        source="McCormick (1976), Computability of global solutions to factorable nonconvex "
        "programs, part I, Mathematical Programming 10, 147-175, doi:10.1007/BF01580665; "
        "Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/mccorm.html (drawn there on [-1.5, "
        "4] x [-3, 4])",
        tags=("valley", "multimodal", "trigonometric"),
        scale="log",
        lower_outside=True,
    )
)
