"""Bowls: one minimum and no other stationary point; they differ in conditioning."""

from torch import Tensor

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.overflow import infinite_if_beyond_range


def sphere(x: Tensor, y: Tensor) -> Tensor:
    """Return the squared distance from the origin."""
    return x**2 + y**2


FUNCTIONS.add(
    TestFunction(
        name="sphere",
        title="Sphere",
        formula=sphere,
        latex=r"x^2 + y^2",
        domain=Domain(-5, 5, -5, 5),
        start=(-4.0, 2.5),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=((1.0, 2.0, 5.0), (-4.0, 2.5, 22.25), (3.0, -5.0, 34.0)),
        description="A perfectly round bowl: any oscillation here comes from the optimizer.",
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/spheref.html",
        tags=("bowl", "convex", "polynomial"),
    )
)


def rotated_quadratic(x: Tensor, y: Tensor) -> Tensor:
    """Return a quadratic of condition number 100 that is not aligned with the axes."""
    value = ((4 * x + 3 * y) / 10) ** 2 + (3 * x - 4 * y) ** 2
    return infinite_if_beyond_range(value, x, y)


FUNCTIONS.add(
    TestFunction(
        name="rotated_quadratic",
        title="Rotated quadratic",
        formula=rotated_quadratic,
        latex=r"\left(\frac{4x + 3y}{10}\right)^2 + (3x - 4y)^2",
        domain=Domain(-5, 5, -5, 5),
        start=(-3.9, -3.7),
        minima=((0.0, 0.0),),
        minimum=0.0,
        # from the origin, along the trough to (4, 3) and across it to (3, -4): 6.25 and 625
        checks=((4.0, 3.0, 6.25), (3.0, -4.0, 625.0), (1.0, 0.0, 9.16), (0.0, 1.0, 16.09)),
        description=(
            "A trough with a curvature a hundred times as large across as along, not aligned with "
            "the axes: per-coordinate learning rates cannot correct it."
        ),
        source="Hansen, Finck, Ros & Auger (2009), Real-Parameter Black-Box Optimization "
        "Benchmarking 2009: Noiseless Functions Definitions, INRIA RR-6829, "
        "https://inria.hal.science/inria-00362633 (f10, there with a condition of a million; "
        "here 100, rotated by the angle of the triangle 3, 4, 5)",
        tags=("bowl", "convex", "ill-conditioned", "polynomial"),
        scale="log",
    )
)


def booth(x: Tensor, y: Tensor) -> Tensor:
    """Return Booth's function, the squared residuals of two linear equations."""
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


FUNCTIONS.add(
    TestFunction(
        name="booth",
        title="Booth",
        formula=booth,
        latex=r"(x + 2y - 7)^2 + (2x + y - 5)^2",
        domain=Domain(-10, 10, -10, 10),
        start=(-6.0, 8.0),
        minima=((1.0, 3.0),),
        minimum=0.0,
        checks=((0.0, 0.0, 74.0), (1.0, 1.0, 20.0), (-6.0, 8.0, 90.0), (3.0, 1.0, 8.0)),
        description=(
            "An oval bowl with condition number 9: the mildest case in which the gradient does not "
            "point at the minimum."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/booth.html",
        tags=("bowl", "convex", "polynomial"),
        scale="log",
    )
)


def matyas(x: Tensor, y: Tensor) -> Tensor:
    """Return Matyas' function, a quadratic with one nearly flat direction."""
    value = 0.26 * (x**2 + y**2) - 0.48 * x * y
    return infinite_if_beyond_range(value, x, y)


FUNCTIONS.add(
    TestFunction(
        name="matyas",
        title="Matyas",
        formula=matyas,
        latex=r"0.26\,(x^2 + y^2) - 0.48\,xy",
        domain=Domain(-10, 10, -10, 10),
        start=(-9.0, -3.0),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=((1.0, 1.0, 0.04), (1.0, -1.0, 1.0), (10.0, 10.0, 4.0), (10.0, -10.0, 100.0)),
        description=(
            "A trough with condition number 25: the way down its floor, along the diagonal, is "
            "long and nearly flat."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/matya.html",
        tags=("bowl", "convex", "ill-conditioned", "polynomial"),
        scale="log",
    )
)


def zakharov(x: Tensor, y: Tensor) -> Tensor:
    """Return Zakharov's function, a sphere plus powers of one linear form."""
    s = 0.5 * x + y
    return x**2 + y**2 + s**2 + (s**2) ** 2


FUNCTIONS.add(
    TestFunction(
        name="zakharov",
        title="Zakharov",
        formula=zakharov,
        latex=r"x^2 + y^2 + (0.5\,x + y)^2 + (0.5\,x + y)^4",
        domain=Domain(-5, 5, -5, 5),
        start=(4.27, 1.12),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=((1.0, 1.0, 9.3125), (2.0, -1.0, 5.0), (0.0, 2.0, 24.0), (-2.0, -1.0, 25.0)),
        description=(
            "A bowl that steepens with the fourth power in one direction: a learning rate that "
            "suits its floor diverges on its walls."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/zakharov.html "
        "(drawn there on [-5, 10]^2)",
        tags=("bowl", "convex", "polynomial"),
        scale="log",
    )
)
