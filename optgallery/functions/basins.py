"""Basins: several minima are equally good, and the way there decides which one is found."""

from torch import Tensor

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction


def himmelblau(x: Tensor, y: Tensor) -> Tensor:
    """Return Himmelblau's function, the squared residuals of two crossing parabolas."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


FUNCTIONS.add(
    TestFunction(
        name="himmelblau",
        title="Himmelblau",
        formula=himmelblau,
        latex=r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        domain=Domain(-5, 5, -5, 5),
        start=(0.0, -2.5),
        minima=(
            (3.0, 2.0),
            (-2.8051180869527449, 3.131312518250573),
            (-3.7793102533777469, -3.2831859912861694),
            (3.5844283403304917, -1.8481265269644036),
        ),
        minimum=0.0,
        checks=((0.0, 0.0, 170.0), (1.0, 1.0, 106.0), (-1.0, 2.0, 80.0), (5.0, -5.0, 610.0)),
        description=(
            "Four minima of equal depth round one hill: a step more or less at the top "
            "decides which of them a run ends in."
        ),
        source="Himmelblau (1972), Applied Nonlinear Programming, McGraw-Hill, ISBN 0-07-028921-2",
        tags=("basins", "multimodal", "polynomial"),
        scale="log",
    )
)
