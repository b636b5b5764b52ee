"""Multimodal functions: many local minima, whose arrangement does not reveal the global one."""

from functools import reduce
from math import pi
from operator import add

from torch import Tensor, cos, exp, sin

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.roots import sqrt_flat_at_zero


def schwefel(x: Tensor, y: Tensor) -> Tensor:
    """Return Schwefel's function 2.26, waves that grow away from the origin."""
    return _wave(x) + _wave(y)


def _wave(x: Tensor) -> Tensor:
    return 418.9829 - x * sin(sqrt_flat_at_zero(x.abs()))


FUNCTIONS.add(
    TestFunction(
        name="schwefel",
        title="Schwefel",
        formula=schwefel,
        latex=r"837.9658 - x \sin \sqrt{\left|x\right|} - y \sin \sqrt{\left|y\right|}",
        domain=Domain(150, 500, 150, 500),
        start=(322.0, 468.0),
        minima=((420.96874635998205, 420.96874635998205),),
        minimum=2.545513257246057e-05,  # not 0: the constant has seven digits
        checks=(
            (0.0, 0.0, 837.9658),
            (pi**2 / 4, 0.0, 837.9658 - pi**2 / 4),
            (0.0, -(pi**2) / 4, 837.9658 + pi**2 / 4),
            (pi**2, 25 * pi**2 / 4, 837.9658 - 25 * pi**2 / 4),
        ),
        description=(
            "On the full domain, a thousand wide, the global minimum lies near a corner, far from "
            "local minima that are nearly as low; the part shown is 350 wide, which steps as long "
            "as the learning rate hardly cross."
        ),
        source="Schwefel (1981), Numerical Optimization of Computer Models, Wiley, problem 2.26; "
        "Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/schwef.html "
        "(drawn there on [-500, 500]^2)",
        tags=("multimodal", "trigonometric"),
        lower_outside=True,
    )
)


def michalewicz(x: Tensor, y: Tensor) -> Tensor:
    """Return Michalewicz' function with m = 10, two narrow valleys that cross on a plateau."""
    return -sin(x) * sin(x**2 / pi) ** 20 - sin(y) * sin(2 * y**2 / pi) ** 20


FUNCTIONS.add(
    TestFunction(
        name="michalewicz",
        title="Michalewicz",
        formula=michalewicz,
        latex=r"-\sin x \sin^{20}\left(\frac{x^2}{\pi}\right)"
        r" - \sin y \sin^{20}\left(\frac{2 y^2}{\pi}\right)",
        domain=Domain(0, pi, 0, pi),
        start=(1.78, 1.9),
        minima=((2.2029055201726093, pi / 2),),
        minimum=-1.8013034100985525,
        checks=(
            (0.0, pi / 2, -1.0),
            (pi / 2, 0.0, -1 / 1024),  # sin(pi / 4) to the power of 20
            (pi / 2, pi / 2, -1 - 1 / 1024),
            (pi / 2, pi, -1 / 1024),
        ),
        description=(
            "Two narrow valleys with steep walls that cross on a plateau: a step that is too long "
            "leaves the valley for a region where the gradient is practically zero."
        ),
        source="Michalewicz (1992), Genetic Algorithms + Data Structures = Evolution Programs, "
        "Springer; Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/michal.html",
        tags=("multimodal", "plateau", "trigonometric"),
        lower_outside=True,
    )
)


def langermann(x: Tensor, y: Tensor) -> Tensor:
    """Return Langermann's function, interfering rings around five centres."""
    terms = []
    for c, a, b in ((1, 3, 5), (2, 5, 2), (5, 2, 1), (2, 1, 4), (3, 7, 9)):
        q = (x - a) ** 2 + (y - b) ** 2
        terms.append(c * exp(-q / pi) * cos(pi * q))
    return -reduce(add, terms)


FUNCTIONS.add(
    TestFunction(
        name="langermann",
        title="Langermann",
        formula=langermann,
        latex=r"-\sum_{i=1}^{5} c_i \exp\left(-\frac{q_i}{\pi}\right) \cos\left(\pi q_i\right),"
        r" \quad q_i = (x - a_i)^2 + (y - b_i)^2,"
        r" \quad c = (1, 2, 5, 2, 3), \quad a = (3, 5, 2, 1, 7), \quad b = (5, 2, 1, 4, 9)",
        domain=Domain(0, 4, -0.5, 3.5),
        start=(2.39, 1.52),
        minima=((2.0029921199344654, 1.0060959402921885),),
        minimum=-5.162126159963982,
        checks=(
            # sums of -c exp(-q / pi) (-1)^q over whole squared distances q
            (2.0, 1.0, -5.1613619720756825),  # q = 17, 10, 0, 10, 89
            (3.0, 2.0, -3.3049546736345548),  # q = 9, 4, 2, 8, 65
            (1.0, 4.0, -2.007112396555887),  # q = 5, 20, 10, 0, 61
            (1.0, 1.0, 3.75809032616141),  # q = 20, 17, 1, 9, 100
        ),
        description=(
            "Rings around five centres interfere: near a centre the walls are high and regular, "
            "between the centres they cancel into small, irregular local minima."
        ),
        source="Jamil & Yang (2013), A literature survey of benchmark functions for global "
        "optimisation problems, International Journal of Mathematical Modelling and Numerical "
        "Optimisation 4(2), 150-194, doi:10.1504/IJMMNO.2013.055204 (drawn there on [0, 10]^2, "
        "where the fifth centre lies at (7, 9))",
        tags=("multimodal", "trigonometric"),
    )
)


def shubert(x: Tensor, y: Tensor) -> Tensor:
    """Return Shubert's function, the product of two sums of five cosines."""
    return _five_cosines(x) * _five_cosines(y)


def _five_cosines(x: Tensor) -> Tensor:
    return reduce(add, (i * cos((i + 1) * x + i) for i in range(1, 6)))


FUNCTIONS.add(
    TestFunction(
        name="shubert",
        title="Shubert",
        formula=shubert,
        latex=r"\left(\sum_{i=1}^{5} i \cos\left((i + 1) x + i\right)\right)"
        r" \left(\sum_{i=1}^{5} i \cos\left((i + 1) y + i\right)\right)",
        domain=Domain(-2.6, 0.4, -2.6, 0.4),
        start=(-1.87, -0.82),
        minima=(
            (-0.8003211004719731, -1.425128428319761),
            (-1.425128428319761, -0.8003211004719731),
        ),
        minimum=-186.73090883102384,
        checks=(
            # sums of i cos((i + 1) x + i): 15 cos 1 at x = -1
            (0.0, 0.0, 19.875836249802138),
            (-1.0, 0.0, -36.13189879394343),
            (-1.0, -1.0, 65.68348088844648),  # 112.5 (1 + cos 2)
            (-2.0, 0.0, -27.48009536711721),
        ),
        description=(
            "Peaks and basins of height two hundred within half a unit: gradients exceed a "
            "thousand, so a gradient step at any usual learning rate leaps over all of them."
        ),
        source="Shubert (1972), A sequential method seeking the global maximum of a function, "
        "SIAM Journal on Numerical Analysis 9(3), 379-388, doi:10.1137/0709036; "
        "Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/shubert.html (drawn there on "
        "[-10, 10]^2, where the period of 2 pi repeats the two minima nine times)",
        tags=("multimodal", "trigonometric"),
    )
)


def eggholder(x: Tensor, y: Tensor) -> Tensor:
    """Return the eggholder function, waves of many lengths that grow outward."""
    h = y + 47
    first = h * sin(sqrt_flat_at_zero((x / 2 + h).abs()))
    return -first - x * sin(sqrt_flat_at_zero((x - h).abs()))


FUNCTIONS.add(
    TestFunction(
        name="eggholder",
        title="Eggholder",
        formula=eggholder,
        latex=r"-(y + 47) \sin \sqrt{\left|\frac{x}{2} + y + 47\right|}"
        r" - x \sin \sqrt{\left|x - (y + 47)\right|}",
        domain=Domain(350, 560, 300, 510),
        start=(424.0, 311.0),
        minima=((522.1605290272342, 413.31579816740555),),
        minimum=-976.9110009971895,
        checks=(
            (512.0, 404.2318058008512, -959.6406627208507),  # the minimum on [-512, 512]^2
            (0.0, 0.0, -25.460337185286313),  # -47 sin sqrt 47
            (pi**2 / 4, -47.0, -(pi**2) / 4),
            (0.0, pi**2 / 4 - 47, -(pi**2) / 4),
        ),
        description=(
            "Long slanting troughs beside a crease: the minimum in the literature, at (512, "
            "404.23), is one only because the domain ends there, and runs continue to a lower one "
            "beyond it."
        ),
        source="Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/egg.html "
        "(drawn there on [-512, 512]^2, with the minimum -959.6407 on the edge)",
        tags=("multimodal", "nonsmooth", "trigonometric"),
        lower_outside=True,
    )
)
