"""Non-smooth functions: kinks, and points without a gradient."""

from math import pi

import torch
from torch import Tensor, cos, exp, sin

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.roots import sqrt_flat_at_zero


def abs_ravine(x: Tensor, y: Tensor) -> Tensor:
    """Return a weighted sum of absolute values, a ravine with walls of constant slope."""
    return x.abs() + 10 * y.abs()


FUNCTIONS.add(
    TestFunction(
        name="abs_ravine",
        title="Absolute ravine",
        formula=abs_ravine,
        latex=r"\left|x\right| + 10 \left|y\right|",
        domain=Domain(-5, 5, -5, 5),
        start=(-4.275, 2.865),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=((1.0, 1.0, 11.0), (-3.0, 0.5, 8.0), (0.0, -5.0, 50.0), (4.0, 0.0, 4.0)),
        description=(
            "A crease between walls of constant slope: the gradient is as large next to the floor "
            "as far above it, so steps that do not shrink jump across it for ever."
        ),
        source="A weighted l1 norm, the plainest case for subgradient methods: Shor (1985), "
        "Minimization Methods for Non-Differentiable Functions, Springer, "
        "doi:10.1007/978-3-642-82118-9",
        tags=("nonsmooth", "convex", "ill-conditioned"),
    )
)


def nesterov_chebyshev(x: Tensor, y: Tensor) -> Tensor:
    """Return Nesterov's nonsmooth Chebyshev-Rosenbrock function."""
    return (x - 1) ** 2 / 4 + (y - 2 * x**2 + 1).abs()


FUNCTIONS.add(
    TestFunction(
        name="nesterov_chebyshev",
        title="Nesterov-Chebyshev",
        formula=nesterov_chebyshev,
        latex=r"\frac{(x - 1)^2}{4} + \left|y - 2 x^2 + 1\right|",
        domain=Domain(-2, 2, -2, 2),
        start=(-1.1, 0.3),
        minima=((1.0, 1.0),),
        minimum=0.0,
        checks=((0.0, 0.0, 1.25), (-1.0, 1.0, 1.0), (0.0, -1.0, 0.25), (2.0, -2.0, 9.25)),
        description=(
            "A crease along a parabola, with a slope along it that fades towards its end: steps "
            "cross the crease back and forth, and little of each goes along it."
        ),
        source="Gürbüzbalaban & Overton (2012), On Nesterov's nonsmooth Chebyshev-Rosenbrock "
        "functions, Nonlinear Analysis 75(3), 1282-1289, doi:10.1016/j.na.2011.07.062",
        tags=("nonsmooth", "valley"),
        scale="log",
    )
)


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
            "A curved crease whose walls become infinitely steep: every step across it overshoots, "
            "and along it the slope is almost zero."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/bukin6.html",
        tags=("nonsmooth", "valley"),
    )
)


def holder_table(x: Tensor, y: Tensor) -> Tensor:
    """Return the Hölder table function, folded waves that are lowest in the four corners."""
    r = sqrt_flat_at_zero(x**2 + y**2)
    return -(sin(x) * cos(y) * exp((1 - r / pi).abs())).abs()


FUNCTIONS.add(
    TestFunction(
        name="holder_table",
        title="Hölder table",
        formula=holder_table,
        latex=r"-\left|\sin x \cos y\,\exp\left|1 - \frac{\sqrt{x^2 + y^2}}{\pi}\right|\right|",
        domain=Domain(-10, 10, -10, 10),
        start=(7.17, 7.93),
        minima=tuple(
            (x, y)
            for x in (8.055023475736563, -8.055023475736563)
            for y in (9.664590019241272, -9.664590019241272)
        ),
        minimum=-19.208502567886732,
        checks=(
            (pi / 2, 0.0, -1.6487212707001282),  # -exp(1/2)
            (5 * pi / 2, 0.0, -4.4816890703380645),  # -exp(3/2)
            (-pi / 2, pi, -1.1252823576579825),  # -exp(sqrt(5)/2 - 1)
            (0.0, 5.0, 0.0),
        ),
        description=(
            "A table on many legs, the four longest in its corners: creases separate the basins, "
            "and a run ends in the basin in which it starts, or leaps off the table."
        ),
        source="Mishra (2006), Some new test functions for global optimization and performance of "
        "repulsive particle swarm method, MPRA paper 2718, "
        "https://mpra.ub.uni-muenchen.de/2718/; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/holder.html",
        tags=("multimodal", "nonsmooth", "trigonometric"),
        lower_outside=True,
    )
)


def cross_in_tray(x: Tensor, y: Tensor) -> Tensor:
    """Return the cross-in-tray function."""
    a = (100 - sqrt_flat_at_zero(x**2 + y**2) / pi).abs()
    s = (sin(x) * sin(y)).abs()
    zero = s == 0
    # exp(a) would overflow in single precision, so it is factored out of the root
    waves = torch.where(zero, 1.0, s) + exp(-a)
    return torch.where(zero, -1e-4, -exp(a / 10) * waves**0.1 / 10000)


FUNCTIONS.add(
    TestFunction(
        name="cross_in_tray",
        title="Cross-in-tray",
        formula=cross_in_tray,
        latex=r"-0.0001 \left[\left|\sin x \sin y\,"
        r"\exp\left|100 - \frac{\sqrt{x^2 + y^2}}{\pi}\right|\right| + 1\right]^{0.1}",
        domain=Domain(-5, 5, -5, 5),
        start=(-2.98, 2.16),
        minima=tuple(
            (x, y)
            for x in (1.3494066171539107, -1.3494066171539107)
            for y in (1.3494066171539107, -1.3494066171539107)
        ),
        minimum=-2.062611870822737,
        checks=(
            (0.0, 5.0, -1e-4),
            (pi / 2, pi / 2, -2.052275032798198),  # -exp(10 - sqrt(1/2) / 10) / 10^4
            (-3 * pi / 2, pi / 2, -1.8805151307277472),  # -exp(10 - sqrt(5/2) / 10) / 10^4
            # -exp(10 - sqrt(10) / 60) (1/2)^0.1 / 10^4
            (pi / 6, pi / 2, -1.9496313088183128),
        ),
        description=(
            "A grid of sharp creases that forms a cross: a tenth root makes their edges almost "
            "infinitely steep, and the basins between them nearly flat."
        ),
        source="Mishra (2006), Some new test functions for global optimization and performance of "
        "repulsive particle swarm method, MPRA paper 2718, "
        "https://mpra.ub.uni-muenchen.de/2718/; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/crossit.html (drawn there on [-10, 10]^2)",
        tags=("multimodal", "nonsmooth", "trigonometric"),
        lower_outside=True,
    )
)


def flower(x: Tensor, y: Tensor) -> Tensor:
    """Return the flower, a cone with four petals; the gradient at its centre is NaN."""
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
            "Four petals that lead to a centre where no gradient exists: there is no stationary "
            "point to settle in, so steps of fixed length never settle."
        ),
        source="Keydana (2022), Community spotlight: Fun with torchopt, Posit AI Blog",
        tags=("nonsmooth", "no minimum"),
    )
)
