"""Ripples: a bowl or funnel with a lattice or rings of local minima, the lowest in its middle."""

from math import e, pi, sqrt

import torch
from torch import Tensor, cos, exp, sin

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.roots import sqrt_flat_at_zero


def ackley(x: Tensor, y: Tensor) -> Tensor:
    """Return Ackley's function, a funnel under a lattice of ripples."""
    r = sqrt_flat_at_zero((x**2 + y**2) / 2)
    ripples = exp((cos(2 * pi * x) + cos(2 * pi * y)) / 2)
    # 20 + e are combined with the terms that they cancel, so that the minimum is 0, not 4e-16
    return -20 * torch.expm1(-0.2 * r) + (e - ripples)


FUNCTIONS.add(
    TestFunction(
        name="ackley",
        title="Ackley",
        formula=ackley,
        latex=r"-20 \exp\left(-0.2 \sqrt{\frac{x^2 + y^2}{2}}\right)"
        r" - \exp\left(\frac{\cos 2 \pi x + \cos 2 \pi y}{2}\right) + e + 20",
        domain=Domain(-5, 5, -5, 5),
        start=(1.5, -3.3),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=(
            (1.0, 0.0, 2.6375310921083025),  # 20 - 20 exp(-1 / sqrt(50))
            (-1.0, 1.0, 3.6253849384403628),  # 20 - 20 exp(-1/5)
            (0.5, 0.5, 4.2536540265684115),  # 20 - 20 exp(-1/10) + e - 1/e
        ),
        description=(
            "Ripples on a funnel that ends in a point: small steps stop in the first local "
            "minimum, and at the global minimum the gradient does not fade but jumps."
        ),
        source="Ackley (1987), A Connectionist Machine for Genetic Hillclimbing, Kluwer, "
        "doi:10.1007/978-1-4613-1997-9; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/ackley.html",
        tags=("multimodal", "nonsmooth", "trigonometric"),
    )
)


def rastrigin(x: Tensor, y: Tensor) -> Tensor:
    """Return Rastrigin's function, a sphere with a lattice of deep local minima."""
    return 20 + (x**2 - 10 * cos(2 * pi * x)) + (y**2 - 10 * cos(2 * pi * y))


FUNCTIONS.add(
    TestFunction(
        name="rastrigin",
        title="Rastrigin",
        formula=rastrigin,
        latex=r"20 + x^2 - 10 \cos 2 \pi x + y^2 - 10 \cos 2 \pi y",
        domain=Domain(-5.12, 5.12, -5.12, 5.12),
        start=(-3.3, 2.4),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=((1.0, 1.0, 2.0), (0.5, 0.5, 40.5), (1.5, -0.5, 42.5), (-2.0, 3.0, 13.0)),
        description=(
            "A hundred local minima, nearly one for each unit square, each far steeper than the "
            "bowl beneath them: the local gradient hides the global trend."
        ),
        source="Rastrigin (1974), Systems of Extremal Control, Mir, Moscow; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/rastr.html",
        tags=("multimodal", "trigonometric"),
    )
)


def levi_n13(x: Tensor, y: Tensor) -> Tensor:
    """Return Lévi's function number 13, a corrugated bowl."""
    return (
        sin(3 * pi * x) ** 2
        + (x - 1) ** 2 * (1 + sin(3 * pi * y) ** 2)
        + (y - 1) ** 2 * (1 + sin(2 * pi * y) ** 2)
    )


FUNCTIONS.add(
    TestFunction(
        name="levi_n13",
        title="Lévi N. 13",
        formula=levi_n13,
        latex=r"\sin^2 3 \pi x + (x - 1)^2 (1 + \sin^2 3 \pi y)"
        r" + (y - 1)^2 (1 + \sin^2 2 \pi y)",
        domain=Domain(-4, 6, -4, 6),
        start=(3.9, -3.5),
        minima=((1.0, 1.0),),
        minimum=0.0,
        checks=((0.0, 0.0, 2.0), (0.5, 1.0, 1.25), (2.0, 0.5, 2.25), (-1.0, 2.5, 10.25)),
        description=(
            "A bowl whose corrugations deepen outwards: a run has to cross ridge after ridge, and "
            "its momentum decides how many."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/levy13.html "
        "(drawn there on [-10, 10]^2)",
        tags=("multimodal", "trigonometric"),
        scale="log",
    )
)


def griewank(x: Tensor, y: Tensor) -> Tensor:
    """Return Griewank's function, a lattice of waves on a bowl too shallow to see."""
    return (x**2 + y**2) / 4000 - cos(x) * cos(y / sqrt(2)) + 1


FUNCTIONS.add(
    TestFunction(
        name="griewank",
        title="Griewank",
        formula=griewank,
        latex=r"\frac{x^2 + y^2}{4000} - \cos x \cos\left(\frac{y}{\sqrt{2}}\right) + 1",
        domain=Domain(-5, 5, -5, 5),
        start=(-0.21, 3.65),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=(
            (pi / 2, 0.0, 1 + pi**2 / 16000),
            (pi, 0.0, 2 + pi**2 / 4000),
            (0.0, pi / sqrt(2), 1 + pi**2 / 8000),
            (pi, sqrt(2) * pi, 3 * pi**2 / 4000),  # near a local minimum
        ),
        description=(
            "Similar local minima on a bowl too shallow to tell them apart: the first steps decide "
            "in which one a run ends, and the lowest is less than a hundredth lower."
        ),
        source="Griewank (1981), Generalized descent for global optimization, Journal of "
        "Optimization Theory and Applications 34(1), 11-39, doi:10.1007/BF00933356; "
        "Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/griewank.html "
        "(drawn there on [-600, 600]^2)",
        tags=("multimodal", "trigonometric"),
    )
)


def drop_wave(x: Tensor, y: Tensor) -> Tensor:
    """Return the drop-wave function, rings around a point."""
    s = x**2 + y**2
    return -(1 + cos(12 * sqrt_flat_at_zero(s))) / (s / 2 + 2)


FUNCTIONS.add(
    TestFunction(
        name="drop_wave",
        title="Drop-wave",
        formula=drop_wave,
        latex=r"-\frac{1 + \cos\left(12 \sqrt{x^2 + y^2}\right)}{0.5\,(x^2 + y^2) + 2}",
        domain=Domain(-1.2, 1.2, -1.2, 1.2),
        start=(0.55, -0.47),
        minima=((0.0, 0.0),),
        minimum=-1.0,
        checks=(
            (pi / 12, 0.0, 0.0),
            (0.0, pi / 24, -1 / (pi**2 / 1152 + 2)),
            (pi / 6, 0.0, -2 / (pi**2 / 72 + 2)),
            (3.0, 4.0, -0.003281863419644392),  # -(1 + cos 60) / 14.5
        ),
        description=(
            "Rings around a basin, like those of a drop in water: the gradient points straight in "
            "or out, so a run settles in the nearest ring unless momentum carries it across."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/drop.html "
        "(drawn there on [-5.12, 5.12]^2)",
        tags=("multimodal", "trigonometric"),
    )
)


def salomon(x: Tensor, y: Tensor) -> Tensor:
    """Return Salomon's function, rings of equal height on a cone."""
    r = sqrt_flat_at_zero(x**2 + y**2)
    return 1 - cos(2 * pi * r) + r / 10


FUNCTIONS.add(
    TestFunction(
        name="salomon",
        title="Salomon",
        formula=salomon,
        latex=r"1 - \cos\left(2 \pi \sqrt{x^2 + y^2}\right) + 0.1 \sqrt{x^2 + y^2}",
        domain=Domain(-2.5, 2.5, -2.5, 2.5),
        start=(-1.35, -0.3),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=(
            (3.0, 4.0, 0.5),
            (0.0, 0.5, 2.05),
            (-0.25, 0.0, 1.025),
            (1.5, 2.0, 2.25),
        ),
        description=(
            "Rings of height two on a cone that rises by a tenth from one to the next: a run stays "
            "in the ring that its first steps happen to reach."
        ),
        source="Salomon (1996), Re-evaluating genetic algorithm performance under coordinate "
        "rotation of benchmark functions, BioSystems 39(3), 263-278, "
        "doi:10.1016/0303-2647(96)01621-8 (drawn there on [-100, 100]^2)",
        tags=("multimodal", "nonsmooth", "trigonometric"),
    )
)


def schaffer_n2(x: Tensor, y: Tensor) -> Tensor:
    """Return Schaffer's function number 2, a web of hyperbolic waves."""
    x2, y2 = x**2, y**2
    return 0.5 + (sin(x2 - y2) ** 2 - 0.5) / (1 + (x2 + y2) / 1000) ** 2


FUNCTIONS.add(
    TestFunction(
        name="schaffer_n2",
        title="Schaffer N. 2",
        formula=schaffer_n2,
        latex=r"0.5 + \frac{\sin^2\left(x^2 - y^2\right) - 0.5}"
        r"{\left[1 + 0.001\,(x^2 + y^2)\right]^2}",
        domain=Domain(-3, 3, -3, 3),
        start=(-0.43, 1.26),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=(
            (1.0, 1.0, 0.5 - 0.5 / 1.002**2),
            (-30.0, 30.0, 0.5 - 0.5 / 2.8**2),
            (sqrt(pi / 2), 0.0, 0.5 + 0.5 / (1 + pi / 2000) ** 2),
            (0.0, sqrt(pi) / 2, 0.5),
        ),
        description=(
            "A web of valleys that are all within hundredths of the minimum: two of them cross in "
            "it, and along these f rises by only a thousandth of the squared distance."
        ),
        source="Mishra (2006), Some new test functions for global optimization and performance of "
        "repulsive particle swarm method, MPRA paper 2718, "
        "https://mpra.ub.uni-muenchen.de/2718/; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/schaffer2.html (drawn there on [-100, 100]^2)",
        tags=("multimodal", "trigonometric"),
    )
)


def schaffer_n4(x: Tensor, y: Tensor) -> Tensor:
    """Return Schaffer's function number 4, a web of flattened hyperbolic waves."""
    x2, y2 = x**2, y**2
    return 0.5 + (cos(sin((x2 - y2).abs())) ** 2 - 0.5) / (1 + (x2 + y2) / 1000) ** 2


FUNCTIONS.add(
    TestFunction(
        name="schaffer_n4",
        title="Schaffer N. 4",
        formula=schaffer_n4,
        latex=r"0.5 + \frac{\cos^2\left(\sin\left|x^2 - y^2\right|\right) - 0.5}"
        r"{\left[1 + 0.001\,(x^2 + y^2)\right]^2}",
        domain=Domain(-3, 3, -3, 3),
        start=(-0.53, 0.48),
        minima=(
            (0.0, 1.2531318314637332),
            (0.0, -1.2531318314637332),
            (1.2531318314637332, 0.0),
            (-1.2531318314637332, 0.0),
        ),
        minimum=0.29257863203598056,
        checks=(
            (0.0, 0.0, 1.0),
            (1.0, 1.0, 0.5 + 0.5 / 1.002**2),
            (30.0, -30.0, 0.5 + 0.5 / 2.8**2),
            (0.0, sqrt(pi), 0.5 + 0.5 / (1 + pi / 1000) ** 2),
        ),
        description=(
            "The web of Schaffer N. 2 inverted: a cross of ridges with the four global minima "
            "between its arms, and behind them valley after valley that is hardly higher."
        ),
        source="Mishra (2006), Some new test functions for global optimization and performance of "
        "repulsive particle swarm method, MPRA paper 2718, "
        "https://mpra.ub.uni-muenchen.de/2718/ (searched there on [-100, 100]^2)",
        tags=("multimodal", "trigonometric"),
    )
)
