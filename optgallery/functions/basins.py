"""Basins: several minima are equally low or nearly so, and the path decides which is found."""

from math import pi

from torch import Tensor, cos, exp, sin

from optgallery.functions.base import FUNCTIONS, Domain, TestFunction
from optgallery.functions.overflow import infinite_if_beyond_range


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
            "Four global minima around one local maximum: small differences near the top decide in "
            "which of them a run ends."
        ),
        source="Himmelblau (1972), Applied Nonlinear Programming, McGraw-Hill, ISBN 0-07-028921-2",
        tags=("basins", "multimodal", "polynomial"),
        scale="log",
    )
)


def branin(x: Tensor, y: Tensor) -> Tensor:
    """Return Branin's function, a parabolic valley with a cosine along it."""
    across = y - 5.1 / (4 * pi**2) * x**2 + 5 / pi * x - 6
    return across**2 + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10


FUNCTIONS.add(
    TestFunction(
        name="branin",
        title="Branin",
        formula=branin,
        latex=r"\left(y - \frac{5.1}{4 \pi^2}\,x^2 + \frac{5}{\pi}\,x - 6\right)^2"
        r" + 10 \left(1 - \frac{1}{8 \pi}\right) \cos x + 10",
        domain=Domain(-5, 10, 0, 15),
        start=(3.25, 12.33),
        minima=((-pi, 12.275), (pi, 2.275), (3 * pi, 2.475)),
        minimum=5 / (4 * pi),
        # 56 - 5/(4 pi), 20 - 5/(4 pi), 9 + 5/(4 pi) and 21.21 - 5/(4 pi)
        checks=(
            (0.0, 0.0, 55.602112642270264),
            (0.0, 6.0, 19.60211264227026),
            (pi, 5.275, 9.397887357729738),
            (2 * pi, 0.0, 20.81211264227026),
        ),
        description=(
            "Three global minima, where a cosine runs along a parabolic valley: neighbouring "
            "learning rates end in different ones."
        ),
        source="Branin (1972), Widely convergent method for finding multiple solutions of "
        "simultaneous nonlinear equations, IBM Journal of Research and Development 16(5), "
        "504-522, doi:10.1147/rd.165.0504; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/branin.html",
        tags=("basins", "multimodal", "trigonometric"),
        scale="log",
    )
)


def styblinski_tang(x: Tensor, y: Tensor) -> Tensor:
    """Return the Styblinski-Tang function, two tilted double wells, one for each coordinate."""
    value = (((x**2) ** 2 - 16 * x**2 + 5 * x) + ((y**2) ** 2 - 16 * y**2 + 5 * y)) / 2
    return infinite_if_beyond_range(value, x, y)


FUNCTIONS.add(
    TestFunction(
        name="styblinski_tang",
        title="Styblinski-Tang",
        formula=styblinski_tang,
        latex=r"\frac{x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y}{2}",
        domain=Domain(-5, 5, -5, 5),
        start=(4.78, -0.76),
        minima=((-2.903534027771177, -2.903534027771177),),
        minimum=-78.33233140754282,
        checks=((0.0, 0.0, 0.0), (1.0, 1.0, -10.0), (2.0, -1.0, -29.0), (-3.0, 3.0, -63.0)),
        description=(
            "A low and a high local minimum in each coordinate, four minima in all: only momentum, "
            "or a step as wide as the barrier, leaves the basin of a high one."
        ),
        source="Styblinski & Tang (1990), Experiments in nonconvex optimization: stochastic "
        "approximation with function smoothing and simulated annealing, Neural Networks 3(4), "
        "467-483, doi:10.1016/0893-6080(90)90029-K; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/stybtang.html",
        tags=("basins", "multimodal", "polynomial"),
        scale="log",
    )
)


def bohachevsky_1(x: Tensor, y: Tensor) -> Tensor:
    """Return Bohachevsky's first function, an oval bowl with shallow local minima."""
    # 0.7 is split over the cosines that it cancels, so that the minimum is exactly 0
    return x**2 + 2 * y**2 + 0.3 * (1 - cos(3 * pi * x)) + 0.4 * (1 - cos(4 * pi * y))


FUNCTIONS.add(
    TestFunction(
        name="bohachevsky_1",
        title="Bohachevsky N. 1",
        formula=bohachevsky_1,
        latex=r"x^2 + 2y^2 - 0.3 \cos 3 \pi x - 0.4 \cos 4 \pi y + 0.7",
        domain=Domain(-2, 2, -2, 2),
        start=(1.57, -1.33),
        minima=((0.0, 0.0),),
        minimum=0.0,
        checks=((1.0, 0.0, 1.6), (0.0, 1.0, 2.0), (0.0, 0.25, 0.925), (1.0, 0.25, 2.525)),
        description=(
            "An oval bowl with local minima all around the global one: gradient descent stops in "
            "the first, and momentum may carry a run through them."
        ),
        source="Bohachevsky, Johnson & Stein (1986), Generalized simulated annealing for "
        "function optimization, Technometrics 28(3), 209-217, "
        "doi:10.1080/00401706.1986.10488128; Surjanovic & Bingham, "
        "https://www.sfu.ca/~ssurjano/boha.html (drawn there on [-100, 100]^2)",
        tags=("bowl", "multimodal", "trigonometric"),
        scale="log",
    )
)


def bird(x: Tensor, y: Tensor) -> Tensor:
    """Return Mishra's bird function, two deep basins among hills."""
    return sin(x) * exp((1 - cos(y)) ** 2) + cos(y) * exp((1 - sin(x)) ** 2) + (x - y) ** 2


FUNCTIONS.add(
    TestFunction(
        name="bird",
        title="Bird",
        formula=bird,
        latex=r"\sin x\,e^{(1 - \cos y)^2} + \cos y\,e^{(1 - \sin x)^2} + (x - y)^2",
        domain=Domain(-2 * pi, 2 * pi, -2 * pi, 2 * pi),
        start=(0.63, 4.05),
        minima=((4.701043130249553, 3.15293850372493), (-1.5821421769300335, -3.1302468034546562)),
        minimum=-106.76453674926468,
        # e, 2 + pi^2/4, pi^2 - e and e^4 - 1 + pi^2/4
        checks=(
            (0.0, 0.0, 2.718281828459045),
            (pi / 2, 0.0, 4.4674011002723395),
            (0.0, pi, 7.151322572630313),
            (-pi / 2, 0.0, 56.06555113341658),
        ),
        description=(
            "Four basins among steep hills, two of them with the global minima: a learning rate "
            "that suits the flat parts between them overshoots every basin."
        ),
        source="Mishra (2006), Some new test functions for global optimization and performance "
        "of repulsive particle swarm method, https://mpra.ub.uni-muenchen.de/2718/",
        tags=("basins", "multimodal", "trigonometric"),
    )
)
