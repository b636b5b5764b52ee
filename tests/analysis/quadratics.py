"""Quadratics with known stability limits."""

from optgallery import TestFunction


class Quadratic:
    """Half the sum of curvatures times squared coordinates."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __call__(self, x, y):
        return 0.5 * (self.a * x**2 + self.b * y**2)


def quadratic(a, b, start=(0.9, 0.7)):
    return TestFunction(
        name=f"quadratic_{a:g}_{b:g}",
        title=f"Quadratic ({a:g}, {b:g})",
        formula=Quadratic(a, b),
        domain=(-1, 1, -1, 1),
        start=start,
        minima=((0.0, 0.0),),
        minimum=0.0,
    )


def edge(kind, b, curvature):
    """Return the learning rate above which steps grow, in closed form."""
    return {
        "sgd": 2 / curvature,
        "momentum": 2 * (1 + b) / curvature,
        "nesterov": 2 * (1 + b) / ((1 + 2 * b) * curvature),
    }[kind]
