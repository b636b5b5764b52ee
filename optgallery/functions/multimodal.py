"""Multimodal functions: local minima everywhere, the global one among them."""

from math import e, pi

import torch
from torch import Tensor, cos, exp, sin

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.roots import sqrt_flat_at_zero


def ackley(x: Tensor, y: Tensor) -> Tensor:
    """Return Ackley's function, a funnel under a lattice of ripples."""
    r = sqrt_flat_at_zero((x**2 + y**2) / 2)
    ripples = exp((cos(2 * pi * x) + cos(2 * pi * y)) / 2)
    # 20 + e stand with the terms that they cancel, so that the minimum is 0 and not 4e-16
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
            "Ripples on a funnel that narrows to a point: small steps rest in the first dent, "
            "and at the bottom the slope does not fade but breaks."
        ),
        source="Ackley (1987), A Connectionist Machine for Genetic Hillclimbing, Kluwer, "
        "doi:10.1007/978-1-4613-1997-9; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/ackley.html",
        tags=("multimodal", "nonsmooth", "trigonometric"),
    )
)


def rastrigin(x: Tensor, y: Tensor) -> Tensor:
    """Return Rastrigin's function, a sphere under a lattice of deep dents."""
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
            "A hundred dents, nearly one for each unit square, each far steeper than the bowl "
            "that holds them: the slope underfoot hides the slope that matters."
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
            "A bowl with corrugations that deepen outward: a run has to cross ridge after ridge, "
            "and momentum decides how many."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/levy13.html "
        "(drawn there on [-10, 10]^2)",
        tags=("multimodal", "trigonometric"),
        scale="log",
    )
)
