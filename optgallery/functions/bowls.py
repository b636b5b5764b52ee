"""Bowls: one minimum, no traps; what differs is how round they are."""

from torch import Tensor

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction


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
        description="A perfectly round bowl: whatever an optimizer does here, it does by itself.",
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/spheref.html",
        tags=("bowl", "convex", "polynomial"),
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
            "An oval bowl, nine times as steep across as along: the mildest case in which "
            "the gradient does not point at the minimum."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/booth.html",
        tags=("bowl", "convex", "polynomial"),
        scale="log",
    )
)


def matyas(x: Tensor, y: Tensor) -> Tensor:
    """Return Matyas' function, a quadratic with one nearly flat direction."""
    return 0.26 * (x**2 + y**2) - 0.48 * x * y


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
            "A trough whose floor falls twenty-five times more gently than its walls: "
            "the way down the diagonal is long and nearly flat."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/matya.html",
        tags=("bowl", "convex", "ill-conditioned", "polynomial"),
        scale="log",
    )
)
